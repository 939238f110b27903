"""The service's configuration: one TOML file for what is not secret; environment, 0600 file or keyring for secrets.

Looked for at ``--config``, then ``$ZENDESK_SYNC_CONFIG``, then ``./zendesk-sync.toml``. Every fault is one
:class:`~zendesk_sync.errors.ConfigurationError` that names the file, the key, what was found and what is allowed.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from zendesk_sync import system_keyring
from zendesk_sync.account_settings import Account
from zendesk_sync.board_settings import BOARD_TOKEN, Board
from zendesk_sync.errors import ConfigurationError
from zendesk_sync.secret_variables import from_environment, secret_variable, variable
from zendesk_sync.settings_model import FROZEN, LOOPBACK, SECRET_KEY, spelled
from zendesk_sync.toml_file import UNSHOWN, describe, escaped, read

if TYPE_CHECKING:
    import sqlalchemy as sa

    Place = Path | sa.URL
    """Where a store is: a file, or a Postgres database."""

DEFAULT_FILE = "zendesk-sync.toml"
CONFIG_FILE = "ZENDESK_SYNC_CONFIG"
METRICS_BEARER = "ZENDESK_SYNC_METRICS_BEARER"
STORE_PASSWORD = "ZENDESK_SYNC_STORE_PASSWORD"  # noqa: S105  the variable's name
TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # noqa: S105  Zendesk publishes it; anyone can sign with it


ACCOUNT_NAME = spelled(
    r"[a-z0-9][a-z0-9-]{0,40}", "an account's name must be of a-z, 0-9 and -, and begin with a letter or digit"
)


def _public_url(value: str) -> str:
    value = value.rstrip("/")
    if not (re.fullmatch(r"https://[A-Za-z0-9.-]+(:\d+)?(/[\w./-]*)?", value) or LOOPBACK.fullmatch(value)):
        raise ValueError("must be https://HOST, where Zendesk reaches this service (plain http only for this machine)")
    return value


def _network(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError('must be text such as "192.0.2.7" or "10.0.0.0/8"')  # noqa: TRY004  pydantic's way
    try:
        return ip_network(value, strict=False)
    except ValueError:
        raise ValueError(
            'must be an address or a network, such as "192.0.2.7", "10.0.0.0/8" or "2001:db8::/32"'
        ) from None


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


def _store(value: str) -> str:
    if "://" not in value:
        return value
    if not value.startswith("postgresql://"):
        raise ValueError("must be a file, or postgresql://USER@HOST:PORT/DATABASE")
    if ":" in value.removeprefix("postgresql://").rpartition("@")[0] or re.search(r"[?&]password=", value):
        # Not even the message may hold it: pydantic adds what was found.
        raise PydanticCustomError(
            UNSHOWN,
            f"the password does not belong into this file; leave it out and set {STORE_PASSWORD}, or use ~/.pgpass",
        )
    if not re.fullmatch(r"postgresql://[^/?#]*/[^/?#]+(\?[^#]*)?", value):
        raise ValueError("must be a file, or postgresql://USER@HOST:PORT/DATABASE")
    return value


Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Part(BaseModel):
    """Frozen, and an unknown key is an error."""

    model_config = FROZEN


class Service(Part):
    """The process: where it listens, where Zendesk reaches it, where it keeps what may be lost.

    Attributes:
        host: the address that webhooks are received on.
        port: the port that webhooks are received on; 0 takes a free one.
        public_url: where Zendesk reaches this service; ``setup`` writes it into the webhook.
        store: a file, or ``postgresql://USER@HOST:PORT/DATABASE`` without a password.
        driver: who says which account is served when. ``embedded``: ``serve`` itself. ``loop`` and ``procrastinate``:
            processes of ``zendesk-sync worker``, while ``serve`` only receives.
        concurrency: accounts that one process serves at once; each of them by one thread.
        lease_seconds: after so long the account of a process that died or hangs goes to another one.
        policy: a policy file of your own; without one the bundled policy is in force.
        sweep_seconds: how often the export is read for what no webhook told; all exports share ten calls a minute.
        poll_seconds: how often the inbox is looked into for work that has become due.
        history_days: how far back the history for reports and the board is kept; 0 keeps none.
        timestamp_tolerance_seconds: by how much a webhook's signed time may differ from ours, either way.
        trusted_proxies: addresses and networks whose ``X-Forwarded-For`` and ``board.proxy_header`` are believed.
        allow: addresses and networks that webhooks may come from; with none, any.
        metrics_port: a port of its own for ``/metrics`` and all of ``/readyz``, on ``metrics_host``; none by default.
        metrics_host: the address that ``metrics_port`` listens on.
        log: lines for people, or JSON for a log collector; both go to standard error.
        board: who may see the board, and what it shows.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, strict=True)] = 8080
    public_url: Annotated[str, AfterValidator(_public_url)] | None = None
    store: Annotated[str, AfterValidator(_store)] = "zendesk-sync.db"
    driver: Literal["embedded", "loop", "procrastinate"] = "embedded"
    concurrency: Annotated[int, Field(ge=1, le=100, strict=True)] = 8
    lease_seconds: Annotated[float, Field(ge=0.2, le=3600)] = 30.0
    policy: str | None = None
    sweep_seconds: Seconds = 60.0
    poll_seconds: Seconds = 0.5
    history_days: Annotated[int, Field(ge=0, le=1000, strict=True)] = 30
    timestamp_tolerance_seconds: Seconds = 300.0
    trusted_proxies: list[Network] = []
    allow: list[Network] = []
    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int, Field(ge=0, le=65535, strict=True)] | None = None
    log: Literal["text", "json"] = "text"
    board: Board = Board()

    @model_validator(mode="after")
    def _somebody_is_believed(self) -> Service:
        if self.board.proxy_header is not None and not self.trusted_proxies:
            raise ValueError(
                "board.proxy_header needs trusted_proxies, or anybody could write it: name your proxy's address"
            )
        return self


