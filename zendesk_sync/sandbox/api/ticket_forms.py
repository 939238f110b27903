"""Endpoints of ticket forms. Source: Zendesk API reference, Ticketing > Ticket Forms."""

from typing import Any

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import invalid_record, not_found
from zendesk_sync.sandbox.model import fields
from zendesk_sync.sandbox.model.values import integer_or_none, integers, text
from zendesk_sync.sandbox.store import Doc

_V2 = "/api/v2/ticket_forms"
KIND = "ticket_form"
_TEXTS = frozenset({"name", "raw_name", "display_name", "raw_display_name"})
_CONDITIONS = frozenset({"agent_conditions", "end_user_conditions"})
_ALLOWED = _TEXTS | _CONDITIONS | {
    "end_user_visible", "active", "ticket_field_ids", "position", "default", "in_all_brands", "restricted_brand_ids",
}  # fmt: skip


def _find(call: Call) -> Doc:
    form = call.state.store.get(KIND, call.path["id"])
    if form is None:
        raise not_found()
    return form


def _present(call: Call, form: Doc) -> Doc:
    return {"url": call.state.url(f"ticket_forms/{form['id']}.json"), **form}


def _ordered(call: Call) -> list[Doc]:
    found = sorted(call.state.store.all(KIND), key=lambda form: (form["position"], form["id"]))
    for name in ("active", "end_user_visible"):
        if call.query(name):
            found = [form for form in found if form[name] == call.asks(name)]
    return found


def index(call: Call) -> Reply:
    """By position; `active`, `end_user_visible`."""
    return Reply(paging.of(call, "ticket_forms", [_present(call, form) for form in _ordered(call)]))


def show(call: Call) -> Reply:
    return Reply({"ticket_form": _present(call, _find(call))})


def show_many(call: Call) -> Reply:
    found = call.state.store.many(KIND, call.ids())
    return Reply({"ticket_forms": [_present(call, form) for form in found]})


def _read(call: Call, given: Doc) -> Doc:
    """Return what a write says, in the kinds a form has; refuse fields that are not there."""
    read: Doc = {}
    for name, value in given.items():
        if name in _TEXTS:
            read[name] = text(value)
        elif name in _CONDITIONS:
            read[name] = [_condition(call, one) for one in value] if isinstance(value, list) else []
        elif name == "ticket_field_ids":
            read[name] = _field_ids(call, value)
        elif name == "restricted_brand_ids":
            read[name] = integers(value)
        elif name == "position":
            read[name] = integer_or_none(value) or 0
        else:
            read[name] = bool(value)
    for name in ("name", "display_name"):
        if name in read and f"raw_{name}" not in read:
            read[f"raw_{name}"] = read[name]
    return read


def _field_ids(call: Call, value: Any) -> list[int]:
    ids = integers(value)
    if value != ids or any(call.state.store.get(fields.KIND, number) is None for number in ids):
        raise invalid_record("ticket_field_ids", "Ticket fields: are not valid", "InvalidValue")
    return list(dict.fromkeys(ids))


def _condition(call: Call, given: Any) -> Doc:
    """Return one condition: which fields a value of another field shows, and on which statuses they are required."""
    children = given.get("child_fields") if isinstance(given, dict) else None
    parent = integer_or_none(given.get("parent_field_id")) if isinstance(given, dict) else None
    kept = [child for child in children if isinstance(child, dict)] if isinstance(children, list) else []
    ids = [parent, *(integer_or_none(child.get("id")) for child in kept)]
    if not kept or any(number is None or call.state.store.get(fields.KIND, number) is None for number in ids):
        raise invalid_record("conditions", "Conditions: fields are not valid", "InvalidValue")
    told = [
        {
            "id": integer_or_none(child["id"]), "is_required": bool(child.get("is_required")),
            "required_on_statuses": _statuses(child),
        }
        for child in kept
    ]  # fmt: skip
    return {"parent_field_id": parent, "value": given.get("value"), "child_fields": told}


def _statuses(child: Doc) -> Doc:
    given = child.get("required_on_statuses")
    if not isinstance(given, dict):
        return {"type": "ALL_STATUSES" if child.get("is_required") else "NO_STATUSES"}
    statuses = given.get("statuses")
    kept = [text(one) for one in statuses] if isinstance(statuses, list) else []
    return {"type": text(given.get("type")) or "NO_STATUSES", **({"statuses": kept} if kept else {})}


def create(call: Call) -> Reply:
    """201; a form without fields gets the system's."""
    given, headers = permitted(call.given("ticket_form"), _ALLOWED, "ticket_form")
    now = call.state.now()
    system = [field["id"] for field in call.state.store.all(fields.KIND) if field["type"] not in fields.CUSTOM_TYPES]
    name = text(given.get("name")).strip()
    if not name:
        raise invalid_record("name", "Name: cannot be blank", "BlankValue")
    form: Doc = {
        "id": call.state.record_id(), "name": name, "raw_name": name, "display_name": name, "raw_display_name": name,
        "end_user_visible": True, "position": len(call.state.store.all(KIND)) + 1, "active": True, "default": False,
        "in_all_brands": True, "restricted_brand_ids": [], "ticket_field_ids": system, "agent_conditions": [],
        "end_user_conditions": [], "created_at": now, "updated_at": now,
    }  # fmt: skip
    form |= _read(call, given) | {"default": False}
    call.state.store.put(KIND, form["id"], form)
    shown = _present(call, form)
    return Reply({"ticket_form": shown}, 201, {"location": shown["url"], **headers})


def update(call: Call) -> Reply:
    """`ticket_field_ids` and each list of conditions replace what was there; what is not sent stays."""
    form = _find(call)
    given, headers = permitted(call.given("ticket_form"), _ALLOWED, "ticket_form")
    read = _read(call, given)
    if read.get("default"):
        for other in call.state.store.all(KIND):
            call.state.store.put(KIND, other["id"], {**other, "default": False})
    form |= {**read, "default": read.get("default") or form["default"], "updated_at": call.state.now()}
    if form["default"] and not form["active"]:
        raise invalid_record("active", "Active: the default form cannot be deactivated", "InvalidValue")
    call.state.store.put(KIND, form["id"], form)
    return Reply({"ticket_form": _present(call, form)}, 200, headers)


def delete(call: Call) -> Reply:
    """204; the default form stays."""
    form = _find(call)
    if form["default"]:
        raise invalid_record("base", "Ticket form: the default form cannot be deleted", "InvalidValue")
    call.state.store.delete(KIND, form["id"])
    return Reply(status=204)


ROUTES = [
    rule("GET", _V2, index),
    rule("POST", _V2, create, "admin"),
    rule("GET", f"{_V2}/show_many", show_many),
    rule("GET", f"{_V2}/{{id:int}}", show),
    rule("PUT", f"{_V2}/{{id:int}}", update, "admin"),
    rule("DELETE", f"{_V2}/{{id:int}}", delete, "admin"),
]
