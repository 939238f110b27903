"""``policy simulate``: what a new policy would move, before it is in force. Reads only."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from zendesk_sync.account_settings import Account
from zendesk_sync.cli.common import (
    AccountOption,
    ConfigOption,
    Format,
    FormatOption,
    choose,
    connected,
    out,
    print_json,
    surge_of,
)
from zendesk_sync.customers.sources import Sources
from zendesk_sync.errors import InputError
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.terms import Workload
from zendesk_sync.policy_files import default_handbook, load_handbook
from zendesk_sync.settings import DEFAULT_FILE
from zendesk_sync.sync.connection import Connection, field_map
from zendesk_sync.sync.look import Reads, Sight
from zendesk_sync.sync.recording import Recorder, Recording
from zendesk_sync.sync.simulate import Simulation
from zendesk_sync.sync.simulate import simulate as run
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.fields import FieldMap
from zendesk_sync.zendesk.records import Audit, Comment, Organization
from zendesk_sync.zendesk.tickets import TicketPage


@dataclass(frozen=True, slots=True)
class _Sight:
    """An account or a file, seen under one policy."""

    account: Account
    handbook: Handbook
    workload: Workload
    fields: FieldMap
    tickets: Reads
    sources: Sources
    next_shifts: tuple[datetime, ...] = ()


class _Once:
    """Reads each ticket's history and comments once, for both policies, and keeps them in the file if there is one."""

    def __init__(self, reads: Reads, recorder: Recorder | None) -> None:
        self._reads, self._recorder = reads, recorder
        self._audits: dict[int, list[Audit]] = {}
        self._comments: dict[int, list[Comment]] = {}

    def audits(self, id: int) -> list[Audit]:  # noqa: A002  the word of the API
        if id not in self._audits:
            self._audits = {id: self._reads.audits(id)}
            self._keep("audits", id, self._audits[id])
        return self._audits[id]

    def comments(self, id: int) -> list[Comment]:  # noqa: A002  the word of the API
        if id not in self._comments:
            self._comments = {id: self._reads.comments(id)}
            self._keep("comments", id, self._comments[id])
        return self._comments[id]

    def organizations(self, ids: Sequence[int]) -> list[Organization]:
        return self._reads.organizations(ids)

    def _keep(self, key: str, ticket: int, items: list[Audit] | list[Comment]) -> None:
        if self._recorder is not None:
            self._recorder.of_ticket(key, ticket, items)


def simulate(
    policy: Annotated[Path, typer.Option("--policy", help="The new policy file.", show_default=False)],
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], help="Tickets changed since this day (UTC); default: all."),
    ] = None,
    export: Annotated[Path | None, typer.Option("--export", help="Replay this file instead of the account.")] = None,
    save: Annotated[Path | None, typer.Option("--save", help="Keep what was read in this file, for --export.")] = None,
    config: ConfigOption = None,
    account: AccountOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Show what a new policy would move: levels, tickets and why, number one, notes. Sends nothing."""
    fresh = load_handbook(policy)
    if export is not None:
        if save is not None:
            raise InputError("--save: goes with an account, not with --export")
        result = _from_file(export, fresh, config, account, since)
    else:
        result = _from_account(fresh, config, account, since, save)
    if format is Format.JSON:
        print_json(result.as_json())
    else:
        _show(result)


def _from_file(
    file: Path, fresh: Handbook, config: Path | None, name: str | None, since: datetime | None
) -> Simulation:
    """An export needs no account; a configuration, where there is one, says how to read its people and fields."""
    settings, handbook, sources = Account(url="https://account.invalid"), default_handbook(), None
    if config is not None or Path(DEFAULT_FILE).exists():
        chosen = choose(config, name)
        settings, handbook = chosen.account, chosen.handbook
        sources = Sources(settings.customers, account=chosen.name, secret=chosen.secrets.directory_secret)
    recording = Recording(file, datetime.now(UTC))
    with closing(sources or Sources(settings.customers)) as asked:
        now, new = (_sight(settings, policy, recording, asked) for policy in (handbook, fresh))
        return run(now, new, _since(recording.pages(), since))


def _from_account(
    fresh: Handbook, config: Path | None, name: str | None, since: datetime | None, save: Path | None
) -> Simulation:
    chosen = choose(config, name)
    with ExitStack() as stack:
        now = stack.enter_context(connected(chosen).under(surge_of(chosen.settings, chosen.name)))
        fields = ZenpyAccount(now.client).ticket_fields()
        recorder = None
        if save is not None:
            recorder = Recorder(save, fields)
            stack.callback(recorder.close)
        reads = _Once(now.tickets, recorder)
        before = _Sight(chosen.account, chosen.handbook, now.workload, now.fields, reads, now.sources, now.next_shifts)
        after = dataclasses.replace(before, handbook=fresh, fields=field_map(chosen.account, fresh, fields))
        return run(before, after, _since(_export(now, since, recorder), since))


def _export(connection: Connection, since: datetime | None, recorder: Recorder | None) -> Iterator[TicketPage]:
    """Pages of the incremental export; a ticket that comes again counts as it was last read."""
    start = int(since.replace(tzinfo=UTC).timestamp()) if since else 0
    cursor, seen = None, set[int]()
    while True:
        page = connection.tickets.export(cursor=cursor, start_time=None if cursor else start, metrics=True)
        tickets = [ticket for ticket in page.tickets if ticket.id not in seen]
        seen.update(ticket.id for ticket in tickets)
        found = TicketPage(tickets, page.users, page.organizations, page.server_time, metrics=page.metrics)
        if recorder is not None:
            recorder.page(found)
        yield found
        if page.end_of_stream:
            return
        cursor = page.after_cursor


def _since(pages: Iterator[TicketPage], since: datetime | None) -> Iterator[TicketPage]:
    """System changes move a ticket's place in the export, so the ticket's own time decides."""
    limit = since.replace(tzinfo=UTC) if since else None
    for page in pages:
        yield page._replace(tickets=[one for one in page.tickets if limit is None or one.updated_at >= limit])


def _sight(account: Account, handbook: Handbook, recording: Recording, sources: Sources) -> Sight:
    fields = field_map(account, handbook, recording.ticket_fields)
    return _Sight(account, handbook, Workload.NORMAL, fields, recording, sources)


def _show(result: Simulation) -> None:
    if result.levels:
        table = Table(title="From level to level")
        for column in ("From", "To", "Tickets"):
            table.add_column(column)
        for (before, after), count in sorted(result.levels.items()):
            table.add_row(before, after, str(count))
        out.print(table, soft_wrap=False)
    for one in result.moved:
        out.print(f"ticket {one.ticket}: {one.before} ({one.rule_before}) → {one.after} ({one.rule_after})")
    if result.changed > len(result.moved):
        out.print(f"... and {result.changed - len(result.moved)} more")
    now, new = result.now, result.new
    moves = "stays" if now.number_one == new.number_one else "moves"
    out.print(f"number one {moves}: {now.number_one or 'nobody'} → {new.number_one or 'nobody'}")
    out.print(f"notes to write: {now.notes} now, {new.notes} under the new policy")
    out.print(f"{result.tickets} tickets looked at, {result.changed} would be decided differently. Nothing was sent.")
