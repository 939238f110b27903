"""The sources of customers outside of Zendesk, as one account's worker holds them; gathers what the lookup asks for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx
from pydantic import SecretStr

from zendesk_sync.account_settings import Account
from zendesk_sync.customer_settings import Customers, SourceName
from zendesk_sync.customers.answer import Answer, Customer
from zendesk_sync.customers.directory import Answers, Directory, InMemory
from zendesk_sync.customers.lookup import Known, Need, NeedsOrganization, Said, Who, lookup, steps
from zendesk_sync.customers.mail_domains import identifies
from zendesk_sync.customers.question import about_domain, about_organization
from zendesk_sync.customers.watched_table import WatchedTable
from zendesk_sync.errors import ConfigurationError, CustomerSourceDown
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.secret_variables import variable
from zendesk_sync.zendesk.records import Organization

NO_SETTINGS = Customers()
ReadOrganizations = Callable[[list[int]], Iterable[Organization]]


@dataclass(frozen=True, slots=True)
class SourceState:
    """How one source of the chain is now.

    Attributes:
        usable: it can be asked.
        detail: what it holds, or what is wrong with it.
    """

    name: SourceName
    usable: bool
    detail: str


class Sources:
    """One account's sources of customers; they outlive its connections, as tables and caches must.

    Args:
        settings: which sources there are.
        account: the account's name.
        secret: the directory's.
        answers: where the directory's answers are kept; for a command that runs once, nowhere.
        transport: replaces the directory's sockets.
        clock: seconds since 1970.
        sleep: waits the given seconds.

    Raises:
        ConfigurationError: the table cannot be used, or the directory's secret is missing.
    """

    def __init__(
        self,
        settings: Customers = NO_SETTINGS,
        *,
        account: str = "",
        secret: SecretStr | None = None,
        answers: Answers | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings, self._account, self._secret = settings, account, secret
        self._answers, self._transport, self._clock, self._sleep = answers or InMemory(), transport, clock, sleep
        self.table = None
        self.directory = self._directory()
        if settings.table is not None:
            self.table = WatchedTable(settings.table, tuple(settings.public_domains))

    @property
    def version(self) -> str:
        """Differs where the table does; what a directory says is followed customer by customer."""
        return "" if self.table is None else self.table.version

    def customer(
        self,
        who: Who,
        organizations: Mapping[int, Organization],
        read: ReadOrganizations,
        *,
        account: Account,
        handbook: Handbook,
        at: datetime,
    ) -> Customer:
        """Who the customer is.

        Args:
            who: whom the ticket is from.
            organizations: those at hand, by id.
            read: reads further ones from Zendesk.
            account: says which sources there are.
            handbook: maps plans.
            at: decides whether a plan has ended.

        Raises:
            CustomerSourceDown: a source that would have to be asked cannot be; nobody knows who the customer is now.
            ZendeskError: an organization was needed and could not be read.
        """
        gathered: dict[int, Organization | None] = dict(organizations)
        said = dict[str, Answer | None]()
        while True:
            found = lookup(who, self._known(gathered, said), account, handbook, at)
            if isinstance(found, Customer):
                return found
            self._gather(found, read, gathered, said)

    def every_step(
        self, who: Who, read: ReadOrganizations, *, account: Account, handbook: Handbook, at: datetime
    ) -> tuple[list[Said], str | None]:
        """What every source of the chain says, also behind the one that answers; and why one of them is down, or None.

        Raises:
            ZendeskError: an organization was needed and could not be read.
        """
        gathered, said, fault = dict[int, Organization | None](), dict[str, Answer | None](), None
        while True:
            found = list(steps(who, self._known(gathered, said), account, handbook, at))
            need = next((step for step in found if not isinstance(step, Said)), None)
            if need is None:
                return [step for step in found if isinstance(step, Said)], fault
            try:
                self._gather(need, read, gathered, said)
            except CustomerSourceDown as error:
                fault = str(error)
                assert not isinstance(need, NeedsOrganization)
                said[need.subject] = None

    def refresh(self, about: Organization | str) -> bool:
        """Ask the directory again about an organization or a mail domain; see :meth:`Directory.changes`.

        Returns False where it is not asked about this customer any more.

        Raises:
            CustomerSourceDown: it cannot be asked.
        """
        settings = self._settings.directory
        if self.directory is None or settings is None:
            return False
        if isinstance(about, str):
            question = about_domain(settings, about) if identifies(about, self._settings.public_domains) else None
        else:
            question = about_organization(settings, about, self._settings.public_domains)
        if question is not None:
            self.directory.ask(question)
        return question is not None

    def states(self) -> list[SourceState]:
        """Each source of the chain, in its order."""
        return [self._state(name) for name in self._settings.chain]

    def take_secret(self, secret: SecretStr | None) -> None:
        """The secret as it is now; another one than before is used from here on.

        Raises:
            ConfigurationError: it is missing now; the old one stays.
        """
        if secret != self._secret:
            self.close()
            old, self._secret = self._secret, secret
            try:
                self.directory = self._directory()
            except ConfigurationError:
                self._secret = old
                raise

    def close(self) -> None:
        """Let go of connections; whoever asks again opens new ones."""
        if self.directory is not None:
            self.directory.close()

    def _directory(self) -> Directory | None:
        wanted = self._settings.directory
        if wanted is None:
            return None
        if wanted.needs_secret and self._secret is None:
            raise ConfigurationError(
                "customers.directory needs a secret; set "
                f"{variable(self._account, 'directory_secret')}, or write directory_secret into "
                f"{self._account}.secrets.toml"
            )
        return Directory(
            self._account,
            wanted,
            self._secret,
            self._answers,
            transport=self._transport,
            clock=self._clock,
            sleep=self._sleep,
        )

    def _known(self, gathered: Mapping[int, Organization | None], said: Mapping[str, Answer | None]) -> Known:
        return Known(gathered, None if self.table is None else self.table.rows, said)

    def _gather(
        self,
        need: Need,
        read: ReadOrganizations,
        gathered: dict[int, Organization | None],
        said: dict[str, Answer | None],
    ) -> None:
        if isinstance(need, NeedsOrganization):
            gathered[need.id] = next((one for one in read([need.id]) if one.id == need.id), None)
        else:
            assert self.directory is not None
            said[need.subject] = self.directory.answer(need)

    def _state(self, name: SourceName) -> SourceState:
        settings, fault = self._settings, None
        match name:
            case SourceName.FIELD:
                detail = settings.plan_field
            case SourceName.ORGANIZATION_TAGS:
                detail = f"{len(settings.organization_tags)} tags mapped"
            case SourceName.USER_TAGS:
                detail = f"{len(settings.user_tags)} tags mapped"
            case SourceName.TABLE:
                assert self.table is not None
                detail, fault = f"{self.table.rows.count} customers", self.table.fault
                fault = fault and f"the last good version is in use; {fault}"
            case SourceName.DIRECTORY:
                assert self.directory is not None
                detail, fault = self.directory.host, self.directory.fault
        return SourceState(name, fault is None, detail if fault is None else f"{detail}: {fault}")