class Settings(Part):
    """The whole configuration file; ``source`` is where it was read from.

    Attributes:
        service: the process itself.
        accounts: the Zendesk accounts by a name of your own: small letters, digits and hyphens.
    """

    service: Service = Service()
    accounts: Annotated[dict[Annotated[str, ACCOUNT_NAME], Account], Field(min_length=1)]
    source: Path = Field(default=Path(DEFAULT_FILE), exclude=True)

    @model_validator(mode="after")
    def _board_shows_what_there_is(self) -> Settings:
        if unknown := [name for name in self.service.board.accounts if name not in self.accounts]:
            known = ", ".join(self.accounts)
            raise ValueError(f"service.board.accounts: no account {unknown[0]!r}; configured: {known}")
        return self

    @model_validator(mode="after")
    def _variables_differ(self) -> Settings:
        """``x-api`` with a ``token`` and ``x`` with an ``api_token`` would read the same variable."""
        of: dict[str, str] = {}
        for account in self.accounts:
            for name in Secrets.model_fields:
                other = of.setdefault(variable(account, name), account)
                if other != account:
                    raise ValueError(
                        f"accounts {other} and {account}: {variable(account, name)} would be a secret of both; "
                        f"give one of them another name"
                    )
        return self

    def path(self, name: str) -> Path:
        """A path from the file, relative to the file's own folder."""
        return (self.source.parent / name).resolve() if not Path(name).is_absolute() else Path(name)

    def place(self, environ: Mapping[str, str] = os.environ) -> Place:
        """Where the store is: its file, or its Postgres with the password of ``ZENDESK_SYNC_STORE_PASSWORD``.

        That, or the file that ``ZENDESK_SYNC_STORE_PASSWORD_FILE`` names. Without both libpq looks where it always
        does: ``PGPASSWORD``, ``~/.pgpass``.

        Raises:
            ConfigurationError: as :func:`secret_variable`.
        """
        if "://" not in self.service.store:
            return self.path(self.service.store)
        import sqlalchemy as sa

        return sa.make_url(self.service.store).set(password=secret_variable(STORE_PASSWORD, environ))

    def secrets_file(self, account: str) -> Path:
        """Where the account's secrets file stands: beside the configuration file."""
        return self.source.parent / f"{account}.secrets.toml"


