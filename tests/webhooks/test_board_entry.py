"""Who may see the board, and who may not: token, session, proxy, guesses."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.board_world import TOKEN, Clock
from webhooks.board import entry
from webhooks.board.entry import Asked, By, Entry, Refused, Visitor

HERE = ip_address("192.0.2.1")
PROXY = ip_address("10.0.0.7")
TRUSTED = [ip_network("10.0.0.0/8")]


def opened(clock: Clock | None = None, token: str | None = TOKEN, *, by_proxy: bool = False) -> Entry:
    clock = clock or Clock()
    return Entry(token=token, by_proxy=by_proxy, trusted=TRUSTED, clock=clock, steady=clock)


def asked(**more: object) -> Asked:
    return Asked(**({"peer": HERE, "address": HERE} | more))  # type: ignore[arg-type]


def session(way: Entry) -> str:
    found = way.guess(TOKEN, HERE)
    assert isinstance(found, Visitor)
    assert found.session is not None
    return found.session


@pytest.mark.parametrize("shown", ["Bearer " + TOKEN, "bearer " + TOKEN])
def test_the_token_opens(shown: str) -> None:
    found = opened().visitor(asked(authorization=shown))
    assert isinstance(found, Visitor)
    assert found.by is By.TOKEN


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer ", TOKEN, "Basic " + TOKEN, "Bearer x", f"Bearer {TOKEN} "])
def test_nothing_else_does(shown: str) -> None:
    assert isinstance(opened().visitor(asked(authorization=shown)), Refused)
    assert isinstance(opened(token=None, by_proxy=True).visitor(asked(authorization="Bearer None")), Refused)


@given(st.text(max_size=120))
def test_no_made_up_cookie_opens(cookie: str) -> None:
    assert isinstance(opened().visitor(asked(cookie=cookie)), Refused)


@given(st.data())
def test_a_session_with_any_character_changed_opens_nothing(data: st.DataObject) -> None:
    """Neither its times nor its sum can be altered."""
    way = opened()
    good = session(way)
    at = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.sampled_from("0123456789abcdef.").filter(lambda one: one != good[at]))
    assert isinstance(way.visitor(asked(cookie=good[:at] + other + good[at + 1 :])), Refused)


def test_the_session_is_not_the_token_and_dies_with_it() -> None:
    """Every process with the same token knows it; another token ends it."""
    good = session(opened())
    assert TOKEN not in good
    assert isinstance(opened().visitor(asked(cookie=good)), Visitor)
    assert isinstance(opened(token=TOKEN + "!").visitor(asked(cookie=good)), Refused)


def test_a_session_lasts_while_it_is_used_and_not_for_ever() -> None:
    """A screen that looks every hour stays; one that slept twelve hours signs in again; thirty days are the most."""
    clock = Clock()
    way = opened(clock)
    good = session(way)
    clock.at += entry.IDLE_S - 1
    assert isinstance(way.visitor(asked(cookie=good)), Visitor)
    clock.at += 1
    assert isinstance(way.visitor(asked(cookie=good)), Refused)
    good, began = session(way), clock.at
    for _ in range(entry.LONGEST_S // 3_600 - 1):
        clock.at += 3_600
        found = way.visitor(asked(cookie=good))
        assert isinstance(found, Visitor)
        assert found.session is not None
        good = found.session
    clock.at = began + entry.LONGEST_S
    assert isinstance(way.visitor(asked(cookie=good)), Refused)


def test_a_proxys_own_password_does_not_hide_the_session() -> None:
    """Zendesk-sync is no judge of other schemes: they open nothing, and close nothing."""
    way = opened()
    found = way.visitor(asked(authorization="Basic dGVhbTpzZWNyZXQ=", cookie=session(way)))
    assert isinstance(found, Visitor)
    assert found.by is By.SESSION
    assert isinstance(way.visitor(asked(authorization="Bearer wrong", cookie=session(way))), Refused)


def test_a_fresh_session_is_not_written_again() -> None:
    """No cookie with every look."""
    clock = Clock()
    way = opened(clock)
    good = session(way)
    clock.at += entry.RENEWED_S - 1
    found = way.visitor(asked(cookie=good))
    assert isinstance(found, Visitor)
    assert (found.by, found.session) == (By.SESSION, None)


def test_guesses_are_few() -> None:
    """Ten wrong ones from an address, and not even the right one opens for five minutes; others are not concerned."""
    clock = Clock()
    way = opened(clock)
    for _ in range(entry.GUESSES):
        assert isinstance(way.guess("wrong", HERE), Refused)
        clock.at += 1
    blocked = way.visitor(asked(authorization="Bearer " + TOKEN))
    assert isinstance(blocked, Refused)
    assert blocked.wait_s == entry.GUESSES_S - entry.GUESSES
    assert isinstance(way.guess(TOKEN, ip_address("192.0.2.2")), Visitor)
    clock.at += blocked.wait_s
    assert isinstance(way.guess(TOKEN, HERE), Visitor)


def test_a_subscriber_of_ipv6_guesses_as_one() -> None:
    """Whoever has a /64 has as many addresses as they like."""
    way = opened()
    for number in range(entry.GUESSES):
        way.guess("wrong", ip_address(f"2001:db8::{number + 1:x}"))
    assert isinstance(way.guess(TOKEN, ip_address("2001:db8::ffff")), Refused)
    assert isinstance(way.guess(TOKEN, ip_address("2001:db8:0:1::1")), Visitor)


def test_guessers_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "REMEMBERED", 8)
    way = opened()
    for number in range(50):
        way.guess("wrong", ip_address(f"198.51.100.{number}"))
    assert len(way._wrong) == 8


def test_a_name_counts_from_a_trusted_proxy_only() -> None:
    """From the connection's own other end; what X-Forwarded-For says of it does not matter."""
    way = opened(by_proxy=True)
    found = way.visitor(asked(peer=PROXY, named=["ada"]))
    assert found == Visitor(By.PROXY, "ada")
    assert isinstance(way.visitor(asked(peer=HERE, address=PROXY, named=["ada"])), Refused)
    assert isinstance(way.visitor(asked(peer=None, named=["ada"])), Refused)
    assert isinstance(opened().visitor(asked(peer=PROXY, named=["ada"])), Refused)


@pytest.mark.parametrize("names", [[], [""], ["  "], ["ada", "eve"], ["a\x00b"], ["x" * 201]])
def test_what_is_no_single_name_is_none(names: list[str]) -> None:
    """A second value may be the browser's own."""
    assert isinstance(opened(by_proxy=True).visitor(asked(peer=PROXY, named=names)), Refused)


def test_no_representation_shows_the_token() -> None:
    assert TOKEN not in repr(opened())
