"""The tables. Everything in them can be lost: a sweep brings it back, Zendesk is the memory.

Times are seconds since 1970, UTC, by the database's clock; tickets and organizations are Zendesk's 64-bit ids.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, String, Table

from zendesk_sync.errors import StoreError

SCHEMA: Final = 10
"""The version of these tables; raised with every change that an older program would misread."""

NEVER: Final = 1e18
"""``due`` of a parked hint: no clock reaches it."""

MAX_ID: Final = 2**63 - 1
"""The largest id a 64-bit column holds; Zendesk documents its ids as 64-bit integers."""

metadata = sa.MetaData()

about = Table("about", metadata, Column("schema", Integer, primary_key=True, autoincrement=False))

account = Table(
    "account",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String),
    Column("fence", BigInteger, nullable=False, default=0),  # counts the leases, so that a name may return
    Column("lease_until", Double, nullable=False, default=0.0),
    Column("paused_until", Double, nullable=False, default=0.0),
    Column("sweep_due", Double, nullable=False, default=0.0),
    Column("swept_at", Double),
    Column("cursor", String),
    Column("standing_complete", Boolean, nullable=False, default=False),
)

hint = Table(
    "hint",
    metadata,
    Column("account", String, primary_key=True),
    Column("ticket", BigInteger, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("due", Double, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("fence", BigInteger, nullable=False),  # the lease that took it and has not settled it yet, or 0
    Column("error", String),
    Column("marked_at", Double, nullable=False),
    Index("hint_due", "account", "due"),
)

intent = Table(
    "intent",
    metadata,
    Column("account", String, primary_key=True),
    Column("ticket", BigInteger, primary_key=True),
    Column("job", String),
    Column("sent_at", Double, nullable=False),
)

unchecked = Table(
    "unchecked",
    metadata,
    Column("account", String, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("ticket", BigInteger, nullable=False),
    Column("decided", BigInteger, nullable=False),
    Column("sent_at", Double, nullable=False),
)

standing = Table(
    "standing",
    metadata,
    Column("account", String, primary_key=True),
    Column("ticket", BigInteger, primary_key=True),
    Column("band", Integer, nullable=False),
    Column("type_rank", Integer, nullable=False),
    Column("received", Double, nullable=False),
    Column("holds_number_one", Boolean, nullable=False),
    Column("in_order", Boolean, nullable=False),
    Column("updated_at", String, nullable=False),
    Column("organization", BigInteger),
    Index("standing_by_age", "account", "in_order", "band", "received", "ticket"),
    Index("standing_by_type", "account", "in_order", "band", "type_rank", "received", "ticket"),
    Index("standing_organization", "account", "organization"),
)

seen = Table(
    "seen",
    metadata,
    Column("account", String, primary_key=True),
    Column("ticket", BigInteger, primary_key=True),
    Column("updated_at", String, nullable=False),
    Column("written_at", Double, nullable=False),
    Index("seen_age", "account", "written_at"),
)


backfill = Table(
    "backfill",
    metadata,
    Column("account", String, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("what", String, nullable=False),
    Column("cursor", String),
    Column("exported", Boolean, nullable=False),
    Column("tickets", BigInteger, nullable=False),
)

backfill_ticket = Table(
    "backfill_ticket",
    metadata,
    Column("account", String, primary_key=True),
    Column("ticket", BigInteger, primary_key=True),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("stamp", String, nullable=False),
    Index("backfill_ticket_updated", "account", "updated", "ticket"),
)

writes_pause = Table(
    "writes_pause",
    metadata,
    Column("account", String, primary_key=True),
    Column("by", String, nullable=False),
    Column("at", Double, nullable=False),
    Column("reason", String),
)

undo = Table(
    "undo",
    metadata,
    Column("account", String, primary_key=True),
    Column("since", Double, primary_key=True),
    Column("until", Double, primary_key=True),
)

surge = Table(
    "surge",
    metadata,
    Column("account", String, primary_key=True),
    Column("at", Double, primary_key=True),
    Column("until", Double, nullable=False),
    Column("by", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("next_shifts", String, nullable=False),  # seconds since 1970, with blanks between
    Column("ended_at", Double),  # empty while it stands
    Column("ended_by", String),
)

customer_answer = Table(
    "customer_answer",
    metadata,
    Column("account", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("organization", BigInteger),
    Column("asked", String, nullable=False),
    Column("answer", String),
    Column("at", Double, nullable=False),
    Index("customer_answer_age", "account", "at"),
)

following = Table(
    "following",
    metadata,
    Column("account", String, primary_key=True),
    Column("since", BigInteger),
    Column("due", Double, nullable=False),
)

daily = Table(
    "daily",
    metadata,
    Column("account", String, primary_key=True),
    Column("day", BigInteger, nullable=False),
)

chronicle = Table(
    "chronicle",
    metadata,
    Column("account", String, primary_key=True),
    Column("event", BigInteger, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("ticket", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("what", String, nullable=False),
    Column("value", String),
    Column("by", String, nullable=False),
    Column("who", BigInteger),
    Index("chronicle_ticket", "account", "ticket"),
    Index("chronicle_at", "account", "at"),
)

chronicle_reach = Table(
    "chronicle_reach",
    metadata,
    Column("account", String, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("cursor", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("reading", String, nullable=False),
    Column("due", Double, nullable=False),
)

wakeup = Table(
    "wakeup",
    metadata,
    Column("account", String, primary_key=True),
    Column("ticket", BigInteger, primary_key=True),
    Column("at", Double, nullable=False),
    Index("wakeup_at", "account", "at"),
)

answered = Table(
    "answered",
    metadata,
    Column("account", String, primary_key=True),
    Column("ticket", BigInteger, primary_key=True),
    Column("at", Double, nullable=False),
    Column("rules", String, nullable=False),
)


def _new_tables(c: sa.Connection) -> None:
    metadata.create_all(c)


MIGRATIONS: Final[dict[int, Callable[[sa.Connection], None]]] = dict.fromkeys(range(1, SCHEMA), _new_tables)
"""From each older version, what leads to the next one; all steps of an opening are one transaction."""


def prepare(c: sa.Connection, name: str, namespace: str | None = None) -> None:
    """Create the tables, or bring those found up to this program's version.

    On Postgres the tables have a ``namespace`` (a schema) to themselves, and processes that open at once take turns.

    Raises:
        StoreError: the store belongs to another program, or to a newer version of this one.
    """
    if namespace is not None:
        c.execute(sa.text("select pg_advisory_xact_lock(hashtext(:name))"), {"name": f"zendesk-sync {namespace}"})
        c.execute(sa.text("set local statement_timeout = 0"))  # a migration may take its time
        if not sa.inspect(c).has_schema(namespace):
            c.execute(sa.schema.CreateSchema(namespace))
    tables = set(sa.inspect(c).get_table_names(schema=namespace))
    if about.name not in tables:
        if tables:
            raise StoreError(f"{name}: holds the tables of another program; name another place as the store")
        metadata.create_all(c)
        c.execute(about.insert().values(schema=SCHEMA))
        return
    found = c.scalar(sa.select(about.c.schema))
    if found is None or found > SCHEMA:
        raise StoreError(
            f"{name}: written by a newer zendesk-sync (tables of version {found}, this program knows {SCHEMA}); "
            f"run that version, or delete the store: open tickets are swept again and nothing is lost"
        )
    for version in range(found, SCHEMA):
        MIGRATIONS[version](c)
    if found < SCHEMA:
        c.execute(about.update().values(schema=SCHEMA))
