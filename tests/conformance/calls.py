"""One or more real requests for every route of the sandbox."""

from tests.conformance import calls_people, calls_rules, calls_tickets
from tests.conformance.asks import Ask, Calls

__all__ = ["CALLS", "Ask"]

CALLS: Calls = {**calls_people.CALLS, **calls_tickets.CALLS, **calls_rules.CALLS}
