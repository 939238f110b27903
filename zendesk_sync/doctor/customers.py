"""How many open tickets are of customers that nobody knows: their plan decides, and unknown is no plan."""

from __future__ import annotations

from zendesk_sync.doctor.checks import Check, ok, warn
from zendesk_sync.policy.terms import CustomerType
from zendesk_sync.zendesk.exports import Exports
from zendesk_sync.zendesk.fields import OurField, tag

MANY = 0.2
"""The share of unknown customers from which on it is a fault of the set-up and no odd ticket."""


def unknown(exports: Exports, prefix: str) -> Check:
    """The share of unknown customers among unsolved tickets, by Zendesk's own count, which lags by minutes."""
    unsolved = "type:ticket status<solved"
    tickets = exports.count(unsolved)
    if not tickets:
        return ok("customers", "no unsolved tickets")
    without = exports.count(f"{unsolved} tags:{tag(prefix, OurField.CUSTOMER, CustomerType.UNKNOWN)}")
    said = f"{without:,} of {tickets:,} unsolved tickets are of unknown customers ({without / tickets:.0%})"
    if without > MANY * tickets:
        return warn("customers", said, "fill in the plan of their organizations; the view Unknown customer lists them")
    return ok("customers", said)
