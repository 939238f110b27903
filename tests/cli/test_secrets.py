"""Secrets come from the environment, a file or the keyring, in that order, and from nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import KeyringLocked

from zendesk_sync import system_keyring
from zendesk_sync.errors import ConfigurationError
from zendesk_sync.secret_variables import variable
from zendesk_sync.settings import Secrets, Settings, load, load_secrets, save_secret

PRIVATE = "very-private-value"
GOOD = '[accounts.acme-eu]\nurl = "https://acme.zendesk.com"\n'
TOKEN = "ZENDESK_SYNC_ACME_EU_TOKEN"


class Ring(KeyringBackend):
    """A keyring in memory."""

    priority = 1.0

    def __init__(self, *, locked: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.held: dict[tuple[str, str], str] = {}
        self._locked = locked

    def get_password(self, service: str, username: str) -> str | None:
        if self._locked:
            raise KeyringLocked(f"no: {PRIVATE}")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password


@pytest.fixture
def ring() -> Iterator[Ring]:
    former = keyring.get_keyring()
    ring = Ring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(former)


def configured(folder: Path, text: str = GOOD) -> Settings:
    file = folder / "zendesk-sync.toml"
    file.write_text(text)
    return load(file)


def token(settings: Settings, **environ: str) -> str | None:
    found = load_secrets(settings, "acme-eu", environ).token
    return None if found is None else found.get_secret_value()


def test_the_first_source_wins(tmp_path: Path, ring: Ring) -> None:
    """Variable, else the file that the variable names, else the secrets file, else the keyring."""
    settings = configured(tmp_path, GOOD + "keyring = true\n")
    assert token(settings) is None
    system_keyring.write("acme-eu", "token", "from keyring")
    assert ring.held == {("zendesk-sync/acme-eu", "token"): "from keyring"}
    assert token(settings) == "from keyring"
    save_secret(settings, "acme-eu", "token", "from secrets file")
    assert token(settings) == "from secrets file"
    mounted = tmp_path / "mounted"
    mounted.write_text("from mounted file\n")
    assert token(settings, ZENDESK_SYNC_ACME_EU_TOKEN_FILE=str(mounted)) == "from mounted file"
    assert token(settings, ZENDESK_SYNC_ACME_EU_TOKEN="from variable") == "from variable"


def test_the_keyring_is_left_alone_unless_configured(tmp_path: Path, ring: Ring) -> None:
    """It may ask a person to unlock it."""
    system_keyring.write("acme-eu", "token", "from keyring")
    assert token(configured(tmp_path)) is None


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "cannot read"), ("", "one line"), ("a\nb", "one line"), ("x" * 9000, "one line"), ("\xff", "not UTF-8")],
)
def test_a_file_that_is_no_secret(tmp_path: Path, content: str | None, says: str) -> None:
    """The variable and the file are named; what stands in it is not."""
    file = tmp_path / "mounted"
    if content is not None:
        file.write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=says) as caught:
        token(configured(tmp_path), ZENDESK_SYNC_ACME_EU_TOKEN_FILE=str(file))
    assert f"{TOKEN}_FILE" in str(caught.value)


def test_a_variable_given_both_ways_is_refused(tmp_path: Path) -> None:
    """Nobody has to guess which one holds."""
    both = {TOKEN: PRIVATE, f"{TOKEN}_FILE": "/run/secrets/token"}
    with pytest.raises(ConfigurationError, match="both set") as caught:
        token(configured(tmp_path), **both)
    assert PRIVATE not in str(caught.value)


def test_a_keyring_that_cannot_be_used_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No backend, a locked one, no library: each says what to do, and nothing of what the keyring said."""
    settings, former = configured(tmp_path, GOOD + "keyring = true\n"), keyring.get_keyring()
    try:
        nothing = fail.Keyring()  # type: ignore[no-untyped-call]
        for backend, says in ((nothing, "no system keyring"), (Ring(locked=True), "is it locked")):
            keyring.set_keyring(backend)
            with pytest.raises(ConfigurationError, match=says) as caught:
                token(settings)
            assert PRIVATE not in str(caught.value)
    finally:
        keyring.set_keyring(former)
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'zendesk-sync\[keyring\]'"):
        token(settings)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f'{GOOD}token = "{PRIVATE}"', f"accounts.acme-eu.token: a secret does not belong .*{TOKEN}"),
        (f'{GOOD}client_secret = "{PRIVATE}"', "ZENDESK_SYNC_ACME_EU_CLIENT_SECRET"),
        (f'{GOOD}api_key = "{PRIVATE}"', "as one of: client_secret, token, api_token"),
        (f'{GOOD}[accounts.acme-eu.secrets]\ntoken = "{PRIVATE}"', "accounts.acme-eu.secrets: a secret does not"),
        (f'{GOOD}[service]\nmetrics_token = "{PRIVATE}"', "service.metrics_token: a secret does not"),
        (GOOD.replace("https://", f"https://me:{PRIVATE}@"), "credentials do not belong into the address"),
        (f'{GOOD}email = "me@acme.example/token:{PRIVATE}"', "email address of a Zendesk user"),
        (f'{GOOD}email = "{PRIVATE}"', "email address of a Zendesk user"),
    ],
)
def test_a_secret_in_the_configuration_is_refused_unseen(tmp_path: Path, text: str, says: str) -> None:
    """The message names the key and where the secret belongs; it does not repeat it."""
    with pytest.raises(ConfigurationError, match=says) as caught:
        configured(tmp_path, text)
    assert PRIVATE not in str(caught.value)


def test_accounts_whose_variables_would_be_the_same(tmp_path: Path) -> None:
    """``x-api`` with a token and ``x`` with an API token; any other names are apart."""
    two = '[accounts.{}]\nurl = "https://a.zendesk.com"\n[accounts.{}]\nurl = "https://b.zendesk.com"\n'
    with pytest.raises(ConfigurationError, match="ZENDESK_SYNC_X_API_TOKEN would be a secret of both"):
        configured(tmp_path, two.format("x", "x-api"))
    configured(tmp_path, two.format("x", "x-eu"))
    assert variable("x-eu-2", "token") == "ZENDESK_SYNC_X_EU_2_TOKEN"


def test_a_secrets_file_left_open_by_another_program_is_closed(tmp_path: Path) -> None:
    """Whatever mode the scratch file of an interrupted write had, the secrets file is the owner's alone."""
    settings = configured(tmp_path)
    scratch = settings.secrets_file("acme-eu").with_suffix(".new")
    scratch.write_text("")
    scratch.chmod(0o666)
    assert save_secret(settings, "acme-eu", "token", PRIVATE).stat().st_mode & 0o777 == 0o600
    assert PRIVATE not in repr(load_secrets(settings, "acme-eu", {})) + repr(Secrets(token=PRIVATE))  # type: ignore[arg-type]
