"""``init``: what a new admin types, right and wrong, and what stands there afterwards."""

from __future__ import annotations

import io
import os
import re
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import keyring
import pytest

from tests.cli.commands import command
from tests.cli.terminal import answered
from tests.cli.test_secrets import Ring
from zendesk_sync import settings as settings_file
from zendesk_sync.sandbox import Sandbox
from zendesk_sync.sync.connection import open_account
from zendesk_sync.zendesk.account import ZenpyAccount

OWNER = "owner@sandbox.example"
VARIABLE = "ZENDESK_SYNC_NEW_ONE_CLIENT_SECRET"


@pytest.fixture(scope="module")
def zendesk() -> Iterator[Sandbox]:
    with Sandbox(fast=True) as running:
        yield running


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of somebody who has nothing yet, and no terminal."""
    for name in [name for name in os.environ if name.startswith("ZENDESK_SYNC_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    return tmp_path


def piped(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(secret.encode())))


def words(zendesk: Sandbox, *more: str) -> list[str]:
    return ["init", "--url", zendesk.url, "--account", "new-one", *more]


def by_client(zendesk: Sandbox, *more: str) -> list[str]:
    return words(zendesk, "--sign-in", "client-credentials", "--client-id", zendesk.client_id, *more)


def signed_in_as(account: str = "new-one") -> str | None:
    """Who we are with nothing but what init left behind."""
    settings = settings_file.load()
    secrets = settings_file.load_secrets(settings, account)
    with open_account(account, settings.accounts[account], secrets) as client:
        return ZenpyAccount(client).me().email


def test_somebody_at_a_terminal(zendesk: Sandbox, folder: Path) -> None:
    """Each wrong answer is asked again with the reason; the secret is never on the screen; the result works."""
    dialogue = [
        ("URL of the Zendesk account", "ftp://acme"),
        ("must be https://HOST", zendesk.url),
        ("Name of the account", "New_One"),
        ("must be of a-z", "new-one"),
        ("Way to sign in", "password"),
        ("must be one of: client-credentials", ""),
        ("Unique identifier", zendesk.client_id),
        ("Secret of the OAuth client", "wrong-secret"),
        ("Public URL", "http://sync.example.com"),
        ("must be https://HOST", ""),
        ("mail domains", "somewhere"),
        ("must be a mail domain", "Us@Our.example other.example"),
        ("Answer again?", ""),
        ("URL of the Zendesk account", ""),
        ("Name of the account", ""),
        ("Way to sign in", ""),
        ("Unique identifier", ""),
        ("Secret of the OAuth client", zendesk.client_secret),
        ("Public URL", ""),
        ("mail domains", ""),
    ]
    code, screen = answered(["init"], dialogue, folder=folder, environ={"TERM": "dumb"})
    assert code == 0, screen
    assert "did not accept the OAuth client" in screen
    assert "as Integration (integration@sandbox.example), an admin" in screen
    assert "write [service] public_url into zendesk-sync.toml" in screen
    assert zendesk.client_secret not in screen
    assert "wrong-secret" not in screen
    settings = settings_file.load()
    assert settings.accounts["new-one"].people.our_domains == ["our.example", "other.example"]
    assert settings.service.public_url is None
    assert settings.secrets_file("new-one").stat().st_mode & 0o777 == 0o600
    assert zendesk.client_secret not in (folder / "zendesk-sync.toml").read_text()
    assert signed_in_as() == "integration@sandbox.example"


@pytest.mark.parametrize("way", ["client-credentials", "access-token", "api-token"])
def test_each_way_to_sign_in(
    zendesk: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    """Without a terminal, the secret on standard input; what is written signs in; API tokens work with a warning."""
    secret, more, who = {
        "client-credentials": (
            zendesk.client_secret,
            ["--client-id", zendesk.client_id],
            "integration@sandbox.example",
        ),
        "access-token": (zendesk.token, [], OWNER),
        "api-token": (zendesk.api_token, ["--email", OWNER], OWNER),
    }[way]
    piped(monkeypatch, f"{secret}\n")
    assert command(monkeypatch, *words(zendesk, "--sign-in", way, *more, "--secret-stdin")) == 0
    said = capsys.readouterr()
    assert secret not in said.out + said.err
    assert ("2027-04-30" in said.err) == (way == "api-token")
    assert signed_in_as() == who


def test_a_secret_from_the_environment_stays_there(
    zendesk: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """No file is made of it; the variable's name follows from the account's, with - as _."""
    monkeypatch.setenv(VARIABLE, zendesk.client_secret)
    assert command(monkeypatch, *by_client(zendesk)) == 0
    said = capsys.readouterr().out
    assert f"set {VARIABLE} wherever zendesk-sync runs" in said
    assert [file.name for file in folder.iterdir()] == ["zendesk-sync.toml"]
    assert signed_in_as() == "integration@sandbox.example"


def test_the_keyring_keeps_it_where_wanted(zendesk: Sandbox, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The configuration says so, and no secrets file is there."""
    former = keyring.get_keyring()
    keyring.set_keyring(Ring())
    try:
        piped(monkeypatch, zendesk.client_secret)
        assert command(monkeypatch, *by_client(zendesk, "--secret-stdin", "--keep", "keyring")) == 0
        assert [file.name for file in folder.iterdir()] == ["zendesk-sync.toml"]
        assert signed_in_as() == "integration@sandbox.example"
    finally:
        keyring.set_keyring(former)


