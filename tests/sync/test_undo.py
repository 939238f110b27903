"""Undo: whatever program, people and rules wrote in turn, only the program's own values go back, and only once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sync.undo_world import COMPUTED, FLAG_TAGS, FLAGS, LEVELS, MARK, MEMORY, OPTIONS, OURS, START, UndoWorld
from zendesk_sync.policy.facts import HUMAN, TicketFacts
from zendesk_sync.policy.official import Owner, settle
from zendesk_sync.policy.terms import OfficialBy, Priority, Topic
from zendesk_sync.sync.undo_plan import Why, plan_undo
from zendesk_sync.sync.undo_trail import Trail, Window

FOREVER = 10**10
flag_sets = st.frozensets(st.sampled_from(FLAG_TAGS[:3]))
program_runs = st.tuples(
    st.just("program"),
    st.sampled_from(LEVELS),
    flag_sets,
    st.booleans(),
    st.sampled_from([None, Topic.OVERRIDE, Topic.INFERRED]),
    st.booleans(),
    st.one_of(st.none(), st.sampled_from(LEVELS)),
)
edits = st.tuples(
    st.just("person"),
    st.sampled_from(["computed", "official", "clear", *FLAG_TAGS]),
    st.sampled_from(LEVELS),
)
undos = st.tuples(st.just("undo"), st.integers(0, 10), st.integers(0, 10))
stories = st.lists(st.one_of(program_runs, program_runs, edits, undos), max_size=10)


def told(world: UndoWorld, story: list[Any]) -> None:
    """Let it happen. No person sets just what the program wrote last: nobody could tell that from the program's."""
    for kind, *what in story:
        if kind == "program":
            level, flags, fills, note, raced, rule = what
            of_rule = None if rule in (None, level, world.remembered().wrote) else world.fields.official_values[rule]
            world.program(level, flags, fills=fills, note=note, raced=raced, rule=of_rule)
        elif kind == "undo":
            since, until = (START + 60 * number for number in sorted(what))
            world.undo(since, until)
        else:
            field, level = what
            wire = world.fields.official_values[level]
            if field == "computed":
                world.person({COMPUTED: f"zs_computed_{level.value}"})
            elif field == "official" and level != world.remembered().wrote:
                world.person({world.official: wire})
            elif field == "clear" and not world.native:
                world.person({world.official: None})
            elif field in FLAG_TAGS:
                world.person({FLAGS: sorted(set(world.values.get(FLAGS) or []) ^ {field})})


def stands_after(history: list[tuple[str, int, Any]], since: int, until: int) -> int:
    """Backwards from the end: the place of the change that stands once the program's unbroken run has gone; or -1."""
    place = len(history) - 1
    for number in range(len(history) - 1, -1, -1):
        who, at, _ = history[number]
        if who == "person" or (who == "program" and not since <= at <= until):
            break
        if who == "program":
            place = number - 1
    return place


def expected(history: list[tuple[str, int, Any]], since: int, until: int, nothing: Any) -> Any:
    place = stands_after(history, since, until)
    return history[place][2] if place >= 0 else nothing


@settings(max_examples=120)
@given(
    st.lists(st.one_of(program_runs, edits), max_size=10),
    st.integers(0, 10),
    st.integers(0, 10),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, *LEVELS]),
)
def test_only_our_own_values_go_back_and_only_once(
    story: list[Any], first: int, last: int, native: bool, as_text: bool, wish: Priority | None
) -> None:
    """For any story: each value is a person's and stays, or goes back to what stood there; a second undo is nothing."""
    world = UndoWorld(native=native, as_text=as_text, wish=wish)
    told(world, story)
    since, until = (START + 60 * number for number in sorted((first, last)))
    wanted = {name: expected(world.history(name), since, until, None) for name in (COMPUTED, world.official)}
    options = {option: expected(world.history(FLAGS, option), since, until, False) for option in FLAG_TAGS}
    before = dict(world.values)
    undoing = world.undo(since, until)
    stood = (before.get(world.official) or None, wanted[world.official])
    if native and stood[1] is None and stood[0] is not None:
        assert ("official", Why.NATIVE) in {(one.what, one.why) for one in undoing.stays}
        wanted[world.official] = stood[0]
    assert {name: world.values.get(name) or None for name in wanted} == wanted
    number_one = FLAG_TAGS[2]
    if number_one not in (before.get(FLAGS) or []):
        options[number_one] = False  # never put on by an undo: another ticket may carry it by now
    assert {option: option in (world.values.get(FLAGS) or []) for option in FLAG_TAGS} == options
    assert world.plan(since, until).change is None


@settings(max_examples=120)
@given(stories, st.integers(0, 10), st.integers(0, 10), st.integers(0, 10), st.booleans())
def test_an_undo_is_never_undone(story: list[Any], first: int, last: int, narrower: int, native: bool) -> None:
    """After any story with undos in it, one of any window is done at once, and so is any part of its time."""
    world = UndoWorld(native=native)
    told(world, story)
    since, until = (START + 60 * number for number in sorted((first, last)))
    world.undo(since, until)
    assert world.plan(since, until).change is None
    part = min(since + 60 * narrower, until)
    assert world.plan(part, until).change is None
    world.undo(START - 60, FOREVER)
    assert world.plan(since, until).change is None
    assert world.plan(part, FOREVER).change is None


