"""Endpoints of ticket fields and their options. Source: Zendesk API reference, Ticketing > Ticket Fields."""

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import invalid_record, not_found
from zendesk_sync.sandbox.model import fields, removal
from zendesk_sync.sandbox.model.values import integers
from zendesk_sync.sandbox.store import Doc

V2 = "/api/v2"
_KEYS = fields.WRITABLE | {"type", "relationship_target_type", "relationship_filter"}


def _field(call: Call) -> Doc:
    field = call.state.store.get(fields.KIND, call.path["id"])
    if field is None:
        raise not_found()
    return field


def list_fields(call: Call) -> Reply:
    """Everything in one answer, unless a page is asked for."""
    return Reply(
        paging.simple(call, "ticket_fields", fields.KIND, lambda f: fields.present(call.state, f), unpaged=True)
    )


def show_many_fields(call: Call) -> Reply:
    """By `ids` or `keys`, at most 100."""
    keys = set(call.listed("keys"))
    found = call.state.store.many(fields.KIND, call.ids())
    found += [field for field in call.state.store.all(fields.KIND) if field["key"] and field["key"] in keys]
    return Reply({"ticket_fields": [fields.present(call.state, field) for field in found]})


def count_fields(call: Call) -> Reply:
    value = len(call.state.store.index(fields.KIND))
    return Reply({"count": {"value": value, "refreshed_at": call.state.now()}})


def reorder_fields(call: Call) -> Reply:
    """`{"ticket_field_ids": […]}`: positions in this order; fields which are not named stand behind."""
    ids = integers(call.json().get("ticket_field_ids"))
    for position, field in enumerate(call.state.store.many(fields.KIND, ids), start=1):
        fields.save(call.state, {**field, "position": position})
    return Reply()


def show_field(call: Call) -> Reply:
    return Reply({"ticket_field": fields.present(call.state, _field(call))})


def create_field(call: Call) -> Reply:
    given, headers = permitted(call.given("ticket_field"), _KEYS, "ticket_field")
    shown = fields.present(call.state, fields.create(call.state, given))
    return Reply({"ticket_field": shown}, 201, {"location": shown["url"], **headers})


def update_field(call: Call) -> Reply:
    """A list of options replaces the former one; what it leaves out disappears from the tickets too."""
    field = _field(call)
    given, headers = permitted(call.given("ticket_field"), fields.WRITABLE, "ticket_field")
    before = list(field.get("custom_field_options") or [])
    changed = fields.update(call.state, field, given)
    removal.after_option_change(call.state, changed, before)
    return Reply({"ticket_field": fields.present(call.state, changed)}, 200, headers)


def delete_field(call: Call) -> Reply:
    """The values vanish from open tickets, the tags stay. A system field stays."""
    field = _field(call)
    if field["type"] not in fields.CUSTOM_TYPES:
        raise invalid_record("base", "Ticket field: system fields cannot be deleted", "InvalidValue")
    call.state.store.delete(fields.KIND, field["id"])
    for form in call.state.store.all("ticket_form"):
        form["ticket_field_ids"] = [number for number in form["ticket_field_ids"] if number != field["id"]]
        call.state.store.put("ticket_form", form["id"], form)
    removal.clear_field(call.state, field["id"])
    return Reply(status=204)


def _with_options(call: Call) -> Doc:
    field = _field(call)
    if field["type"] not in fields.WITH_OPTIONS:
        raise not_found()
    return field


def list_options(call: Call) -> Reply:
    return Reply(paging.of(call, "custom_field_options", _with_options(call)["custom_field_options"]))


def write_option(call: Call) -> Reply:
    """Update the option with this id or value (200), or add one (201)."""
    field = _with_options(call)
    given = call.given("custom_field_option")
    before = list(field["custom_field_options"])
    option = fields.option_from(call.state, field, given)
    known = any(other["id"] == option["id"] for other in before)
    if any(other["value"] == option["value"] and other["id"] != option["id"] for other in before):
        raise invalid_record("value", f"Tag {option['value']} is already used", "DuplicateValue")
    fields.check_options(call.state, field, before if known else [*before, option])
    changed = [option if other["id"] == option["id"] else other for other in before]
    field["custom_field_options"] = changed if known else [*before, option]
    fields.save(call.state, field)
    removal.after_option_change(call.state, field, before)
    return Reply({"custom_field_option": option}, 200 if known else 201)


def show_option(call: Call) -> Reply:
    option = next(
        (one for one in _with_options(call)["custom_field_options"] if one["id"] == call.path["option_id"]), None
    )
    if option is None:
        raise not_found()
    return Reply({"custom_field_option": option})


def delete_option(call: Call) -> Reply:
    field = _with_options(call)
    before = list(field["custom_field_options"])
    field["custom_field_options"] = [option for option in before if option["id"] != call.path["option_id"]]
    if len(before) == len(field["custom_field_options"]):
        raise not_found()
    fields.save(call.state, field)
    removal.after_option_change(call.state, field, before)
    return Reply(status=204)


ROUTES = [
    rule("GET", f"{V2}/ticket_fields", list_fields),
    rule("POST", f"{V2}/ticket_fields", create_field, "admin"),
    rule("GET", f"{V2}/ticket_fields/show_many", show_many_fields),
    rule("GET", f"{V2}/ticket_fields/count", count_fields),
    rule("PUT", f"{V2}/ticket_fields/reorder", reorder_fields, "admin"),
    rule("GET", f"{V2}/ticket_fields/{{id:int}}", show_field),
    rule("PUT", f"{V2}/ticket_fields/{{id:int}}", update_field, "admin"),
    rule("DELETE", f"{V2}/ticket_fields/{{id:int}}", delete_field, "admin"),
    rule("GET", f"{V2}/ticket_fields/{{id:int}}/options", list_options),
    rule("POST", f"{V2}/ticket_fields/{{id:int}}/options", write_option, "admin"),
    rule("GET", f"{V2}/ticket_fields/{{id:int}}/options/{{option_id:int}}", show_option),
    rule("DELETE", f"{V2}/ticket_fields/{{id:int}}/options/{{option_id:int}}", delete_option, "admin"),
]
