"""Who may see the board is never a matter of luck: what would open it to strangers is refused when it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from zendesk_sync.board_settings import BOARD_TOKEN, board_token
from zendesk_sync.errors import ConfigurationError
from zendesk_sync.settings import Settings, load, variables

ACCOUNT = '[accounts.acme]\nurl = "https://acme.zendesk.com"\n'


def read(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "zendesk-sync.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def test_without_a_word_it_is_off(tmp_path: Path) -> None:
    board = read(tmp_path, ACCOUNT).service.board
    assert (board.proxy_header, board.accounts, board.refresh_seconds, board.days) == (None, [], 60, 14)
    assert board_token({}) is None
    assert {BOARD_TOKEN, f"{BOARD_TOKEN}_FILE"} <= variables([])


@pytest.mark.parametrize(
    ("service", "says"),
    [
        ('board = { proxy_header = "X-Forwarded-User" }', "trusted_proxies"),
        ('board = { proxy_header = "X Forwarded" }\ntrusted_proxies = ["10.0.0.1"]', "name of a header"),
        ('board = { accounts = ["globex"] }', "no account 'globex'; configured: acme"),
        ('board = { token = "very private words" }', BOARD_TOKEN),
        ("board = { refresh_seconds = 1 }", "refresh_seconds"),
    ],
)
def test_what_cannot_be_meant_is_an_error(tmp_path: Path, service: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        read(tmp_path, f"[service]\n{service}\n{ACCOUNT}")
    assert says in str(error.value)
    assert "very private" not in str(error.value)


@pytest.mark.parametrize(
    "token", ["short", "x" * 15, "words that are \x07 not printable", "wörter mit umlauten, lang genug"]
)
def test_a_token_that_is_easily_guessed_or_cannot_be_typed_is_refused(token: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        board_token({BOARD_TOKEN: token})
    assert token not in str(error.value)


def test_the_token_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("long enough for a token\n", encoding="utf-8")
    assert board_token({f"{BOARD_TOKEN}_FILE": str(tmp_path / "token")}) == "long enough for a token"
