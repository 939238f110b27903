from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webhooks.signature import Verdict, sign, verify
from zendesk_sync.settings import TEST_SECRET

TIMESTAMP = "2021-03-25T05:09:27Z"
AT = datetime(2021, 3, 25, 5, 9, 27, tzinfo=UTC)
BODY = b'{"ticket_id":"33"}'


def judged(secrets: list[str], signature: str | None, timestamp: str | None = TIMESTAMP, body: bytes = BODY) -> Verdict:
    return verify(secrets, signature, timestamp, body, now=AT, tolerance_s=300)


def test_the_published_vector() -> None:
    """Zendesk's test secret, a timestamp and a body give the signature that Zendesk's recipe gives."""
    assert sign(TEST_SECRET, TIMESTAMP, BODY) == "BojqxFeTNoKqiRbZWBoc9E+UwwzjBZQtmS+AKKSB4pU="


def test_the_published_secret_opens_nothing() -> None:
    """Anybody can sign with the published secret, so it is refused even where it is configured; so is an empty one."""
    assert judged([TEST_SECRET], sign(TEST_SECRET, TIMESTAMP, BODY)) is Verdict.FORGED
    assert judged([""], sign("", TIMESTAMP, BODY)) is Verdict.FORGED


def test_either_secret_is_good_while_one_is_replaced() -> None:
    """During a rotation both secrets open, in any position."""
    for secret in ("old", "new"):
        assert judged(["old", "new"], sign(secret, TIMESTAMP, BODY)) is Verdict.GENUINE
    assert judged(["new"], sign("old", TIMESTAMP, BODY)) is Verdict.FORGED
    assert judged([], sign("old", TIMESTAMP, BODY)) is Verdict.FORGED


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [
        (0, Verdict.GENUINE),
        (300, Verdict.GENUINE),
        (-300, Verdict.GENUINE),
        (301, Verdict.STALE),
        (-301, Verdict.STALE),
    ],
)
def test_the_timestamp_must_be_close_in_both_directions(seconds: int, verdict: Verdict) -> None:
    """A signed request is good for five minutes, and none comes from the future."""
    now = AT + timedelta(seconds=seconds)
    assert verify(["s"], sign("s", TIMESTAMP, BODY), TIMESTAMP, BODY, now=now, tolerance_s=300) is verdict


@pytest.mark.parametrize(
    "timestamp",
    ["", "now", "1616648967", "2021-03-25", "2021-02-30T05:09:27Z", "2021-03-25T05:09:27", "2021-03-25T05:09:27+00:00",
     " 2021-03-25T05:09:27Z", "٢٠٢١-03-25T05:09:27Z", "2021-03-25T05:09:27Z\n", "\ud800"],
)  # fmt: skip
def test_an_unreadable_timestamp_is_refused(timestamp: str) -> None:
    """Only the documented form counts, whoever signed it."""
    assert judged(["s"], "x", timestamp) is Verdict.UNREADABLE


def test_fractions_of_a_second_are_read() -> None:
    """Zendesk's event times carry up to nine decimals; a timestamp with them would be read as well."""
    timestamp = "2021-03-25T05:09:27.141371131Z"
    assert judged(["s"], sign("s", timestamp, BODY), timestamp) is Verdict.GENUINE


def test_both_headers_are_needed() -> None:
    """Without a signature or a timestamp nothing is verified."""
    assert judged(["s"], None) is Verdict.MISSING
    assert judged(["s"], sign("s", "", BODY), None) is Verdict.MISSING


@settings(deadline=None)
@given(
    body=st.binary(max_size=200), secret=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), flip=st.data()
)
def test_any_changed_byte_is_noticed(body: bytes, secret: str, flip: st.DataObject) -> None:
    """A genuine request passes whatever its bytes are, and one bit more or less does not."""
    signature = sign(secret, TIMESTAMP, body)
    assert judged([secret], signature, body=body) is Verdict.GENUINE
    assert judged([secret], signature, body=body + b" ") is Verdict.FORGED
    assert judged([secret + "x"], signature, body=body) is Verdict.FORGED
    place = flip.draw(st.integers(0, len(signature) - 1))
    forged = signature[:place] + ("A" if signature[place] != "A" else "B") + signature[place + 1 :]
    assert judged([secret], forged, body=body) is Verdict.FORGED


@settings(deadline=None)
@given(signature=st.text(max_size=80), timestamp=st.text(max_size=40), body=st.binary(max_size=50))
def test_junk_is_refused_and_never_fails(signature: str, timestamp: str, body: bytes) -> None:
    """No header or body makes verification raise."""
    assert judged(["s"], signature, timestamp, body) is not Verdict.GENUINE
