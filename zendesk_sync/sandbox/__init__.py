"""A local Zendesk: a server on a socket, for tests, demos and rehearsals. It shares no code with its clients."""

from zendesk_sync.sandbox.chaos_rules import ChaosError
from zendesk_sync.sandbox.clock import Clock
from zendesk_sync.sandbox.seed import SeedError
from zendesk_sync.sandbox.server import Sandbox, run
from zendesk_sync.sandbox.state import FAST, Pace
from zendesk_sync.sandbox.store import DataError

__all__ = ["FAST", "ChaosError", "Clock", "DataError", "Pace", "Sandbox", "SeedError", "run"]
