"""What ``init`` writes and where: the commented configuration, and the secret beside it or in the system keyring."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

import jinja2
from pydantic import SecretStr

from zendesk_sync import settings as settings_file
from zendesk_sync import system_keyring
from zendesk_sync.account_settings import Account
from zendesk_sync.errors import ConfigurationError, InputError
from zendesk_sync.secret_variables import variable
from zendesk_sync.settings import Secrets, Settings
from zendesk_sync.settings_model import LOOPBACK
from zendesk_sync.zendesk.auth import API_TOKENS_END


class SignIn(StrEnum):
    """The ways to sign in."""

    CLIENT = "client-credentials"
    ACCESS_TOKEN = "access-token"  # noqa: S105  a way's name
    API_TOKEN = "api-token"  # noqa: S105

    @property
    def secret(self) -> str:
        """The secret that it needs, by its name in :class:`~zendesk_sync.settings.Secrets`."""
        return {self.CLIENT: "client_secret", self.ACCESS_TOKEN: "token", self.API_TOKEN: "api_token"}[self]


class Keep(StrEnum):
    """Where the secret is kept."""

    FILE = "file"
    KEYRING = "keyring"
    ENVIRONMENT = "environment"


class Plan(StrEnum):
    """What becomes of the configuration file."""

    CREATE = "create"
    ADD = "add"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What ``init`` was told. ``public_url`` may be left open; ``secret`` is in no ``repr``."""

    name: str
    url: str
    sign_in: SignIn
    client_id: str | None
    email: str | None
    secret: SecretStr
    keep: Keep
    public_url: str | None
    our_domains: tuple[str, ...]

    @property
    def account(self) -> Account:
        return Account.model_validate({"url": self.url, "client_id": self.client_id, "email": self.email})

    @property
    def secrets(self) -> Secrets:
        return Secrets.model_validate({self.sign_in.secret: self.secret})


def plan_for(file: Path, account: str) -> tuple[Plan, str]:
    """What writing ``account`` into ``file`` would mean, and why where something there would be lost.

    Raises:
        InputError: the file has other accounts as well as this one, so it is changed by hand.
    """
    if not file.exists():
        return Plan.CREATE, ""
    try:
        known = set(settings_file.load(file).accounts)
    except ConfigurationError as error:
        return Plan.REPLACE, f"it is there and cannot be used:\n{error}"
    if account not in known:
        return Plan.ADD, ""
    if known != {account}:
        raise InputError(f"{file}: account {account} is configured there, beside others; change it in the file")
    return Plan.REPLACE, f"account {account} is configured there"


def render(answers: Answers, plan: Plan) -> str:
    """The configuration file's text, or the part that is added to one."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701  TOML
    environment.filters["toml"] = lambda value: json.dumps(value, ensure_ascii=False)
    template = resources.files("zendesk_sync.cli").joinpath("zendesk-sync.toml.j2").read_text(encoding="utf-8")
    return environment.from_string(template).render(
        added=plan is Plan.ADD,
        account=answers.name,
        url=answers.url,
        client_id=answers.client_id,
        email=answers.email,
        keyring=answers.keep is Keep.KEYRING,
        public_url=answers.public_url,
        port=_own_port(answers.public_url),
        our_domains=list(answers.our_domains),
        variable=variable(answers.name, answers.sign_in.secret),
        ends=API_TOKENS_END,
    )


def kept_already(file: Path, answers: Answers) -> str | None:
    """The secret of this kind that stands where the new one would go; None where there is none, or the same.

    Raises:
        ConfigurationError: the keyring cannot be used.
    """
    name = answers.sign_in.secret
    if answers.keep is Keep.ENVIRONMENT:
        return None
    if answers.keep is Keep.KEYRING:
        found: object = system_keyring.read(answers.name, name)
        where = "the system keyring"
    else:
        there = _secrets_file(file, answers.name)
        try:
            found = tomllib.loads(there.read_text(encoding="utf-8")).get(name) if there.exists() else None
        except (OSError, ValueError):
            found = ""  # unreadable; writing would fail, and says why
        where = str(there)
    return None if found in {None, "", answers.secret.get_secret_value()} else where


def write(file: Path, answers: Answers, plan: Plan) -> list[str]:
    """Write the secret, then the configuration; returns what was written, for people.

    Raises:
        InputError, ConfigurationError: something could not be written; a configuration is not left without its secret.
    """
    text, said = render(answers, plan), []
    try:
        if answers.keep is Keep.KEYRING:
            system_keyring.write(answers.name, answers.sign_in.secret, answers.secret.get_secret_value())
            said.append(f"the secret is in the system keyring, as {system_keyring.service(answers.name)}")
        elif answers.keep is Keep.FILE:
            settings = Settings(accounts={answers.name: answers.account}, source=file)
            kept = settings_file.save_secret(
                settings, answers.name, answers.sign_in.secret, answers.secret.get_secret_value()
            )
            said.append(f"{kept}: the secret; only you can read it (mode 0600). Keep it out of version control")
        if plan is Plan.ADD:
            text = f"{file.read_text(encoding='utf-8').rstrip()}\n\n{text}"
        if plan is Plan.REPLACE:
            former = file.with_name(f"{file.name}.old")
            os.replace(file, former)  # noqa: PTH105  over one that is there, on every system
            said.append(f"{former}: the former configuration")
        scratch = file.with_name(f"{file.name}.new")
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(file)
    except OSError as error:
        raise InputError(f"{error.filename or file}: cannot be written: {error.strerror}") from None
    said.append(f"{file}: {'the account is added' if plan is Plan.ADD else 'the configuration, with comments'}")
    return said


def _own_port(public_url: str | None) -> int | None:
    """The port to listen on where the public address is this very machine's, with no proxy between."""
    if public_url is None or not LOOPBACK.fullmatch(public_url):
        return None
    return urlsplit(public_url).port


def _secrets_file(file: Path, account: str) -> Path:
    return file.parent / f"{account}.secrets.toml"
