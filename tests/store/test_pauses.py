"""A person's pause of all writing, kept beside everything else."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tests.store.conftest import Clock, acquired
from zendesk_sync.store import Store, WritesPause

if TYPE_CHECKING:
    from zendesk_sync.settings import Place


def test_a_pause_outlives_the_process_and_is_seen_beside_it(place: Place, clock: Clock) -> None:
    """Whoever opens the store sees it: the process that runs, the next one, another on the same machine."""
    with Store.open(place, clock=clock) as service, Store.open(place, exclusive=False, clock=clock) as command:
        command.pause_writes("acme", "kim@desk", "wrong policy")
        assert service.writes_pause("acme") == WritesPause("kim@desk", clock.now, "wrong policy")
    with Store.open(place, clock=clock) as store:
        assert store.writes_pause("acme") == WritesPause("kim@desk", clock.now, "wrong policy")
        assert store.writes_pause("globex") is None


def test_who_paused_first_stays(store: Store, clock: Clock) -> None:
    """A second pause changes at most the reason; ending one that is not there is no error."""
    began = clock.now
    store.pause_writes("acme", "kim@desk", None)
    clock.tick(60)
    assert store.pause_writes("acme", "lee@desk", "look at 4711") == WritesPause("kim@desk", began, "look at 4711")
    assert store.pause_writes("acme", "lee@desk", None) == WritesPause("kim@desk", began, "look at 4711")
    assert store.resume_writes("acme") == WritesPause("kim@desk", began, "look at 4711")
    assert store.resume_writes("acme") is None
    assert store.writes_pause("acme") is None


def test_a_pause_takes_no_hint_and_no_lease_away(store: Store) -> None:
    """Hints come in and stand; the account can be leased, for its sweep must go on."""
    store.pause_writes("acme", "kim@desk", "x" * 10_000 + "\ud800")
    store.mark("acme", [1, 2])
    lease = acquired(store)
    store.commit_sweep(lease, [3], "cursor", 60, complete=True)
    store.release(lease)
    assert [hint.ticket for hint in store.hints("acme")] == [1, 2, 3]
    pause = store.writes_pause("acme")
    assert pause is not None
    assert pause.reason == "x" * 500


def test_two_people_pause_at_once(store: Store) -> None:
    """One of them began it, and both are told who."""
    told: list[WritesPause] = []
    people = [
        threading.Thread(target=lambda who=who: told.append(store.pause_writes("acme", who, None))) for who in "ab"
    ]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert len({pause.by for pause in told}) == 1


def test_undos_that_went_to_their_end_are_known(store: Store) -> None:
    """Each window once, of one account."""
    lease = acquired(store)
    for window in ((20.0, 30.0), (10.0, 30.0), (20.0, 30.0)):
        store.remember_undo(lease, *window)
    assert store.undos("acme") == [(10.0, 30.0), (20.0, 30.0)]
    assert store.undos("globex") == []
