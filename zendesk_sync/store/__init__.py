"""The durable inbox and what belongs to it, on SQLAlchemy Core.

Everything here may be lost: Zendesk is the memory, and a sweep brings the rest back. So the store promises little and
keeps it strictly: a hint that was acknowledged is on the disk, it is deleted only after success, and one worker at a
time holds an account.
"""

from zendesk_sync.store.inbox import Counts, Hint, Later, Taken
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.pauses import WritesPause
from zendesk_sync.store.standings import Standing
from zendesk_sync.store.store import Store
from zendesk_sync.store.workloads import Surge
from zendesk_sync.store.writes import Intent

__all__ = ["Counts", "Hint", "Intent", "Later", "Lease", "Standing", "Store", "Surge", "Taken", "WritesPause"]
