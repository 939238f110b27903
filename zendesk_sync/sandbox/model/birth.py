"""What an account has on its first day: two admins, a group, the system fields, one form."""

from zendesk_sync.sandbox.model import custom_statuses, fields, groups, users
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_PRIORITIES = ("Low", "Normal", "High", "Urgent")
_TYPES = ("Question", "Incident", "Problem", "Task")
_STATUSES = ("New", "Open", "Pending", "On-hold", "Solved", "Closed")
_SYSTEM_FIELDS = (
    ("subject", "Subject"),
    ("description", "Description"),
    ("status", "Status"),
    ("tickettype", "Type"),
    ("priority", "Priority"),
    ("group", "Group"),
    ("assignee", "Assignee"),
    ("custom_status", "Ticket status"),
)


def bear(state: State) -> None:
    """Furnish a new account; an account that has been furnished stays as it is."""
    custom_statuses.furnish(state)
    if state.store.setting("id.owner") is not None:
        return
    now = state.now()
    state.store.set_setting("id.group", str(groups.create(state, {"name": "Support", "default": True})["id"]))
    owner = users.create(state, {"name": "Account owner", "email": "owner@sandbox.example", "role": "admin"})
    integration = users.create(state, {"name": "Integration", "email": "integration@sandbox.example", "role": "admin"})
    field_ids = [_system_field(state, kind, title) for kind, title in _SYSTEM_FIELDS]
    form = state.record_id()
    document: Doc = {
        "id": form, "name": "Default Ticket Form", "raw_name": "Default Ticket Form",
        "display_name": "Default Ticket Form", "raw_display_name": "Default Ticket Form", "end_user_visible": True,
        "position": 1, "active": True, "default": True, "in_all_brands": True, "restricted_brand_ids": [],
        "ticket_field_ids": field_ids, "agent_conditions": [], "end_user_conditions": [],
        "created_at": now, "updated_at": now,
    }  # fmt: skip
    state.store.put("ticket_form", form, document)
    ids = {"owner": owner["id"], "integration": integration["id"], "form": form}
    for name, number in {**ids, "brand": state.record_id()}.items():
        state.store.set_setting(f"id.{name}", str(number))


def _system_field(state: State, kind: str, title: str) -> int:
    field = fields.blank(state, kind, title)
    choices = {"priority": _PRIORITIES, "tickettype": _TYPES, "status": _STATUSES}.get(kind)
    portal = kind in {"subject", "description"}
    field |= {
        "removable": kind in {"priority", "tickettype"},
        "visible_in_portal": portal,
        "editable_in_portal": portal,
        "required": portal,
        "required_in_portal": portal,
    }
    if choices:
        field["system_field_options"] = [{"name": name, "value": name.lower().removeprefix("on-")} for name in choices]
    if kind in {"priority", "status"}:
        field["sub_type_id"] = 0 if kind == "priority" else 1
    state.store.put(fields.KIND, field["id"], field)
    return int(field["id"])
