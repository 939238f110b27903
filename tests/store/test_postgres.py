"""What only a server does: it goes away, comes back, refuses, and lets several processes meet."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.postgres import Postgres, postgres
from tests.store.conftest import acquired
from zendesk_sync.errors import StoreBusy, StoreError
from zendesk_sync.store import Later, Store
from zendesk_sync.store.chronicles import Happening
from zendesk_sync.store.schema import account, hint


@pytest.fixture(scope="module")
def own() -> Iterator[Postgres]:
    """A server that tests may stop."""
    with postgres() as running:
        yield running


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_of_the_server_is_survived(own: Postgres, mode: str) -> None:
    """While it is away every call says so; when it is back the next call works, and nothing stored is missing."""
    with Store.open(own.url()) as store:
        store.mark("acme", [1])
        lease = acquired(store)
        taken = store.take(lease)
        own.stop(mode)
        with pytest.raises(StoreError, match=r"postgresql://tester@127\.0\.0\.1:\d+/postgres: the store cannot be"):
            store.mark("acme", [2])
        assert not store.ready()
        own.start()
        assert store.ready()
        store.mark("acme", [2])
        store.settle(lease, taken)
        assert [row.ticket for row in store.hints("acme")] == [2]


def test_connections_that_the_server_ended_are_replaced_unseen(server: Postgres) -> None:
    """A pooled connection that died while idle costs no call."""
    with Store.open(server.url()) as store:
        store.mark("acme", [1])
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'zendesk-sync'")
        store.mark("acme", [2])
        assert len(store.hints("acme")) == 2


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://nobody_here@127.0.0.1:{port}/postgres", "nobody_here.*create it first"),
        ("postgresql://tester@127.0.0.1:{port}/missing", "missing.*create it first"),
        ("postgresql://tester@127.0.0.1:1/postgres", "127.0.0.1:1/postgres: the store cannot be used: .*refused"),
        ("postgresql://tester@127.0.0.1:{port}/postgres?colour=red", "colour"),
    ],
)
def test_a_server_that_cannot_be_used_is_named(server: Postgres, url: str, said: str) -> None:
    """Which store, what the server said, and what to do."""
    with pytest.raises(StoreError, match=said):
        Store.open(sa.make_url(url.format(port=server.port)))


def test_a_user_without_rights_is_told_which(server: Postgres) -> None:
    """No permission to create tables: the message names the grant."""
    server.execute("do $$ begin create role guest login; exception when duplicate_object then null; end $$")
    with pytest.raises(StoreError, match=r"permission denied.*grant create"):
        Store.open(server.url().set(username="guest"))


def test_the_password_is_in_no_message(server: Postgres) -> None:
    """Neither the store's name nor a failure shows it."""
    place = server.url().set(password="very-private", database="missing")
    with pytest.raises(StoreError) as caught:
        Store.open(place)
    assert "very-private" not in str(caught.value) + repr(caught.value.__cause__)
    with Store.open(server.url().set(password="very-private")) as store:
        assert "very-private" not in store.name


def test_a_lock_held_elsewhere_is_waited_for_and_then_named(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that somebody left open makes the account busy, not the service stuck."""
    monkeypatch.setattr("zendesk_sync.store.places.BUSY_S", 0.05)
    with Store.open(server.url()) as store:
        store.mark("acme", [1])
        lease = acquired(store)
        with store._write() as tx:
            tx.c.exec_driver_sql("set local idle_in_transaction_session_timeout = 0")
            tx.c.execute(sa.select(account).with_for_update())
            with pytest.raises(StoreBusy, match="another process is writing"):
                store.renew(lease)
        store.renew(lease)


def test_a_server_that_confirms_too_early_is_made_to_wait(server: Postgres) -> None:
    """``synchronous_commit = off`` would confirm hints that a power cut takes back."""
    server.execute("alter role tester set synchronous_commit = off")
    try:
        with Store.open(server.url()) as store, store._write() as tx:
            assert tx.c.exec_driver_sql("show synchronous_commit").scalar() == "on"
    finally:
        server.execute("alter role tester reset synchronous_commit")


def test_a_failed_hint_that_changed_meanwhile_is_not_put_off(server: Postgres) -> None:
    """The newer hint commits while the older one's failure is being settled: it counts, and is due now."""
    with Store.open(server.url()) as store:
        store.mark("acme", [1])
        lease = acquired(store)
        (taken,) = store.take(lease)
        settler = threading.Thread(target=store.settle, args=(lease, [], {taken: Later(500, reason="no")}))
        with store._write() as tx:
            tx.c.execute(hint.update().values(seq=hint.c.seq + 1))  # what mark does, not yet committed
            settler.start()
            settler.join(0.2)
            assert settler.is_alive()
        settler.join(30)
        assert [row.due_in_s for row in store.hints("acme")] == [0]


def test_receivers_and_workers_never_wait_in_a_circle(server: Postgres) -> None:
    """Many hints at once, marked, taken and settled in whatever order: no deadlock is ever reported."""
    failures: list[BaseException] = []
    with Store.open(server.url()) as store:
        store.ensure_account("acme")
        lease = acquired(store, seconds=1000)

        def receive(step: int) -> None:
            try:
                for n in range(40):
                    store.mark("acme", range(1 + n % 3, 60, step))
            except BaseException as error:  # noqa: BLE001
                failures.append(error)

        receivers = [threading.Thread(target=receive, args=(step,)) for step in (1, 2, 3)]
        for thread in receivers:
            thread.start()
        while any(thread.is_alive() for thread in receivers):
            taken = store.take(lease, limit=30)
            store.settle(lease, taken[::-2], dict.fromkeys(taken[-2::-2], Later(0.0, count_try=False)))
        assert failures == []
        while taken := store.take(lease):
            store.settle(lease, taken)
        assert store.hints("acme") == []


def test_a_transaction_that_froze_gives_its_rows_up(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process stopped in the middle of a transaction keeps nobody from its account: whoever waits for it gets it."""
    with Store.open(server.url()) as store:
        store.ensure_account("acme")
        monkeypatch.setattr("zendesk_sync.store.places.STILL_S", 0.1)

        def freeze() -> None:
            with store._write() as tx:
                tx.c.execute(sa.select(account).with_for_update())
                assert store.acquire("acme", "other", 30)
                tx.c.execute(sa.select(account))

        with pytest.raises(StoreError, match="idle-in-transaction"):
            freeze()


def test_forgetting_a_long_history_may_take_its_time(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the deleting takes: given up on, it would be begun anew in every round, for ever."""
    url = server.url()
    schema = url.query["schema"]
    with Store.open(url) as store:
        store.ensure_account("acme")
        lease = store.acquire("acme", "one", 30)
        assert lease is not None
        store.begin_chronicle(lease, 100, "a way of reading")
        store.chronicle(lease, [Happening(one, 0, one, 100 * one, "created", None, "agent") for one in (2, 9)])
        slow = "begin perform pg_sleep(0.6); return old; end"
        server.execute(f"create function {schema}.slowly() returns trigger language plpgsql as '{slow}'")
        server.execute(
            f"create trigger slow before delete on {schema}.chronicle for each row execute function {schema}.slowly()"
        )
        monkeypatch.setattr("zendesk_sync.store.places.BUSY_S", 0.5)
        store.shorten_chronicle(lease, 500)
        assert [ticket for ticket, _ in store.stories("acme", 0)] == [9]
        store.begin_chronicle(lease, 100, "another way")
        assert list(store.stories("acme", 0)) == []
