from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webhooks.hints import NotAHint, tickets_in

EVENT: dict[str, Any] = {
    "type": "zen:event-type:ticket.priority_changed",
    "account_id": 22129848,
    "id": "2b24ef10-19d0-4740-93cf-8f98ec4776c0",
    "time": "2022-07-01T06:38:27.141371131Z",
    "zendesk_event_version": "2022-11-06",
    "subject": "zen:ticket:5158",
    "detail": {"id": "5158", "priority": "HIGH", "status": "OPEN", "tags": None, "organization_id": "8447346622462"},
    "event": {"current": "HIGH", "previous": "LOW", "meta": {"sequence": {"id": "1", "position": 1}}},
}


def encoded(data: object) -> bytes:
    return json.dumps(data).encode()


def event(**changes: object) -> bytes:
    return encoded({name: value for name, value in (EVENT | changes).items() if value is not ...})


@pytest.mark.parametrize(
    ("body", "ticket"),
    [
        (b'{"ticket_id":"33"}', 33),
        (b'{"schema": 1, "event": "ticket.created", "ticket_id": "33", "updated_at": "2026-11-23T10:00:00Z"}', 33),
        (b'{"schema": 1, "ticket_id": 33}', 33),
        (b'{"ticket_id": "9223372036854775807"}', 2**63 - 1),
        (b'{"ticket_id": 9007199254740993}', 2**53 + 1),
    ],
)
def test_a_triggers_body(body: bytes, ticket: int) -> None:
    """Our own body names the ticket as text, as Zendesk fills it in, or as a number; ids stay exact."""
    assert tickets_in(body) == [ticket]


def test_an_event() -> None:
    """Zendesk's envelope names the ticket in its subject and in its detail; either is enough."""
    assert tickets_in(event()) == [5158]
    assert tickets_in(event(subject=...)) == [5158]
    assert tickets_in(event(detail=...)) == [5158]
    assert tickets_in(event(type=...)) == [5158]
    assert tickets_in(event(type="zen:event-type:messaging_ticket.message_added", subject="zen:messaging_ticket:5158"))


def test_a_merge_is_about_two_tickets() -> None:
    """Both the ticket that was merged and the one it went into have changed."""
    merged = event(type="zen:event-type:ticket.merged", event={"target_ticket_id": "77"})
    assert tickets_in(merged) == [77, 5158]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"ticket_id=33", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"ticket_id": "33\xff"}', "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 50_000, "nested too deeply"),
        (b'{"ticket_id": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"33", "not a JSON object"),
        (b'["ticket_id"]', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "neither"),
        (b'{"id": "33"}', "neither"),
        (b'{"ticket_id": "{{ticket.id}}"}', "placeholder"),
        (b'{"ticket_id": "33", "schema": 2}', "schema"),
        (b'{"ticket_id": "33", "schema": true}', "schema"),
        (b'{"ticket_id": "33", "schema": null}', "schema"),
        *[(encoded({"ticket_id": value}), "ticket_id: not a ticket id") for value in
          ("", " 33", "33\n", "+33", "-33", "033", "0", "3.0", "3e1", "0x21", "٣٣", "acme", str(2**63), "9" * 5000,
           0, -33, 2**63, 33.0, 1e300, True, False, None, [33], {"id": 33})],
        (event(type="zen:event-type:organization.created"), "not a ticket's"),
        (event(type="zen:event-type:ticket."), "not a ticket's"),
        (event(type=5), "not a ticket's"),
        (event(subject="zen:organization:5158"), "subject is not a ticket"),
        (event(subject="zen:ticket:"), "subject: not a ticket id"),
        (event(subject=5158), "subject is not a ticket"),
        (event(subject=..., detail=...), "without a ticket id"),
        (event(subject=..., detail=[]), "without a ticket id"),
        (event(detail={"id": "5159"}), "different tickets"),
        (event(detail={"id": 51.0}), "detail.id: not a ticket id"),
        (event(event={"target_ticket_id": "x"}), "target_ticket_id: not a ticket id"),
    ],
)  # fmt: skip
def test_anything_else_is_no_hint(body: bytes, why: str) -> None:
    """What names no ticket beyond doubt is refused, with a reason in our own words."""
    with pytest.raises(NotAHint, match=why) as caught:
        tickets_in(body)
    assert isinstance(caught.value, ValueError)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ticket_id", "schema", "subject", "type", "detail", "id", "event"]), inner)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(body=st.binary(max_size=100) | JSON.map(encoded))
def test_whatever_arrives_is_ids_or_no_hint(body: bytes) -> None:
    """No body makes parsing raise anything else, and every id that comes out can be stored."""
    try:
        tickets = tickets_in(body)
    except NotAHint:
        return
    assert tickets
    assert all(type(ticket) is int and 0 < ticket < 2**63 for ticket in tickets)


@settings(deadline=None)
@given(ticket=st.integers(1, 2**63 - 1), as_text=st.booleans())
def test_every_id_comes_out_exactly(ticket: int, as_text: bool) -> None:
    """No id loses a digit, in either kind of body."""
    assert tickets_in(encoded({"ticket_id": str(ticket) if as_text else ticket})) == [ticket]
    assert tickets_in(event(subject=f"zen:ticket:{ticket}", detail={"id": str(ticket)})) == [ticket]
