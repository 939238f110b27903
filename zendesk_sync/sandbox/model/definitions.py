"""What an account's triggers may say. Source: Zendesk API reference, Business Rules > Triggers > definitions."""

from zendesk_sync.sandbox.model import deliveries, fields, tickets, users
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_CHANGES = ("is", "is_not", "changed", "value", "value_previous", "not_changed", "not_value", "not_value_previous")
_ORDERED = (*_CHANGES, "less_than", "greater_than")
_TERMINAL = frozenset({"changed", "not_changed", "present", "not_present"})
_CHANNELS = (("0", "Web form"), ("4", "Email"), ("5", "Web service (API)"), ("8", "Rule"), ("27", "Closed ticket"))
_PRESENCE = ("present", "not_present")


def of(state: State) -> Doc:
    conditions = [*_conditions(state), *_field_conditions(state)]
    return {"conditions_all": conditions, "conditions_any": conditions, "actions": _actions(state)}


def _item(subject: str, title: str, kind: str, operators: tuple[str, ...], values: list[tuple[str, str]]) -> Doc:
    return {
        "title": title,
        "subject": subject,
        "type": kind,
        "group": "ticket",
        "nullable": any(value == "__NULL__" for value, _ in values),
        "repeatable": subject in {"current_tags", "notification_webhook"},
        "operators": [{"value": name, "title": _title(name), "terminal": name in _TERMINAL} for name in operators],
        "values": [{"value": value, "title": text, "enabled": True} for value, text in values],
    }


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _choices(names: tuple[str, ...], *, empty: bool = True) -> list[tuple[str, str]]:
    first = [("__NULL__", "-")] if empty else []
    return first + [(name, _title(name)) for name in names]


def _conditions(state: State) -> list[Doc]:
    staff = [(str(u["id"]), u["name"]) for u in state.store.all(users.KIND) if users.is_staff(u)]
    groups = [(str(group["id"]), group["name"]) for group in state.store.all("group")]
    organizations = [(str(one["id"]), one["name"]) for one in state.store.all("organization")]
    said = ("true", "false", "not_relevant", "requester_can_see_comment")
    return [
        _item("status", "Status", "list", _ORDERED, _choices(tickets.STATUSES, empty=False)),
        _item("priority", "Priority", "list", _ORDERED, _choices(tickets.PRIORITIES)),
        _item("type", "Type", "list", _CHANGES, _choices(tickets.TYPES)),
        _item("group_id", "Group", "list", _CHANGES, [("__NULL__", "-"), *groups]),
        _item("assignee_id", "Assignee", "list", _CHANGES, [("__NULL__", "-"), *staff]),
        _item("requester_id", "Requester", "list", _CHANGES, staff),
        _item("organization_id", "Organization", "list", _CHANGES, [("__NULL__", "-"), *organizations]),
        _item("update_type", "Ticket", "list", ("is",), [("Create", "Created"), ("Change", "Updated")]),
        _item("current_tags", "Tags", "tags", ("includes", "not_includes"), []),
        _item("comment_is_public", "Comment", "list", ("is",), _choices(said, empty=False)),
        _item("ticket_is_public", "Privacy", "list", ("is", "is_not"), _choices(("public", "private"), empty=False)),
        _item("via_id", "Channel", "list", ("is", "is_not"), list(_CHANNELS)),
        _item("current_via_id", "Update via", "list", ("is", "is_not"), list(_CHANNELS)),
        # Remembered from the product's rule editor, where it is called "Current user"; not confirmed by a recording.
        _item(
            "role", "Current user", "list", ("is", "is_not"), [("agent", "(agent)"), ("end_user", "(end user)"), *staff]
        ),
    ]


def _field_conditions(state: State) -> list[Doc]:
    return [
        _item(f"custom_fields_{field['id']}", field["title"], "list", _operators(field), _values(field))
        for field in fields.book(state).by_id.values()
    ]


def _operators(field: Doc) -> tuple[str, ...]:
    if field["type"] == "multiselect":
        return ("includes", "not_includes", *_PRESENCE)
    if field["type"] in {"tagger", "checkbox"}:
        return (*_CHANGES, *_PRESENCE)
    return ("is", "is_not", *_PRESENCE)


def _values(field: Doc) -> list[tuple[str, str]]:
    if field["type"] == "checkbox":
        return [("true", "Yes"), ("false", "No")]
    return [(option["value"], option["name"]) for option in field.get("custom_field_options") or []]


def _actions(state: State) -> list[Doc]:
    webhooks = [
        (webhook["id"], webhook["name"])
        for webhook in state.store.all(deliveries.WEBHOOK)
        if deliveries.TRIGGER_EVENTS in webhook["subscriptions"]
    ]
    named = [
        _item("status", "Status", "list", (), _choices(tickets.STATUSES[1:], empty=False)),
        _item("priority", "Priority", "list", (), _choices(tickets.PRIORITIES)),
        _item("type", "Type", "list", (), _choices(tickets.TYPES)),
        _item("set_tags", "Set tags", "tags", (), []),
        _item("current_tags", "Add tags", "tags", (), []),
        _item("remove_tags", "Remove tags", "tags", (), []),
        _item("notification_webhook", "Notify active webhook", "webhook", (), webhooks),
    ]
    own = [
        _item(f"custom_fields_{field['id']}", field["title"], "list", (), _values(field))
        for field in fields.book(state).by_id.values()
    ]
    return named + own
