"""What an account's triggers may say, as clients ask for it.

Source: Zendesk API reference, Business Rules > Triggers > definitions.
"""

from zendesk_sync.sandbox.model import rulebook
from zendesk_sync.sandbox.model.rulebook import Entry
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_TERMINAL = frozenset({"changed", "not_changed", "present", "not_present"})


def of(state: State) -> Doc:
    """Return `{"conditions_all", "conditions_any", "actions"}`."""
    conditions = [_item(entry) for entry in rulebook.conditions_of(state).values()]
    actions = [_item(entry) for entry in rulebook.actions_of(state).values()]
    return {"conditions_all": conditions, "conditions_any": conditions, "actions": actions}


def _item(entry: Entry) -> Doc:
    group = entry.subject.partition(".custom_fields.")[0] if ".custom_fields." in entry.subject else "ticket"
    return {
        "title": entry.title,
        "subject": entry.subject,
        "type": entry.kind,
        "group": group,
        "nullable": entry.nullable,
        "repeatable": entry.repeatable,
        "operators": [
            {"value": name, "title": _title(name), "terminal": name in _TERMINAL} for name in entry.operators
        ],
        "values": [{"value": value, "title": text, "enabled": True} for value, text in entry.values],
    }


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