@pytest.mark.parametrize(
    ("more", "secret", "says"),
    [
        (["--sign-in", "client-credentials"], "x", "missing are: --client-id"),
        (["--sign-in", "api-token"], "x", "missing are: --email"),
        ([], "x", "missing are: --sign-in"),
        (["--sign-in", "api-token", "--client-id", "x"], "x", "--client-id goes with --sign-in client-credentials"),
        (["--email", OWNER, "--client-id", "x"], "x", "--email with --sign-in api-token"),
        (["--email", OWNER], "wrong-secret", "rejected the credentials"),
        (["--sign-in", "access-token"], "", "standard input: expected one line"),
        (["--sign-in", "access-token"], "two\nlines", "standard input: expected one line"),
        (["--sign-in", "access-token"], "wrong-secret", "rejected the credentials"),
        (["--sign-in", "api-token", "--email", OWNER], "wrong-secret", "rejected the credentials"),
        (["--sign-in", "api-token", "--email", "me/token:wrong-secret"], "x", "--email: must be the email address"),
        (["--sign-in", "access-token", "--our-domain", "x"], "x", "--our-domain: must be a mail domain"),
        (
            ["--sign-in", "access-token", "--our-domain", "me@gmail.com"],
            "x",
            "anybody can have an address at gmail.com",
        ),
        (["--sign-in", "access-token", "--public-url", "sync"], "x", "--public-url: must be https://HOST"),
        (["--sign-in", "access-token", "--config", "no/where.toml"], "x", "no such folder"),
    ],
)
def test_what_cannot_work_writes_nothing(
    zendesk: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folder: Path,
    more: list[str],
    secret: str,
    says: str,
) -> None:
    """Exit 2, one message, no file, no secret."""
    piped(monkeypatch, secret)
    assert command(monkeypatch, *words(zendesk, *more, "--secret-stdin")) == 2
    said = capsys.readouterr()
    assert says in " ".join(said.err.split())
    assert "wrong-secret" not in said.out + said.err
    assert list(folder.iterdir()) == []