@settings(max_examples=120)
@given(
    st.lists(st.one_of(program_runs, edits), max_size=8),
    st.integers(0, 8),
    st.booleans(),
    st.sampled_from([None, *LEVELS]),
)
def test_the_next_run_knows_whose_the_priority_is(
    story: list[Any], first: int, native: bool, wish: Priority | None
) -> None:
    """A person's priority is never taken for ours; one that stands by us, or came with the request, is no override."""
    world = UndoWorld(native=native, wish=wish)
    told(world, story)
    since, knew, history = START + 60 * first, world.remembered().wrote, world.history(world.official)
    place = stands_after(history, since, FOREVER)
    world.undo(since, FOREVER)
    levels = {value: level for level, value in world.fields.official_values.items()}
    found = levels.get(world.values.get(world.official) or "")
    as_created = wish is not None and len(world.history(world.official)) == 1
    facts = TicketFacts(
        id=5,
        received=datetime(2026, 3, 2, tzinfo=UTC),
        official=found,
        official_by=OfficialBy.REQUESTER if as_created else OfficialBy.HUMAN,
        memory=world.remembered(),
    )
    owner = settle(facts, Priority.P1, inferred=False).owner
    is_persons = place >= 0 and history[place][0] == "person" and not (place == 0 and wish is not None)
    if is_persons and found is not None:
        assert owner is Owner.HUMAN
    elif not is_persons and knew != HUMAN:
        assert owner is not Owner.HUMAN


def run(*, since: int = 1, until: int = FOREVER, **known: Any) -> tuple[UndoWorld, Any]:
    """One run of the program in the first minute, and its undoing."""
    world = UndoWorld(**known)
    world.program(Priority.P2, frozenset({FLAG_TAGS[0]}), fills=True, note=Topic.OVERRIDE)
    return world, world.undo(START + 60 * since, until)


def test_what_a_note_said_stays_said() -> None:
    """The note stands there for good, so it is not written again; what only the fields said may be said anew."""
    world, undoing = run()
    assert (world.values[MEMORY], undoing.notes) == ("v1 id=5 wrote=p2 said=override", 1)
    silent = UndoWorld(native=False)
    silent.program(Priority.P2, frozenset(), fills=True)
    assert silent.undo(START, FOREVER).notes == 0
    assert silent.values[MEMORY] is None


def test_a_custom_priority_goes_back_to_empty_and_is_ours_to_fill_again() -> None:
    """Not so Zendesk's own, which stays this program's; both are said."""
    world, undoing = run(native=False)
    assert (world.values[world.official], world.remembered().wrote) == (None, None)
    assert [one.why for one in undoing.stays] == []
    world, undoing = run(native=True)
    assert (world.values[world.official], world.remembered().wrote) == ("normal", Priority.P2)
    assert [one.why for one in undoing.stays] == [Why.NATIVE]


def test_what_the_requester_brought_along_is_replaceable_again() -> None:
    """Put back, it would look like somebody's choice: the Memory says that it is not."""
    world, _ = run(wish=Priority.P0)
    assert (world.values[world.official], world.remembered().wrote) == ("urgent", Priority.P0)


def test_a_persons_priority_that_a_job_wrote_over_comes_back_as_theirs() -> None:
    """A job checks no stamp; what it wrote over was set by a person a moment before."""
    world = UndoWorld()
    world.person({world.official: "high"})
    world.program(Priority.P2, frozenset(), fills=True, raced=True)
    world.undo(START, FOREVER)
    assert (world.values[world.official], world.remembered().wrote) == ("high", HUMAN)


def test_an_option_that_is_gone_is_named_and_not_tried() -> None:
    """Zendesk would drop it without a word, each time anew."""
    world = UndoWorld()
    world.program(Priority.P0, frozenset(), fills=True)
    world.program(Priority.P2, frozenset(), fills=True)
    trail = Trail()
    for audit in world.audits:
        trail.see(audit, world.fields, Window(OURS, START + 90, FOREVER))
    left = {**OPTIONS, int(COMPUTED): OPTIONS[int(COMPUTED)] - {"zs_computed_p0"}}
    undoing = plan_undo(world.ticket(), trail, world.fields, left)
    assert [(one.what, one.why) for one in undoing.stays] == [("computed", Why.OPTION_GONE)]
    assert undoing.change is not None
    assert int(COMPUTED) not in undoing.change.fields


def test_an_edit_that_the_history_does_not_tell_of_stays() -> None:
    """The ticket as it stands counts, whatever the events say."""
    world = UndoWorld()
    world.program(Priority.P2, frozenset({FLAG_TAGS[0]}), fills=True)
    world.values |= {COMPUTED: "zs_computed_p1", world.official: "high", FLAGS: []}
    undoing = world.plan(START, FOREVER)
    assert undoing.change is not None
    assert set(undoing.change.fields) == {int(MEMORY), int(MARK)}
    assert {one.why for one in undoing.stays} == {Why.CHANGED}


def test_the_integration_users_own_edits_are_a_persons() -> None:
    """Without the Sync mark a write is not the program's, whoever made it."""
    world = UndoWorld()
    world.person({world.official: "high", COMPUTED: "zs_computed_p1"}, author=OURS)
    assert world.plan(START, FOREVER).change is None


def test_a_closed_ticket_is_named_and_left() -> None:
    """Zendesk takes no change of it."""
    world, _ = run()
    ticket = msgspec.structs.replace(world.ticket(), status="closed")
    trail = Trail()
    for audit in world.audits:
        trail.see(audit, world.fields, Window(OURS, START, FOREVER))
    undoing = plan_undo(ticket, trail, world.fields, OPTIONS)
    assert (undoing.change, [one.why for one in undoing.stays]) == (None, [Why.CLOSED])
