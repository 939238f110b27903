"""What a directory said of customers, and how far their changes were followed; on SQLite and Postgres alike."""

from __future__ import annotations

import pytest

from tests.store.conftest import Clock, acquired
from zendesk_sync.errors import LeaseLost
from zendesk_sync.store import Store
from zendesk_sync.store.customer_answers import Following, KeptAnswer

ACME, OTHER = (
    KeptAnswer("organization 7", 7, "a", '{"plan":"Team"}', 100.0),
    KeptAnswer("domain b.example", None, "b", None, 50.0),
)


def test_an_answer_is_kept_for_its_account_in_place_of_an_older_one(store: Store) -> None:
    store.keep_customer_answer("acme", ACME)
    store.keep_customer_answer("other", OTHER)
    newer = KeptAnswer("organization 7", 7, "c", None, 200.0)
    store.keep_customer_answer("acme", newer)
    assert store.customer_answer("acme", "organization 7") == newer
    assert store.customer_answer("other", "organization 7") is None


def test_old_answers_are_found_the_oldest_first_and_can_be_forgotten(store: Store) -> None:
    for one in (ACME, OTHER):
        store.keep_customer_answer("acme", one)
    assert store.customer_answers_before("acme", 101, 9) == [OTHER, ACME]
    assert store.customer_answers_before("acme", 101, 1) == [OTHER]
    assert store.customer_answers_before("acme", 100, 9) == [OTHER]
    store.forget_customer_answer("acme", OTHER.subject)
    assert store.customer_answers_before("acme", 101, 9) == [ACME]


def test_following_is_due_until_it_was_done_and_its_tickets_are_in_the_inbox(store: Store, clock: Clock) -> None:
    assert store.following("acme") == Following(None, due=True)
    lease = acquired(store)
    store.commit_following(lease, [5], 1000, 60.0)
    assert store.following("acme") == Following(1000, due=False)
    assert [hint.ticket for hint in store.hints("acme")] == [5]
    clock.now += 61
    assert store.following("acme").due


def test_whoever_lost_the_account_commits_nothing(store: Store) -> None:
    lease = acquired(store)
    store.release(lease)
    with pytest.raises(LeaseLost):
        store.commit_following(lease, [5], 1000, 60.0)
    assert store.following("acme").since is None
    assert store.hints("acme") == []
