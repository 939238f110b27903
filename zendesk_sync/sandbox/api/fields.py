"""Endpoints of ticket fields, their options, ticket forms and organization fields.

Source: Zendesk API reference, Ticketing > Ticket Fields, Ticket Forms, Organization Fields.
"""

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import invalid_record, not_found
from zendesk_sync.sandbox.model import fields, organization_fields, removal
from zendesk_sync.sandbox.model.values import integers, text
from zendesk_sync.sandbox.store import Doc

V2 = "/api/v2"
_KEYS = fields.WRITABLE | {"type"}


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
    changed = [option if other["id"] == option["id"] else other for other in before]
    field["custom_field_options"] = changed if known else [*before, option]
    fields.save(call.state, field)
    removal.after_option_change(call.state, field, before)
    return Reply({"custom_field_option": option}, 200 if known else 201)


def delete_option(call: Call) -> Reply:
    field = _with_options(call)
    before = list(field["custom_field_options"])
    field["custom_field_options"] = [option for option in before if option["id"] != call.path["option_id"]]
    if len(before) == len(field["custom_field_options"]):
        raise not_found()
    fields.save(call.state, field)
    removal.after_option_change(call.state, field, before)
    return Reply(status=204)


def _form(call: Call) -> Doc:
    form = call.state.store.get("ticket_form", call.path["id"])
    if form is None:
        raise not_found()
    return form


def _show_form(call: Call, form: Doc) -> Doc:
    return {"url": call.state.url(f"ticket_forms/{form['id']}.json"), **form}


def list_forms(call: Call) -> Reply:
    return Reply(paging.simple(call, "ticket_forms", "ticket_form", lambda form: _show_form(call, form)))


def show_form(call: Call) -> Reply:
    return Reply({"ticket_form": _show_form(call, _form(call))})


def update_form(call: Call) -> Reply:
    """`ticket_field_ids` replaces the list."""
    form = _form(call)
    allowed = {"name", "display_name", "end_user_visible", "active", "ticket_field_ids", "agent_conditions", "position"}
    given, headers = permitted(call.given("ticket_form"), allowed, "ticket_form")
    ids = given.get("ticket_field_ids", [])
    if ids != integers(ids) or any(call.state.store.get(fields.KIND, number) is None for number in ids):
        raise invalid_record("ticket_field_ids", "Ticket fields: are not valid", "InvalidValue")
    form |= {**given, "updated_at": call.state.now()}
    call.state.store.put("ticket_form", form["id"], form)
    return Reply({"ticket_form": _show_form(call, form)}, 200, headers)


def _show_organization_field(call: Call, field: Doc) -> Doc:
    return {"url": call.state.url(f"organization_fields/{field['id']}.json"), **field}


def list_organization_fields(call: Call) -> Reply:
    return Reply(
        paging.simple(call, "organization_fields", "organization_field", lambda f: _show_organization_field(call, f))
    )


def show_organization_field(call: Call) -> Reply:
    """By id or by key."""
    wanted = str(call.path["id"])
    for field in call.state.store.all("organization_field"):
        if wanted in {str(field["id"]), field["key"]}:
            return Reply({"organization_field": _show_organization_field(call, field)})
    raise not_found()


def create_organization_field(call: Call) -> Reply:
    given, headers = permitted(
        call.given("organization_field"), organization_fields.WRITABLE | {"type", "key"}, "organization_field"
    )
    if text(given.get("type", "text")) not in organization_fields.TYPES:
        raise invalid_record("type", "Type: is not valid", "InvalidValue")
    shown = _show_organization_field(call, organization_fields.create(call.state, given))
    return Reply({"organization_field": shown}, 201, {"location": shown["url"], **headers})


def update_organization_field(call: Call) -> Reply:
    field = call.state.store.get("organization_field", call.path["id"])
    if field is None:
        raise not_found()
    given, headers = permitted(call.given("organization_field"), organization_fields.WRITABLE, "organization_field")
    changed = organization_fields.update(call.state, field, given)
    return Reply({"organization_field": _show_organization_field(call, changed)}, 200, headers)


def delete_organization_field(call: Call) -> Reply:
    if not call.state.store.delete("organization_field", call.path["id"]):
        raise not_found()
    return Reply(status=204)


ROUTES = [
    rule("GET", f"{V2}/ticket_fields", list_fields),
    rule("POST", f"{V2}/ticket_fields", create_field, "admin"),
    rule("GET", f"{V2}/ticket_fields/show_many", show_many_fields),
    rule("GET", f"{V2}/ticket_fields/{{id:int}}", show_field),
    rule("PUT", f"{V2}/ticket_fields/{{id:int}}", update_field, "admin"),
    rule("DELETE", f"{V2}/ticket_fields/{{id:int}}", delete_field, "admin"),
    rule("GET", f"{V2}/ticket_fields/{{id:int}}/options", list_options),
    rule("POST", f"{V2}/ticket_fields/{{id:int}}/options", write_option, "admin"),
    rule("DELETE", f"{V2}/ticket_fields/{{id:int}}/options/{{option_id:int}}", delete_option, "admin"),
    rule("GET", f"{V2}/ticket_forms", list_forms),
    rule("GET", f"{V2}/ticket_forms/{{id:int}}", show_form),
    rule("PUT", f"{V2}/ticket_forms/{{id:int}}", update_form, "admin"),
    rule("GET", f"{V2}/organization_fields", list_organization_fields),
    rule("POST", f"{V2}/organization_fields", create_organization_field, "admin"),
    rule("GET", f"{V2}/organization_fields/{{id}}", show_organization_field),
    rule("PUT", f"{V2}/organization_fields/{{id:int}}", update_organization_field, "admin"),
    rule("DELETE", f"{V2}/organization_fields/{{id:int}}", delete_organization_field, "admin"),
]
