"""What happens to tickets when an option or a field goes away: a system change, without event or trigger.

It reaches closed tickets, moves `generated_timestamp` and leaves `updated_at` alone.
Source: Zendesk API reference, Ticketing > Ticket Fields; Zendesk help, "Renaming and deleting drop-down options".
"""

from zendesk_sync.sandbox.model import tickets
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc


def after_option_change(state: State, field: Doc, before: list[Doc]) -> None:
    """Empty the field where its option is gone. A deleted option takes its tag along; a renamed tag stays behind."""
    options = {option["id"]: option["value"] for option in field.get("custom_field_options") or []}
    values = set(options.values())
    deleted = {old["value"] for old in before if old["id"] not in options} - values
    renamed = {old["value"] for old in before if old["value"] not in values} - deleted
    if deleted or renamed:
        _clear(state, field["id"], values=deleted | renamed, tags=deleted)


def clear_field(state: State, field_id: int) -> None:
    """Empty a deleted field; its tags stay."""
    _clear(state, field_id, values=None, tags=set())


def _clear(state: State, field_id: int, *, values: set[str] | None, tags: set[str]) -> None:
    key = str(field_id)
    sql = f"SELECT id FROM ticket_row WHERE json_extract(fields, '$.\"{field_id}\"') IS NOT NULL"  # noqa: S608 - a number
    filled = [number for (number,) in state.store.select(sql)]
    for ticket in state.store.many(tickets.KIND, filled):
        value = ticket["fields"].get(key)
        chosen = value if isinstance(value, list) else [value]
        kept = [] if values is None else [item for item in chosen if item not in values]
        if value is None or kept == chosen:
            continue
        if kept:
            ticket["fields"][key] = kept
        else:
            del ticket["fields"][key]
        ticket["tags"] = [tag for tag in ticket["tags"] if tag not in tags]
        tickets.store(state, ticket)
