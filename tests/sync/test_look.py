"""What is known of a first response without reading the conversation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from tests.policy.facts import HANDBOOK
from tests.sync.world import ACCOUNT, AGENT, REQUESTER, USERS, assembled, ticket
from zendesk_sync.policy.decide import decide
from zendesk_sync.sync.answered import first_response_of
from zendesk_sync.sync.look import Look, nobody_replied
from zendesk_sync.zendesk.records import Comment, MetricSet
from zendesk_sync.zendesk.tickets import TicketPage

TOUCHED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
WRITTEN = "2026-03-02T09:30:00Z"


def test_metrics_tell_that_nobody_replied_only_where_they_can() -> None:
    """Not of a ticket that was touched a moment ago, and not where the requester is one of us: such replies need not
    be measured."""
    one, none = ticket(updated_at=WRITTEN), MetricSet(ticket_id=5)
    later = TOUCHED + timedelta(hours=1)
    assert nobody_replied(one, none, later, USERS[REQUESTER])
    assert not nobody_replied(one, none, TOUCHED + timedelta(seconds=30), USERS[REQUESTER])
    assert not nobody_replied(one, none, later, USERS[AGENT])
    assert not nobody_replied(one, None, later, USERS[REQUESTER])


def test_an_explanation_finds_the_reply_that_metrics_do_not_tell_yet() -> None:
    """It reads the conversation as the service would."""
    one = ticket(updated_at=WRITTEN)
    made = {REQUESTER: "2026-03-02T09:00:00Z", AGENT: WRITTEN}
    said = [
        Comment(id=by, created_stamp=at, author_id=by, body="Restart the indexer, that mends it.")
        for by, at in made.items()
    ]
    sight: Any = SimpleNamespace(
        account=ACCOUNT, handbook=HANDBOOK, tickets=SimpleNamespace(comments=lambda _ticket: said)
    )
    at = TOUCHED + timedelta(seconds=30)
    seen = assembled(one)
    looked = Look(one, seen, decide(seen.facts, HANDBOOK, at=at), None, at)
    page = TicketPage([one], USERS, {}, at, metrics={5: MetricSet(ticket_id=5)})
    assert first_response_of(sight, looked, page) == TOUCHED