def test_no_secret_and_nobody_to_ask(
    zendesk: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both ways to give it are named."""
    assert command(monkeypatch, *by_client(zendesk)) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert f"set {VARIABLE}, or pass it on standard input: --secret-stdin" in said


def test_an_agent_is_not_enough(
    zendesk: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """The role is told, and who should own the client."""
    agent = {"name": "Agent", "email": "agent@sandbox.example", "role": "agent"}
    bearer = {"Authorization": f"Bearer {zendesk.token}"}
    httpx.post(f"{zendesk.url}/api/v2/users", json={"user": agent}, headers=bearer).raise_for_status()
    piped(monkeypatch, zendesk.api_token)
    email = ["--email", "agent@sandbox.example"]
    assert command(monkeypatch, *words(zendesk, "--sign-in", "api-token", *email, "--secret-stdin")) == 2
    assert "agent@sandbox.example behind these credentials is no admin" in " ".join(capsys.readouterr().err.split())
    assert list(folder.iterdir()) == []


class _Forgetful(BaseHTTPRequestHandler):
    """Passes requests on to the local Zendesk, and drops the credentials, as a proxy may."""

    zendesk: str

    def do_GET(self) -> None:
        answer = httpx.get(self.zendesk + self.path, headers={"Accept": "application/json"})
        self.send_response(answer.status_code)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


def test_an_answer_to_nobody_is_no_success(
    zendesk: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """Zendesk answers 200 to a visitor without credentials; that is not taken for a sign-in."""
    _Forgetful.zendesk = zendesk.url
    with ThreadingHTTPServer(("127.0.0.1", 0), _Forgetful) as relay:
        threading.Thread(target=relay.serve_forever, args=(0.01,), daemon=True).start()
        piped(monkeypatch, zendesk.token)
        url = f"http://127.0.0.1:{relay.server_port}"
        more = ["--account", "new-one", "--sign-in", "access-token", "--secret-stdin"]
        assert command(monkeypatch, "init", "--url", url, *more) == 2
        relay.shutdown()
    assert "anonymous visitor" in " ".join(capsys.readouterr().err.split())
    assert list(folder.iterdir()) == []


def test_what_is_there_is_not_overwritten_unasked(
    zendesk: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """Neither a configuration nor a secret; with --overwrite the former configuration is kept beside it."""
    file = folder / "zendesk-sync.toml"
    file.write_text('[accounts.new-one]\nurl = "https://acme.zendesk.com"\n')
    settings_file.save_secret(settings_file.load(file), "new-one", "webhook_secret", "from setup")
    settings_file.save_secret(settings_file.load(file), "new-one", "client_secret", "former")
    before = {one.name: one.read_text() for one in folder.iterdir()}
    call = by_client(zendesk, "--secret-stdin")
    piped(monkeypatch, zendesk.client_secret)
    assert command(monkeypatch, *call) == 2
    assert "--overwrite replaces it" in " ".join(capsys.readouterr().err.split())
    file.unlink()
    piped(monkeypatch, zendesk.client_secret)
    assert command(monkeypatch, *call) == 2
    assert "another client_secret of account new-one is kept there" in " ".join(capsys.readouterr().err.split())
    file.write_text(before[file.name])
    assert {one.name: one.read_text() for one in folder.iterdir()} == before
    piped(monkeypatch, zendesk.client_secret)
    assert command(monkeypatch, *call, "--overwrite") == 0
    assert (folder / "zendesk-sync.toml.old").read_text() == before[file.name]
    kept = tomllib.loads((folder / "new-one.secrets.toml").read_text())
    assert kept == {"client_secret": zendesk.client_secret, "webhook_secret": "from setup"}


def test_another_account_is_added_to_a_configuration(
    zendesk: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """What stood there stays to the letter; one account among several is changed by hand."""
    file, former = folder / "zendesk-sync.toml", '# mine\n[accounts.first]\nurl = "https://first.zendesk.com"\n'
    file.write_text(former)
    piped(monkeypatch, zendesk.client_secret)
    assert command(monkeypatch, *by_client(zendesk, "--secret-stdin")) == 0
    assert file.read_text().startswith(former)
    assert set(settings_file.load().accounts) == {"first", "new-one"}
    piped(monkeypatch, zendesk.client_secret)
    assert command(monkeypatch, *by_client(zendesk, "--secret-stdin", "--overwrite")) == 2
    assert "beside others; change it in the file" in " ".join(capsys.readouterr().err.split())


def test_without_the_network(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """--no-test writes unseen and says so; the name follows from the URL; --dry-run writes nothing at all."""
    call = ["init", "--url", "https://Acme-EU.zendesk.com/agent/dashboard", "--sign-in", "api-token", "--no-test"]
    call += ["--email", "me@example.com", "--secret-stdin", "--public-url", "http://127.0.0.1:8123/"]
    piped(monkeypatch, "some-secret")
    assert command(monkeypatch, *call, "--dry-run") == 0
    assert "Nothing was written" in capsys.readouterr().out
    assert list(folder.iterdir()) == []
    piped(monkeypatch, "some-secret")
    assert command(monkeypatch, *call) == 0
    said = capsys.readouterr()
    assert "Not signed in (--no-test)" in said.out
    assert "2027-04-30" in said.err
    account = settings_file.load().accounts["acme-eu"]
    assert settings_file.load().service.port == 8123  # no proxy between Zendesk and this machine
    assert (account.url, account.email) == ("https://acme-eu.zendesk.com", "me@example.com")
    held = settings_file.load_secrets(settings_file.load(), "acme-eu").api_token
    assert held is not None
    assert held.get_secret_value() == "some-secret"


def test_what_the_comments_propose_is_valid(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Every commented key, with its sign taken away, is one that the model knows."""
    monkeypatch.setenv("ZENDESK_SYNC_ACME_TOKEN", "x")
    assert command(monkeypatch, "init", "--url", "acme", "--sign-in", "access-token", "--no-test") == 0
    file = folder / "zendesk-sync.toml"
    text, keys = re.subn(r"(?m)^# (?=\w+ = )", "", file.read_text())
    assert keys > 8
    file.write_text(text)
    settings = settings_file.load(file)
    assert settings.accounts["acme"].inputs.answers == {"version": "Product version", "logs": "Logs"}
