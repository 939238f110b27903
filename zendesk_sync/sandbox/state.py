"""The account as a whole: its documents, its clock, its pace, its credentials."""

import asyncio
from dataclasses import dataclass, field

from zendesk_sync.sandbox.chaos import Chaos
from zendesk_sync.sandbox.clock import Clock, iso
from zendesk_sync.sandbox.limits import Traffic
from zendesk_sync.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take, in seconds, and how much is allowed."""

    export_hold: float = 60.0
    job_queued: float = 0.5
    job_working: float = 1.5
    webhook_timeout: float = 12.0
    webhook_retry: float = 1.0
    webhook_grace: float = 0.2
    breaker_calls: int = 100
    requests_per_minute: int = 700
    jobs_at_once: int = 30
    archive_after: float = 120 * 24 * 3600.0
    """Closed tickets are archived when nothing has happened to them for so long; looked at once a day."""
    index_delay: float = 60.0
    """How long a change takes to be found by search; a few minutes in a real account."""
    refuse_duplicate_tags: bool = False
    """Whether an option's tag that another field has is refused; sources disagree on what real accounts do."""
    limits: bool = True
    """Whether what exceeds a limit is refused; without it only the account's headers count."""
    high_volume: bool = False
    """The High Volume API add-on: 2,500 requests a minute, and more in some endpoints."""

    @property
    def account_rpm(self) -> int:
        return max(self.requests_per_minute, _HIGH_VOLUME_RPM) if self.high_volume else self.requests_per_minute


_HIGH_VOLUME_RPM = 2_500
FAST = Pace(
    export_hold=1.0,
    job_queued=0.02,
    job_working=0.03,
    webhook_retry=0.05,
    requests_per_minute=100_000,
    limits=False,
    index_delay=0.0,
)


@dataclass(slots=True)
class WebhookFaults:
    """What the next webhook deliveries suffer; set by `POST /sandbox/webhooks`."""

    drop_next: int = 0
    duplicate_next: int = 0
    pause: bool = False


@dataclass(slots=True)
class State:
    """Everything a request may look at. Credentials live in the store and survive a restart."""

    store: Store
    clock: Clock
    pace: Pace
    base_url: str = "http://127.0.0.1"
    account_id: int = 22129848
    faults: WebhookFaults = field(default_factory=WebhookFaults)
    chaos: Chaos = field(default_factory=Chaos)
    traffic: Traffic = field(default_factory=Traffic)
    automated_in: int | None = None
    swept_on: int | None = None
    """The day on which tickets were last archived."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def now(self) -> str:
        return iso(self.clock.now())

    def seconds(self) -> int:
        return int(self.clock.timestamp())

    def record_id(self) -> int:
        """Return a new id of the size real accounts have: beyond 32 bit, below 2^53."""
        return 26_155_600_000_000 + self.store.next_number("record", 1) * 37

    def ticket_id(self) -> int:
        return self.store.next_number("ticket", 1)

    def event_id(self) -> int:
        return self.store.next_number("event", 1_274_001)

    def named_id(self, name: str) -> int:
        """Return the id of a record which the account was born with, such as `owner` or `group`."""
        value = self.store.setting(f"id.{name}")
        if value is None:
            raise LookupError(name)
        return int(value)

    def secret(self, name: str) -> str:
        value = self.store.setting(f"secret.{name}")
        if value is None:
            raise LookupError(name)
        return value

    def url(self, path: str) -> str:
        return f"{self.base_url}/api/v2/{path}"
