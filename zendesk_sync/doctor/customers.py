"""Can customers be known? Each source of the chain, and the share of open tickets for which none had an answer."""

from __future__ import annotations

from collections.abc import Iterable

from zendesk_sync.customer_settings import Customers
from zendesk_sync.customers.sources import Sources
from zendesk_sync.doctor.checks import Check, fail, ok, warn
from zendesk_sync.errors import ConfigurationError
from zendesk_sync.policy.terms import CustomerType
from zendesk_sync.zendesk.exports import Exports
from zendesk_sync.zendesk.fields import OurField, tag

MANY = 0.2
"""The share of unknown customers from which on it is a fault of the set-up and no odd ticket."""


def sources(settings: Customers) -> Iterable[Check]:
    """One check for each source, in the order in which they are asked; opened anew, not those of a running service."""
    try:
        found = Sources(settings).states()
    except ConfigurationError as error:
        return [fail("customer source", str(error), "mend it; the service does not start without")]
    return [
        ok(f'customer source "{one.name}"', one.detail)
        if one.usable
        else warn(f'customer source "{one.name}"', one.detail, "mend it; its customers are unknown meanwhile")
        for one in found
    ]


def unknown(exports: Exports, prefix: str) -> Check:
    """The share of unknown customers among unsolved tickets, by Zendesk's own count, which lags by minutes."""
    unsolved = "type:ticket status<solved"
    tickets = exports.count(unsolved)
    if not tickets:
        return ok("customers", "no unsolved tickets")
    without = exports.count(f"{unsolved} tags:{tag(prefix, OurField.CUSTOMER, CustomerType.UNKNOWN)}")
    said = f"{without:,} of {tickets:,} unsolved tickets are of unknown customers ({without / tickets:.0%})"
    if without > MANY * tickets:
        fix = "zendesk-sync explain TICKET says which sources were asked; the view Unknown customer lists them"
        return warn("customers", said, fix)
    return ok("customers", said)
