"""One account, connected: the client, our fields' ids there, and who we are there."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import httpx

from zendesk_sync.account_settings import Account
from zendesk_sync.customers.sources import Sources
from zendesk_sync.errors import ConfigurationError
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.terms import Workload
from zendesk_sync.settings import Secrets
from zendesk_sync.store.workloads import Surge
from zendesk_sync.zendesk import auth
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.budget import Budget
from zendesk_sync.zendesk.client import PATIENCE_S, Client, open_client
from zendesk_sync.zendesk.configuration import TicketField
from zendesk_sync.zendesk.fields import FieldMap, own_fields
from zendesk_sync.zendesk.tickets import Tickets

ONE_SHOT_PATIENCE_S = 90.0
"""For commands that run once: they wait out a minute's limit instead of failing."""


NO_RULING = {"client_id", "email", "keyring", "jobs", "rate_share", "paused", "workload"}
"""Settings of an account that change no decision."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What every step of the job needs to know of its account.

    ``ruling`` tells one set of policy, settings and workload from another; ``next_shifts`` are when more team members
    start, where somebody said so for the surge that is in force.
    """

    name: str
    account: Account
    handbook: Handbook
    workload: Workload
    client: Client
    tickets: Tickets
    fields: FieldMap
    ruling: str = ""
    sources: Sources = field(default_factory=Sources)
    next_shifts: tuple[datetime, ...] = ()

    def seen_as(self, stamp: str) -> str:
        """What is remembered of a ticket that is right: its ``updated_at``, and what it was right by.

        Another policy or other settings of the account make everything worth a look again.
        """
        return f"{stamp} {self.ruling}"

    @property
    def reply_rules(self) -> str:
        """Twelve characters that differ where it is told otherwise what an answer is, and whose."""
        first = self.handbook.first_response.acknowledgements_count
        parts = (self.handbook.replies.model_dump_json(), str(first), self.account.people.model_dump_json())
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]

    def under(self, surge: Surge | None) -> Self:
        """The same account under this surge, or in normal times; itself where that changes nothing."""
        workload = Workload.NORMAL if surge is None else Workload.SURGE
        shifts = () if surge is None else tuple(datetime.fromtimestamp(at, UTC) for at in surge.next_shifts)
        if (workload, shifts) == (self.workload, self.next_shifts):
            return self
        ruling = ruling_of(self.account, self.handbook, workload, self.sources.version)
        return dataclasses.replace(self, workload=workload, next_shifts=shifts, ruling=ruling)

    def close(self) -> None:
        self.client.close()
        self.sources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def ruling_of(account: Account, handbook: Handbook, workload: Workload, customers: str = "") -> str:
    """Twelve characters that differ where policy, settings, workload or the table of customers do."""
    parts = (handbook.model_dump_json(), account.model_dump_json(exclude=NO_RULING), workload, customers)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def open_account(
    name: str,
    account: Account,
    secrets: Secrets,
    *,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
    budget: Budget | None = None,
    patience_s: float = PATIENCE_S,
) -> Client:
    """The account's client; nothing is sent yet.

    Args:
        name: the account's name in the configuration, for messages.
        account: its configuration.
        secrets: its secrets.
        transport: replaces the sockets.
        sleep: waits the given seconds.
        budget: the account's rate, for whoever connects more than once; a new one if not given.
        patience_s: see :func:`~zendesk_sync.zendesk.client.open_client`.

    Raises:
        ConfigurationError: no usable credentials are configured.
    """
    return open_client(
        account.url,
        auth.from_settings(account, name, secrets, time.time),
        transport=transport,
        sleep=sleep,
        budget=budget or Budget(account.rate_share),
        patience_s=patience_s,
    )


def field_map(account: Account, handbook: Handbook, fields: Sequence[TicketField]) -> FieldMap:
    """Our fields, and the account's own that its settings name, among ``fields``.

    Raises:
        ConfigurationError: as :meth:`FieldMap.resolve`.
    """
    return FieldMap.resolve(
        fields,
        handbook,
        prefix=account.prefix,
        official=account.official,
        answers=account.inputs.answers,
        wish_field=account.inputs.wish_field,
        own=own_fields(account),
    )


def _check_customers(account: Account, known: set[str]) -> None:
    """A misspelled key would make every customer unknown."""
    for setting, key in account.customers.field_keys.items():
        if key not in known:
            raise ConfigurationError(
                f"customers.{setting}: the account has no organization field with the key {key!r}; "
                f"run: zendesk-sync setup apply, or name one of: {', '.join(sorted(known)) or 'none yet'}"
            )


def connect(
    name: str,
    account: Account,
    secrets: Secrets,
    handbook: Handbook,
    *,
    sleep: Callable[[float], None] = time.sleep,
    budget: Budget | None = None,
    patience_s: float = PATIENCE_S,
    sources: Sources | None = None,
) -> Connection:
    """Sign in and find our fields; for the arguments see :func:`open_account`.

    ``sources`` are the account's sources of customers, for whoever connects more than once; opened if not given.

    Raises:
        ConfigurationError: no credentials, the account lacks our fields (``setup apply`` makes them), or its table of
            customers cannot be used.
        ZendeskError: Zendesk refused or could not be reached.
    """
    client = open_account(name, account, secrets, sleep=sleep, budget=budget, patience_s=patience_s)
    try:
        if sources is None:
            sources = Sources(account.customers, account=name, secret=secrets.directory_secret)
        sources.take_secret(secrets.directory_secret)
        configuration = ZenpyAccount(client)
        configuration.me()
        fields = field_map(account, handbook, configuration.ticket_fields())
        _check_customers(account, {one.key for one in configuration.organization_fields()})
    except ConfigurationError as error:
        client.close()
        raise ConfigurationError(f"account {name}: {error}") from None
    except BaseException:
        client.close()
        raise
    ruling = ruling_of(account, handbook, Workload.NORMAL, sources.version)
    return Connection(name, account, handbook, Workload.NORMAL, client, Tickets(client), fields, ruling, sources)
