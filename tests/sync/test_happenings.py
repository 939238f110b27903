"""Ticket events in the shapes that Zendesk gives them -> what happened, in our words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tests.policy.facts import HANDBOOK
from tests.sync.world import ACCOUNT, AGENT, OUR_IDS, PREFIX, REQUESTER, USERS, field_map, ticket
from tests.sync.world import LEVEL_ID as OFFICIAL_ID
from zendesk_sync.policy.terms import Author, Flag
from zendesk_sync.sync.assemble import conversation
from zendesk_sync.sync.happenings import Reader
from zendesk_sync.sync.history import History, audit
from zendesk_sync.zendesk.exports import TicketEvent
from zendesk_sync.zendesk.fields import OurField, tag

OURS = 99
AT = int(datetime(2026, 3, 2, 10, tzinfo=UTC).timestamp())


def event(*children: dict[str, Any], by: int = AGENT, id_: int = 1, via: Any = "Web form") -> TicketEvent:
    given = [
        {"id": number, "via": "Web form", "via_reference_id": None, **child} for number, child in enumerate(children)
    ]
    raw = {"id": id_, "ticket_id": 5, "timestamp": AT, "updater_id": by, "via": via, "child_events": given}
    return msgspec.convert(raw, TicketEvent)


def told(*children: dict[str, Any], official: str = "priority", **more: Any) -> list[tuple[str, str | None, str]]:
    reader = Reader(fields=field_map(official), account=ACCOUNT, handbook=HANDBOOK, ours=OURS)
    read = audit(event(*children, **more), texts=True)
    return [(one.what, one.value, one.by) for one in reader.read(read, 5, USERS)]


COMPUTED, FLAGS, MARK = (str(OUR_IDS[name]) for name in (OurField.COMPUTED, OurField.FLAGS, OurField.MARK))
ANSWER = {"event_type": "Comment", "public": True, "body": "Restart the indexer, that mends it.", "author_id": AGENT}


def test_a_rules_change_inside_a_persons_update_is_the_rules() -> None:
    """By the word or by the object; an automation's own update has no person at all."""
    person = {"event_type": "Change", "priority": "high", "previous_value": None}
    rule = {"event_type": "Change", "priority": "urgent", "previous_value": "high"}
    found = [("official", "p1", "agent"), ("official", "p0", "rule")]
    for via in ("Rule", "rule", {"channel": "rule", "source": {"rel": "trigger"}}):
        assert told(person, rule | {"via": via, "via_reference_id": 35}) == found
    assert told(rule | {"via": "Rule"}, by=-1, via="Rule") == [("official", "p0", "rule")]


def test_a_creation_may_tell_several_fields_at_once() -> None:
    """Fields of Zendesk's own and of the account in one child; those that are empty say nothing."""
    child = {
        "event_type": "Create",
        "status": "new",
        "priority": None,
        "tags": ["a"],
        "custom_ticket_fields": {COMPUTED: None, str(OUR_IDS[OurField.SEVERITY]): "zs_severity_1"},
    }
    assert told(child, by=REQUESTER) == [
        ("created", None, "end-user"),
        ("status", "new", "end-user"),
        ("severity", "1", "end-user"),
    ]


def test_a_set_comes_as_a_list_or_as_one_text() -> None:
    """The flags' options, sorted; what is none of ours is left out."""
    words = [tag(PREFIX, OurField.FLAGS, flag) for flag in (Flag.NEEDS_TRIAGE, Flag.CONTEXT_MISSING)]
    words.append("other")
    for value in (words, " ".join(words)):
        child = {"event_type": "Change", "custom_ticket_fields": {FLAGS: value}, "previous_value": None}
        mark = {"event_type": "Change", "custom_ticket_fields": {MARK: "abc"}, "previous_value": None}
        assert told(child, mark, by=OURS) == [("flags", "context_missing needs_triage", "program")]


def test_a_phone_call_is_a_comment_like_any_other() -> None:
    """The call with which a ticket came is its description; an agent's call to the customer answers it."""
    call = {"event_type": "VoiceComment", "public": True, "body": "Call from +1 555 0100", "author_id": REQUESTER}
    create = {"event_type": "Create", "subject": "Phone call"}
    back = {"event_type": "VoiceComment", "public": True, "body": "Outbound call to +1 555 0100", "author_id": AGENT}
    assert told(create, call, by=REQUESTER) == [("created", None, "end-user")]
    assert told(back) == [("reply", None, "agent")]
    history = History()
    for number, (child, by) in enumerate([(call, REQUESTER), (ANSWER, AGENT)], 1):
        history.add(event(child, by=by, id_=number))
    said = conversation(ticket(), history.comments(), USERS, ACCOUNT)
    assert [(one.author, one.body) for one in said] == [(Author.AGENT, ANSWER["body"])]


@pytest.mark.parametrize(
    ("child", "by", "replies"),
    [
        (ANSWER, AGENT, 1),
        (ANSWER | {"author_id": None}, AGENT, 1),
        (ANSWER | {"public": False}, AGENT, 0),
        (ANSWER | {"author_id": REQUESTER}, AGENT, 0),  # an agent writes it down for the customer
        (ANSWER | {"via": "Rule"}, AGENT, 0),
        ({"event_type": "Comment", "comment_present": True, "comment_public": True}, AGENT, 0),  # without its text
        (ANSWER | {"author_id": 4_711}, AGENT, 0),  # nobody knows any more who that was
    ],
)
def test_only_an_agents_public_words_are_a_reply(child: dict[str, Any], by: int, replies: int) -> None:
    """Whoever made the update, the comment's author counts."""
    assert [what for what, _, _ in told(child, by=by)].count("reply") == replies


def test_a_value_that_was_cleared_is_told_as_empty() -> None:
    """A field of the account that is the official priority can be emptied."""
    child = {"event_type": "Change", "custom_ticket_fields": {str(OFFICIAL_ID): None}, "previous_value": "lvl_1"}
    assert told(child, official="Level") == [("official", None, "agent")]
