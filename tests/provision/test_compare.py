"""Telling a person's change from a new blueprint, and from what Zendesk only spells otherwise."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from zendesk_sync.provision.compare import judge, stamp
from zendesk_sync.provision.items import By, Kind
from zendesk_sync.zendesk.ownership import Mark, mark_of, marked

words = st.text("abcdefghij_", min_size=1, max_size=8)
marks = st.builds(
    Mark,
    st.sampled_from(["zs_", "other_"]),
    st.sampled_from(["field", "view", "trigger"]),
    words,
    st.lists(st.text("0123456789abcdef", min_size=4, max_size=4), max_size=5).map(tuple),
)
texts = st.text("Mab .()\n§", max_size=30)
conditions = st.lists(
    st.fixed_dictionaries(
        {
            "field": st.sampled_from(["status", "priority", "current_tags", "custom_fields_7"]),
            "operator": st.sampled_from(["is", "includes", "changed"]),
            "value": st.sampled_from(["open", "b a", "", None, 7, "__NULL__"]),
        }
    ),
    max_size=5,
)


@given(texts, marks, marks)
def test_the_line_is_found_again_and_replaced_alone(text: str, first: Mark, second: Mark) -> None:
    """Whatever words stand around it: they stay, there is one line, and it is the last one written."""
    once = marked(text, first)
    assert mark_of(once) == first
    twice = marked(f"{once} More words.", second)
    assert mark_of(twice) == second
    assert twice.count("Managed by zendesk-sync") == 1
    assert text.strip() in twice
    assert twice.endswith("More words.")
    assert mark_of(text) is None


def respelled(given_: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """The same conditions as Zendesk may give them back: another order, numbers as text, other words for nothing."""
    found = [dict(one) for one in given_]
    random.Random(seed).shuffle(found)
    for one in found:
        if one["operator"] == "changed":
            one["value"] = "whatever"
        elif one["value"] in {None, "", "__NULL__"}:
            one["value"] = ""
        else:
            one["value"] = (
                " ".join(reversed(str(one["value"]).split())) if one["field"] == "current_tags" else str(one["value"])
            )
    return found


@given(conditions, st.integers(0, 99))
def test_another_spelling_is_no_difference(some: list[dict[str, Any]], seed: int) -> None:
    """What Zendesk gives back in its own way is what was written."""
    view = {
        "title": "T",
        "active": True,
        "all": some,
        "any": [],
        "output": {"columns": [7, "description"], "group_by": 7},
    }
    output = {"columns": ["7", "subject"], "group_by": "custom_fields_7", "group_order": "desc", "sort_by": None}
    found = {**view, "all": respelled(some, seed), "output": output}
    assert judge(Kind.VIEW, view, found, None, {}).differences == ()


titles = st.sampled_from(["A", "B", "C"])


@given(titles, titles, titles)
def test_who_changed_it_is_told_by_what_was_written_last(last: str, ours: str, theirs: str) -> None:
    """A title is a person's own: it follows a new blueprint only where nobody has touched it, and otherwise stays."""
    mark = Mark("zs_", "trigger", "hint", stamp(Kind.TRIGGER, {"title": last}, {}))
    judged = judge(Kind.TRIGGER, {"title": ours}, {"title": theirs}, mark, {})
    if ours == theirs:
        assert judged.differences == ()
        return
    (one,) = judged.differences
    assert one.by is (By.BLUEPRINT if last == theirs else By.HAND)
    assert one.mended == (last == theirs)
    assert judged.send == ({"title": ours} if last == theirs else {})
    after = stamp(Kind.TRIGGER, {"title": ours}, judged.kept)
    again = judge(Kind.TRIGGER, {"title": ours}, {"title": ours if one.mended else theirs}, Mark("", "", "", after), {})
    assert not again.send


@given(st.booleans(), st.booleans())
def test_what_the_service_relies_on_is_mended_whoever_changed_it(known: bool, by_hand: bool) -> None:
    """Conditions and actions are sent together, since giving one replaces both."""
    status = {"field": "status", "operator": "changed", "value": ""}
    ours = {"title": "T", "active": True, "conditions": {"all": [], "any": [status]}, "actions": []}
    theirs = {**ours, "conditions": {"all": [], "any": []}}
    mark = Mark("zs_", "trigger", "hint", stamp(Kind.TRIGGER, ours if by_hand else theirs, {})) if known else None
    judged = judge(Kind.TRIGGER, ours, theirs, mark, {})
    (one,) = judged.differences
    assert one.mended
    assert one.by is (By.UNKNOWN if not known else By.HAND if by_hand else By.BLUEPRINT)
    assert judged.send == {"conditions": ours["conditions"], "actions": []}
