"""Can customers be known? Each source of the chain, and the share of open tickets for which none had an answer."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from pydantic import SecretStr

from zendesk_sync.account_settings import Account
from zendesk_sync.customer_settings import Customers, SourceName
from zendesk_sync.customers.sources import Sources
from zendesk_sync.doctor.checks import Check, fail, ok, warn
from zendesk_sync.errors import ConfigurationError, CustomerSourceDown
from zendesk_sync.policy.terms import CustomerType
from zendesk_sync.settings import Secrets
from zendesk_sync.zendesk.exports import Exports
from zendesk_sync.zendesk.fields import OurField, tag
from zendesk_sync.zendesk.tickets import Tickets

UNSOLVED = "type:ticket status<solved"
DIRECTORY = f'customer source "{SourceName.DIRECTORY}"'

MANY = 0.2
"""The share of unknown customers from which on it is a fault of the set-up and no odd ticket."""


def sources(settings: Customers) -> Iterable[Check]:
    """One check for each source but the directory, in the order in which they are asked.

    They are opened anew, and are not those of a running service.
    """
    try:
        found = Sources(settings, secret=SecretStr("not needed here")).states()
    except ConfigurationError as error:
        return [fail("customer source", str(error), "mend it; the service does not start without")]
    return [
        ok(f'customer source "{one.name}"', one.detail)
        if one.usable
        else warn(f'customer source "{one.name}"', one.detail, "mend it; its customers are unknown meanwhile")
        for one in found
        if one.name is not SourceName.DIRECTORY
    ]


def directory(name: str, account: Account, secrets: Secrets, exports: Exports, tickets: Tickets) -> Iterable[Check]:
    """The directory, where there is one, by asking it about a customer who has an open ticket.

    Raises:
        ConfigurationError: its secret is missing.
    """
    if account.customers.directory is None:
        return []
    rows = next(exports.search(UNSOLVED), [])
    wanted = next((one.organization_id for one in rows if one.organization_id is not None), None)
    host = account.customers.directory.host
    alone = account.customers.model_copy(update={"table": None})
    with closing(Sources(alone, account=name, secret=secrets.directory_secret)) as asked:
        for one in [] if wanted is None else tickets.organizations([wanted]):
            try:
                if asked.refresh(one):
                    return [ok(DIRECTORY, f"{host} answers")]
            except CustomerSourceDown as error:
                return [fail(DIRECTORY, str(error), "mend it; nothing is guessed meanwhile")]
    return [ok(DIRECTORY, f"{host}, not asked: no customer with an open ticket could be asked about")]


def unknown(exports: Exports, prefix: str) -> Check:
    """The share of unknown customers among unsolved tickets, by Zendesk's own count, which lags by minutes."""
    tickets = exports.count(UNSOLVED)
    if not tickets:
        return ok("customers", "no unsolved tickets")
    without = exports.count(f"{UNSOLVED} tags:{tag(prefix, OurField.CUSTOMER, CustomerType.UNKNOWN)}")
    said = f"{without:,} of {tickets:,} unsolved tickets are of unknown customers ({without / tickets:.0%})"
    if without > MANY * tickets:
        fix = "zendesk-sync customers check says what is lacking; the view Unknown customer lists the tickets"
        return warn("customers", said, fix)
    return ok("customers", said)
