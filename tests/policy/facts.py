"""Ticket facts for tests: one maker with sensible defaults, and a hypothesis strategy over everything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from zendesk_sync.policy.facts import HUMAN, Comment, Memory, TicketFacts
from zendesk_sync.policy.terms import (
    ALL_ITEMS,
    Author,
    CustomerType,
    Deployment,
    Flag,
    OfficialBy,
    Priority,
    Reporter,
    Severity,
    Status,
    Topic,
)
from zendesk_sync.policy_files import default_handbook

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
HANDBOOK = default_handbook()
LEVELS = [level for level in Priority if level.determined]


def ticket(**known: Any) -> TicketFacts:
    """An enterprise customer's ticket, received on a Monday morning."""
    return TicketFacts(**{"id": 1, "received": MONDAY, "customer": CustomerType.ENTERPRISE, **known})


def some(kind: Any) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(list(kind))


memories = st.builds(
    Memory,
    wrote=st.none() | st.sampled_from([*LEVELS, HUMAN]),
    noted=st.frozensets(st.sampled_from(list(Topic))),
    asked=st.frozensets(st.sampled_from(ALL_ITEMS)),
)
comments = st.lists(
    st.builds(Comment, st.sampled_from(list(Author)), st.booleans(), st.text(max_size=20)), max_size=3
).map(tuple)
facts = st.builds(
    TicketFacts,
    id=st.integers(1, 10**14),
    received=st.integers(0, 10**6).map(lambda s: MONDAY + timedelta(seconds=s)),
    subject=st.text(max_size=30) | st.sampled_from(["URGENT p0", "Login broken"]),
    comments=comments,
    status=st.sampled_from(list(Status)),
    customer=st.sampled_from(list(CustomerType)),
    paying=st.none() | st.booleans(),
    plan_expired=st.booleans(),
    deployment=some(Deployment),
    reporter=st.sampled_from(list(Reporter)),
    on_behalf_of_customer=st.booleans(),
    severity=some(Severity),
    presales_severity=st.none() | st.sampled_from([Priority.P0, Priority.P1, Priority.P2]),
    presales_exception=st.booleans(),
    cannot_wait=st.none() | st.booleans(),
    wish=st.none() | st.text(max_size=40),
    beta=st.booleans(),
    follow_up=st.booleans(),
    official=st.none() | st.sampled_from(LEVELS),
    official_by=st.sampled_from(list(OfficialBy)),
    memory=memories,
    flags=st.frozensets(st.sampled_from(list(Flag))),
    missing=st.frozensets(st.sampled_from(ALL_ITEMS)),
    supplied=st.frozensets(st.sampled_from(ALL_ITEMS)),
)
