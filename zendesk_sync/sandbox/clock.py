"""The sandbox's own time: every timestamp, expiry and delay is read from here, so that a test can move it."""

from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

SKEW: ContextVar[float] = ContextVar("skew", default=0.0)
"""Seconds by which the clock of whoever serves the present request is off; set by a fault, for one request only."""


class Clock:
    """Real time plus an offset which can be advanced; or, when `frozen`, a time which moves only by `advance`."""

    def __init__(self, start: datetime | None = None, *, frozen: bool = False) -> None:
        real = datetime.now(UTC)
        self._frozen_at = (start or real) if frozen else None
        self.offset = timedelta(0) if frozen or start is None else start - real

    @property
    def frozen(self) -> bool:
        return self._frozen_at is not None

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return (self._frozen_at or datetime.now(UTC)) + self.offset + timedelta(seconds=SKEW.get())

    def timestamp(self) -> float:
        """Return the present moment as Unix seconds."""
        return self.now().timestamp()

    def advance(self, seconds: float) -> None:
        """Move the present by `seconds`."""
        self.offset += timedelta(seconds=seconds)

    def freeze(self) -> None:
        """Let time stand still until it is moved or set running."""
        if self._frozen_at is None:
            self._frozen_at = datetime.now(UTC)

    def run(self) -> None:
        """Let time run again, from the moment where it stood."""
        if self._frozen_at is not None:
            self.offset += self._frozen_at - datetime.now(UTC)
            self._frozen_at = None


def iso(moment: datetime) -> str:
    """Write a moment as Zendesk does: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def http_date(moment: datetime) -> str:
    """Write a moment as an HTTP `Date` header."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def parse_iso(text: str) -> datetime | None:
    """Read an ISO 8601 moment; None when it is none. A moment without a zone counts as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
