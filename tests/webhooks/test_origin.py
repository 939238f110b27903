from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webhooks.origin import Network, among, sender

PROXIES: list[Network] = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "at"),
    [
        ("198.51.100.7", [], "198.51.100.7"),
        ("198.51.100.7", ["203.0.113.9"], "198.51.100.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1", "203.0.113.9,10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
        ("10.0.0.1", ["[2001:db8::1]:443"], "2001:db8::1"),
        ("10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("fd00::1", ["203.0.113.9"], "203.0.113.9"),
        ("::ffff:10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9, unknown"], None),
        ("10.0.0.1", [""], None),
        ("10.0.0.1", ["fe80::1%eth0"], None),
        ("testclient", ["203.0.113.9"], None),
        (None, ["203.0.113.9"], None),
    ],
)
def test_who_sent_it(peer: str | None, forwarded: list[str], at: str | None) -> None:
    """The header is read from its end and only as far as our proxies wrote it; the rest may be invented."""
    assert sender(peer, forwarded, PROXIES) == (None if at is None else ip_address(at))


@settings(deadline=None)
@given(peer=st.ip_addresses(), forwarded=st.lists(st.text(max_size=60)))
def test_without_trusted_proxies_the_header_says_nothing(peer: object, forwarded: list[str]) -> None:
    """Whatever stands in it."""
    at = sender(str(peer), forwarded, [])
    assert at is None or at == sender(str(peer), [], [])


@settings(deadline=None)
@given(invented=st.lists(st.text(max_size=60)), real=st.ip_addresses(v=4).filter(lambda at: not among(at, PROXIES)))
def test_what_a_sender_invents_changes_nothing(invented: list[str], real: object) -> None:
    """Our proxy appends the true address behind it."""
    assert sender("10.0.0.1", [*invented, str(real)], PROXIES) == real


def test_an_unknown_address_is_in_no_network() -> None:
    """Not even in the one of everybody."""
    assert not among(None, [ip_network("0.0.0.0/0")])
    assert not among(ip_address("2001:db8::1"), [ip_network("0.0.0.0/0")])
