"""The sources of customers outside of Zendesk, as one account's worker holds them; gathers what the lookup asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from zendesk_sync.customer_settings import Customers, SourceName
from zendesk_sync.customers.answer import Customer
from zendesk_sync.customers.lookup import Known, NeedsOrganization, Who, lookup
from zendesk_sync.customers.watched_table import WatchedTable
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.settings import Account
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

    Raises:
        ConfigurationError: the table cannot be used.
    """

    def __init__(self, settings: Customers = NO_SETTINGS) -> None:
        self._settings = settings
        self.table = None
        if settings.table is not None:
            self.table = WatchedTable(settings.table, tuple(settings.public_domains))

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
            ZendeskError: an organization was needed and could not be read.
        """
        gathered: dict[int, Organization | None] = dict(organizations)
        while True:
            known = Known(gathered, None if self.table is None else self.table.rows)
            found = lookup(who, known, account, handbook, at)
            if not isinstance(found, NeedsOrganization):
                return found
            gathered[found.id] = next((one for one in read([found.id]) if one.id == found.id), None)

    def states(self) -> list[SourceState]:
        """Each source of the chain, in its order."""
        return [self._state(name) for name in self._settings.chain]

    def _state(self, name: SourceName) -> SourceState:
        match name:
            case SourceName.FIELD:
                return SourceState(name, True, f"organization field {self._settings.plan_field}")
            case SourceName.ORGANIZATION_TAGS:
                return SourceState(name, True, f"{len(self._settings.organization_tags)} tags mapped")
            case SourceName.USER_TAGS:
                return SourceState(name, True, f"{len(self._settings.user_tags)} tags mapped")
            case SourceName.TABLE:
                if self.table is None:
                    return SourceState(name, False, "not opened")
                if self.table.fault is not None:
                    return SourceState(name, False, f"the last good version is in use; {self.table.fault}")
                return SourceState(name, True, f"{self.table.rows.count} customers")
