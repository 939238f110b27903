"""``zendesk-sync worker`` as it is: processes on one Postgres, each account a local Zendesk, the door beside them."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlalchemy as sa
from pydantic import SecretStr

from tests.e2e.processes import call, command, eventually, free_port, is_up, new_ticket, priority
from tests.policy.facts import HANDBOOK
from tests.postgres import Postgres
from zendesk_sync.provision.apply import Setup
from zendesk_sync.sandbox import FAST, Sandbox
from zendesk_sync.settings import Secrets, Settings, load, save_secret
from zendesk_sync.store import Store
from zendesk_sync.store.schema import account, intent
from zendesk_sync.sync.connection import open_account
from zendesk_sync.zendesk.account import ZenpyAccount

PACE = replace(FAST, job_queued=0.5, job_working=0.5)
"""Quick, but a job takes long enough for something to happen meanwhile."""
RESTED_S = 900
MANY = 5
"""Tickets of an account that nobody touched for long: enough for a job."""
RIGHT = ("urgent", "high")


@dataclass
class House:
    """Some accounts, each with a Zendesk of its own, and the processes that serve them."""

    folder: Path
    server: Postgres
    zendesks: dict[str, Sandbox]
    driver: str
    port: int = field(default_factory=free_port)
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.place = self.server.url()
        text = (
            f'[service]\nport = {self.port}\npublic_url = "http://127.0.0.1:{self.port}"\ndriver = "{self.driver}"\n'
            f"timestamp_tolerance_seconds = {2 * RESTED_S}\n"
            f'store = "{self.place.render_as_string()}"\nlease_seconds = 1\npoll_seconds = 0.1\n'
        )
        for name, zendesk in self.zendesks.items():
            text += f'[accounts.{name}]\nurl = "{zendesk.url}"\nclient_id = "{zendesk.client_id}"\n'
        (self.folder / "zendesk-sync.toml").write_text(text)
        settings = load(self.folder / "zendesk-sync.toml")
        for name in self.zendesks:
            self._set_up(settings, name)

    def _set_up(self, settings: Settings, name: str) -> None:
        configured, secret = settings.accounts[name], self.zendesks[name].client_secret
        with open_account(name, configured, Secrets(client_secret=SecretStr(secret))) as client:
            applied = Setup(name, configured, ZenpyAccount(client), HANDBOOK).apply(settings.service.public_url)
        assert applied.secret is not None
        save_secret(settings, name, "client_secret", secret)
        save_secret(settings, name, "webhook_secret", applied.secret)

    def start(self, *words: str) -> subprocess.Popen[str]:
        process = command(self.folder, *words, log=self.folder / f"{len(self.running)}.log")
        self.running.append(process)
        return process

    def receive(self) -> subprocess.Popen[str]:
        process = self.start("serve", "--receive-only")
        eventually("the door is open", lambda: is_up(self.port))
        return process

    def rested(self, name: str, count: int = MANY) -> dict[int, str]:
        """Tickets whose webhooks were lost, and which nobody touched for a quarter of an hour: they go by job."""
        zendesk = self.zendesks[name]
        call(zendesk, "POST", "/sandbox/webhooks", {"drop_next": count})
        made = self.fresh(name, count)
        call(zendesk, "POST", "/sandbox/clock", {"advance_seconds": RESTED_S})
        return made

    def fresh(self, name: str, count: int = 1) -> dict[int, str]:
        return {new_ticket(self.zendesks[name], n % 2): RIGHT[n % 2] for n in range(count)}

    def is_right(self, made: dict[str, dict[int, str]]) -> bool:
        return all(
            priority(self.zendesks[name], ticket) == right
            for name, tickets in made.items()
            for ticket, right in tickets.items()
        )

    def notes(self, name: str, ticket: int) -> int:
        comments = call(self.zendesks[name], "GET", f"/api/v2/tickets/{ticket}/comments").json()["comments"]
        return sum(not comment["public"] for comment in comments)

    def senders(self) -> list[int]:
        """Whose jobs are under way: the processes that hold accounts of which an intent with a job's id stands."""
        with Store.open(self.place) as store, store._read() as tx:
            sent = sa.exists().where(intent.c.account == account.c.id, intent.c.job.is_not(None))
            owners = tx.c.scalars(sa.select(account.c.owner).where(account.c.lease_until > tx.now, sent))
            return sorted({int(owner.rpartition(":")[2]) for owner in owners})

    def stop(self, *processes: subprocess.Popen[str]) -> None:
        """SIGTERM ends each with 0, and none of them has shown a stack trace."""
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.communicate(timeout=30)
        assert [process.returncode for process in processes] == [0] * len(processes), self.said()
        assert "Traceback" not in self.said()

    def said(self) -> str:
        return "\n".join(file.read_text() for file in sorted(self.folder.glob("*.log")))


@contextlib.contextmanager
def house(folder: Path, server: Postgres, driver: str, accounts: int) -> Iterator[House]:
    with contextlib.ExitStack() as stack:
        zendesks = {f"a{n}": stack.enter_context(Sandbox(pace=PACE)) for n in range(accounts)}
        made = House(folder, server, zendesks, driver)
        try:
            yield made
        finally:
            for process in made.running:
                process.kill()
                process.communicate()


def one_of_three_dies(server: Postgres, folder: Path, driver: str) -> None:
    with house(folder, server, driver, 6) as whole:
        made = {name: whole.rested(name) for name in whole.zendesks}
        receiver, *workers = whole.receive(), *(whole.start("worker") for _ in range(3))
        senders = eventually("a job is under way", whole.senders)
        dead = next(worker for worker in workers if worker.pid == senders[0])
        dead.kill()
        for name in made:
            made[name] |= whole.fresh(name)
        eventually("everything is right", lambda: whole.is_right(made))
        assert all(whole.notes(name, ticket) == 1 for name, tickets in made.items() for ticket in tickets)
        workers.remove(dead)
        whole.stop(receiver, *workers)


def stopped_in_the_middle(server: Postgres, folder: Path, driver: str) -> None:
    with house(folder, server, driver, 1) as whole:
        made = {"a0": whole.rested("a0")}
        worker = whole.start("worker")
        eventually("a job is under way", lambda: whole.senders() == [worker.pid])
        whole.stop(worker)
        with Store.open(whole.place) as store:
            assert {one.ticket for one in store.intended("a0")} == set(made["a0"])
            assert {one.ticket for one in store.hints("a0")} == set(made["a0"])
            again = whole.start("worker")
            eventually("nothing waits", lambda: not store.hints("a0"))
            assert whole.is_right(made)
            assert store.intended("a0") == []
        assert all(whole.notes("a0", ticket) == 1 for ticket in made["a0"])
        whole.stop(again)


def test_one_of_three_workers_dies_with_a_job_under_way(server: Postgres, tmp_path: Path) -> None:
    """Six accounts: the others take up what it had sent, go on with the rest, and nothing is written twice.

    `make soak` has the same with the loop, and what follows with Procrastinate.
    """
    one_of_three_dies(server, tmp_path, "procrastinate")


def test_a_worker_that_is_stopped_in_the_middle_of_a_round(server: Postgres, tmp_path: Path) -> None:
    """It ends with 0 and leaves its job to Zendesk; the next one finds it, and every ticket has one note."""
    stopped_in_the_middle(server, tmp_path, "loop")
