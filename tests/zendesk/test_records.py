"""Records: what an absent, empty or odd value means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tests.zendesk.stack import STAMP, ticket
from zendesk_sync.errors import UnexpectedAnswer
from zendesk_sync.zendesk.records import Comment, Ticket, User, convert, when


def read(**changes: Any) -> Ticket:
    (found,) = convert([ticket(**changes)], Ticket)
    return found


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (None, None),
        ("", None),
        ([], None),
        ("zs_p0", "zs_p0"),
        (["a", "b"], ["a", "b"]),
        (True, True),
        (False, False),
        (0, "0"),
        (26155630658963, "26155630658963"),
        (1.5, "1.5"),
    ],
)
def test_a_field_value(value: object, seen: object) -> None:
    """Null, empty text and an empty list are the same; an unticked box is not empty; numbers become text."""
    found = read(custom_fields=[{"id": 1, "value": "other"}, {"id": 360, "value": value}]).field(360)
    assert found == seen
    assert type(found) is type(seen)


def test_a_field_that_is_not_there() -> None:
    """A field that the ticket does not list is None."""
    assert read().field(999) is None


def test_times_keep_their_text() -> None:
    """The text for a safe update is exactly what Zendesk gave; the time beside it is UTC."""
    found = read()
    assert found.updated_stamp == STAMP
    assert found.updated_at == datetime(2026, 2, 5, 10, 11, 12, tzinfo=UTC)
    assert when("2026-02-05T12:11:12+02:00") == when("2026-02-05T10:11:12") == found.updated_at
    with pytest.raises(UnexpectedAnswer, match="ISO 8601"):
        when("yesterday")


def test_follow_ups() -> None:
    """A follow-up names its closed ticket, whichever way Zendesk says it."""
    via = {"channel": "web", "source": {"from": {"ticket_id": 12}, "to": {}, "rel": "follow_up"}}
    assert read(via=via).follows == 12
    assert read(followup_source_id=13).follows == 13
    assert read().follows is None
    assert read(via={**via, "source": {"from": {"ticket_id": "x"}, "rel": "follow_up"}}).follows is None


def test_the_least_a_record_needs() -> None:
    """Records read from almost nothing; what is missing has a quiet default."""
    (found,) = convert([{"id": 1, "created_at": STAMP, "updated_at": STAMP}], Ticket)
    assert (found.status, found.priority, found.tags, found.custom_fields, found.via.channel) == (
        "",
        None,
        (),
        (),
        None,
    )
    assert convert([{}], User)[0].id is None
    assert convert([{"id": 1, "created_at": STAMP}], Comment)[0].text == ""


def test_records_are_frozen_and_forward_compatible() -> None:
    """A key from the future is ignored; a record cannot be changed."""
    found = read(brand_new_key={"x": 1})
    with pytest.raises(AttributeError):
        found.priority = "high"  # type: ignore[misc]


def test_ids_are_never_floats() -> None:
    """An id that is not an integer is refused rather than rounded."""
    with pytest.raises(UnexpectedAnswer, match=r"Ticket: .*\$\[0\]\.id"):
        read(id="33")
    assert (
        msgspec.json.decode(b'{"id": 9007199254740993, "created_at": "", "updated_at": ""}', type=Ticket).id
        == 2**53 + 1
    )