class Secrets(Part):
    """What one account must never leak. ``SecretStr`` keeps it out of logs and tracebacks.

    Attributes:
        client_secret: of the account's OAuth client.
        token: an OAuth access token, in the place of a client.
        api_token: of the user ``email``; Zendesk retires API tokens.
        webhook_secret: what Zendesk signs webhooks with; ``setup apply`` fetches it.
        webhook_secret_old: opens the door beside ``webhook_secret`` while the one is replaced by the other.
        directory_secret: for the headers of ``customers.directory``, or of the OAuth client that it names.
    """

    client_secret: SecretStr | None = None
    token: SecretStr | None = None
    api_token: SecretStr | None = None
    webhook_secret: SecretStr | None = None
    webhook_secret_old: SecretStr | None = None
    directory_secret: SecretStr | None = None

    @property
    def published(self) -> bool:
        """Whether a webhook secret is the one that Zendesk publishes for tests."""
        ours = (self.webhook_secret, self.webhook_secret_old)
        return any(one is not None and one.get_secret_value() == TEST_SECRET for one in ours)


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and validate the configuration file.

    Raises:
        ConfigurationError: the file is missing, is not TOML, or a key is unknown, missing or of a wrong type.
    """
    file = path or Path(environ.get(CONFIG_FILE) or DEFAULT_FILE)
    data = read(file, "configuration file")
    if "source" in data:
        raise ConfigurationError(f"{file}: source: unknown key; allowed here: accounts, service")
    try:
        return Settings.model_validate({**data, "source": file}, context={"folder": file.parent})
    except ValidationError as error:
        raise ConfigurationError(describe(file, error, Settings, misplaced=_misplaced)) from None


def load_secrets(settings: Settings, account: str, environ: Mapping[str, str] = os.environ) -> Secrets:
    """As :func:`read_secrets`, and usable: Zendesk's published test secret opens no door.

    Raises:
        ConfigurationError: a webhook secret is that one, or as :func:`read_secrets`.
    """
    secrets = read_secrets(settings, account, environ)
    if secrets.published:
        raise ConfigurationError(
            f"account {account}: the webhook secret is Zendesk's published test secret, with which anybody can sign; "
            f"take it out of {settings.secrets_file(account).name} or the environment, and fetch the real one: "
            f"zendesk-sync setup apply"
        )
    return secrets


def read_secrets(settings: Settings, account: str, environ: Mapping[str, str] = os.environ) -> Secrets:
    """The account's secrets. For each the first of these that has it:

    1. ``ZENDESK_SYNC_<ACCOUNT>_<NAME>``;
    2. the file that ``ZENDESK_SYNC_<ACCOUNT>_<NAME>_FILE`` names, as containers mount secrets;
    3. ``<account>.secrets.toml`` beside the configuration (mode 0600);
    4. the system keyring, for an account with ``keyring = true``.

    Raises:
        ConfigurationError: a file is readable by others, cannot be read, is not TOML, or has an unknown key; a variable
            is given both ways; the keyring cannot be used.
    """
    file = settings.secrets_file(account)
    data: dict[str, Any] = {}
    if file.exists():
        if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & _forbidden(file, environ):
            raise ConfigurationError(f"{file}: other users can read this secrets file; run: chmod 600 {file}")
        data = read(file, "secrets file")
    for name in Secrets.model_fields:
        if value := from_environment(account, name, environ):
            data[name] = value
        elif name not in data and settings.accounts[account].keyring:
            data[name] = system_keyring.read(account, name)
    try:
        return Secrets.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(describe(file, error, Secrets, secret=True)) from None


def _forbidden(file: Path, environ: Mapping[str, str]) -> int:
    """Bits of a mode with which others could read the file.

    systemd grants a credential to its service by an access list, which shows as the group's bit; the folder it lies in
    is the service's alone. https://systemd.io/CREDENTIALS/
    """
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    return 0o037 if credentials and file.resolve().parent == Path(credentials).resolve() else 0o077


def variables(accounts: Iterable[str]) -> set[str]:
    """Every environment variable of ours that means something, for accounts of these names."""
    secret = {
        STORE_PASSWORD,
        METRICS_BEARER,
        BOARD_TOKEN,
        *(variable(one, name) for one in accounts for name in Secrets.model_fields),
    }
    return {CONFIG_FILE, *secret, *(f"{name}_FILE" for name in secret)}


def metrics_token(environ: Mapping[str, str] = os.environ) -> str | None:
    """The bearer token for ``/metrics`` on the public port, from ``ZENDESK_SYNC_METRICS_BEARER``; None without one.

    Raises:
        ConfigurationError: as :func:`secret_variable`.
    """
    return secret_variable(METRICS_BEARER, environ)


def save_secret(settings: Settings, account: str, name: str, value: str) -> Path:
    """Write one secret into the account's secrets file, created with mode 0600; the others stay."""
    file = settings.secrets_file(account)
    kept = read(file, "secrets file") if file.exists() else {}
    kept[name] = value
    text = "# Secrets of one Zendesk account. Keep this file private (mode 0600) and out of version control.\n"
    text += "".join(f'{key} = "{escaped(str(kept[key]))}"\n' for key in sorted(kept))
    scratch = file.with_suffix(".new")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        os.fchmod(descriptor, 0o600)  # one that was left behind keeps its mode when opened
        out.write(text)
    scratch.replace(file)
    return file


def _misplaced(location: tuple[int | str, ...]) -> str | None:
    """Where the secret belongs that somebody wrote into the configuration; None of a key that looks harmless."""
    if not SECRET_KEY.search(str(location[-1])):
        return None
    what = "a secret does not belong into this file; take it out"
    if location[:2] == ("service", "board"):
        return f"{what} and set {BOARD_TOKEN}"
    if len(location) < 3 or location[0] != "accounts":
        return f"{what}. Secrets of an account come from the environment or from ACCOUNT.secrets.toml (mode 0600)"
    account, name = str(location[1]), str(location[-1])
    if name not in Secrets.model_fields:
        return f"{what}. Put it into {account}.secrets.toml (mode 0600) as one of: {', '.join(Secrets.model_fields)}"
    return f'{what}. Set {variable(account, name)}, or write {name} = "…" into {account}.secrets.toml (mode 0600)'
