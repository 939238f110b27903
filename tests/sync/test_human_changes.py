"""What people changed on a ticket: theirs and the account's rules', not this program's own writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.policy.facts import HANDBOOK
from tests.sync.world import ACCOUNT as SETTINGS
from tests.sync.world import AGENT, OUR_IDS, REQUESTER, USERS, account_fields
from zendesk_sync.sync.connection import field_map
from zendesk_sync.sync.human_changes import authors, human_changes
from zendesk_sync.zendesk.fields import OurField
from zendesk_sync.zendesk.records import Audit, convert

OURS, GONE = 99, 77
FIELDS = field_map(SETTINGS, HANDBOOK, account_fields())
SEVERITY, MARK = str(OUR_IDS[OurField.SEVERITY]), str(OUR_IDS[OurField.MARK])
RULE = {"channel": "rule", "source": {"rel": "trigger", "from": {"id": 5, "title": "Theirs"}}}


def change(name: str, value: Any, previous: Any = None, **more: Any) -> dict[str, Any]:
    return {"type": "Change", "field_name": name, "value": value, "previous_value": previous, **more}


def audits(*made: tuple[int | None, list[dict[str, Any]]]) -> list[Audit]:
    rows = (
        {"id": number, "created_at": f"2026-03-02T10:0{number}:00Z", "author_id": author, "events": events}
        for number, (author, events) in enumerate(made)
    )
    return convert(rows, Audit)


def test_tells_who_by_role_what_and_when() -> None:
    """In our words; what came with the ticket says so; a user who is gone is unknown; text is never told."""
    told = human_changes(
        audits(
            (
                REQUESTER,
                [
                    {"type": "Comment", "body": "It is down", "public": True},
                    {"type": "Create", "field_name": "priority", "value": "high"},
                    {"type": "Create", "field_name": "subject", "value": "Down"},
                ],
            ),
            (AGENT, [change(SEVERITY, "zs_severity_0", None), change("priority", "urgent", "high")]),
            (GONE, [change(SEVERITY, "", "zs_severity_0"), change("status", "pending", "open")]),
            (-1, [change("priority", "strange", "urgent")]),
        ),
        USERS,
        FIELDS,
        OURS,
    )
    assert [(one.what, one.before, one.after, one.by, one.id, one.created) for one in told] == [
        ("official", None, "p1", "end-user", REQUESTER, True),
        ("severity", None, "0", "agent", AGENT, False),
        ("official", "p1", "p0", "agent", AGENT, False),
        ("severity", "0", None, "unknown", GONE, False),
        ("official", "p0", "strange", "system", None, False),
    ]
    assert told[1].at == datetime(2026, 3, 2, 10, 1, tzinfo=UTC)


def test_our_writes_are_not_told_but_our_users_hand_and_rules_are() -> None:
    """A write of ours sets the Sync mark; the same user without it is a person; a rule is told as the rule."""
    made = audits(
        (OURS, [change("priority", "urgent"), change(MARK, "zs_mark_a")]),
        (
            OURS,
            [
                change("priority", "low", "urgent"),
                change(MARK, "zs_mark_b"),
                change(SEVERITY, "zs_severity_1", via=RULE),
            ],
        ),
        (OURS, [change("priority", "normal", "low")]),
        (AGENT, [change("priority", "high", "normal", via=RULE)]),
    )
    told = human_changes(made, USERS, FIELDS, OURS)
    assert [(one.after, one.by, one.id) for one in told] == [
        ("1", "rule", 5),
        ("p2", "unknown", OURS),
        ("p1", "rule", 5),
    ]
    assert authors(made, FIELDS, OURS) == {OURS}


def test_what_came_with_a_follow_up_is_no_ones_word() -> None:
    """The closed ticket's values; what somebody sets afterwards is theirs."""
    made = audits(
        (AGENT, [{"type": "Create", "field_name": SEVERITY, "value": "zs_severity_3"}]),
        (AGENT, [change(SEVERITY, "zs_severity_1", "zs_severity_3")]),
    )
    first, later = human_changes(made, USERS, FIELDS, OURS, is_follow_up=True)
    assert (first.inherited, first.came) == (True, "inherited from the closed ticket: ignored")
    assert (later.inherited, later.came) == (False, "")
    first, later = human_changes(made, USERS, FIELDS, OURS)
    assert (first.came, later.came) == ("with the ticket", "")
