"""Archiving: closed tickets which nobody has touched for 120 days leave lists, views and rules.

They stay in direct reads, search and exports. A system change: `generated_timestamp` moves, without event or trigger.
Source: Zendesk help, "About ticket archiving".
"""

from datetime import timedelta

from zendesk_sync.sandbox.clock import iso
from zendesk_sync.sandbox.model import tickets
from zendesk_sync.sandbox.state import State

_DAY = 24 * 3600
_AT_ONCE = 2_000


def sweep(state: State) -> None:
    """Once a day by the sandbox's clock, archive what is due, a few thousand at a time."""
    day = state.seconds() // _DAY
    if state.swept_on is None:
        state.swept_on = day
    if state.swept_on == day:
        return
    edge = iso(state.clock.now() - timedelta(seconds=state.pace.archive_after))
    sql = "SELECT id FROM ticket_row WHERE status = 'closed' AND coalesce(archived, 0) = 0 AND updated_at <= ? LIMIT ?"
    due = [number for (number,) in state.store.select(sql, (edge, _AT_ONCE))]
    with state.store.transaction():
        for ticket in state.store.many(tickets.KIND, due):
            tickets.store(state, {**ticket, "archived": True})
    if len(due) < _AT_ONCE:
        state.swept_on = day
