"""Automations: what the account does by itself to tickets, once an hour by the sandbox's clock.

Conditions are those of views, hours since something among them; actions are those of triggers, which run afterwards as
after any update. Source: Zendesk API reference, Business Rules > Automations; Zendesk help, "About automations".
"""

from collections.abc import Callable
from contextlib import suppress

from zendesk_sync.sandbox.errors import Refused, invalid_record
from zendesk_sync.sandbox.model import actions, changes, fields, tickets, triggers, users, view_conditions
from zendesk_sync.sandbox.model.editing import Editing, via
from zendesk_sync.sandbox.model.values import integer_or_none, text
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "automation"
WRITABLE = frozenset({"title", "raw_title", "active", "position", "conditions", "actions", "all", "any"})
ACTIVE_LIMIT = 500
AT_ONCE = 1_000
_HOUR = 3600
_TAGS = frozenset({"current_tags", "remove_tags", "set_tags"})
_SYSTEM: Doc = {**users.ANONYMOUS, "id": -1, "name": "System", "role": "admin", "active": True}
_READ: dict[str, Callable[[object], object]] = {
    "active": bool, "position": lambda value: integer_or_none(value) or 0,
}  # fmt: skip


def ordered(state: State) -> list[Doc]:
    return sorted(state.store.all(KIND), key=lambda one: (one["position"], one["id"]))


def present(state: State, automation: Doc) -> Doc:
    return {"url": state.url(f"automations/{automation['id']}.json"), **automation}


def create(state: State, given: Doc) -> Doc:
    now = state.now()
    position = max((one["position"] for one in state.store.all(KIND)), default=0) + 1
    automation: Doc = {
        "id": state.record_id(), "title": "", "raw_title": "", "active": True, "position": position,
        "conditions": {"all": [], "any": []}, "actions": [], "default": False, "created_at": now, "updated_at": now,
    }  # fmt: skip
    return update(state, automation, {"title": "", "conditions": {}, **given})


def update(state: State, automation: Doc, given: Doc) -> Doc:
    """Apply a write. Giving conditions or actions replaces both, as with triggers.

    Raises:
        Refused: 422 without title, time, required field, action, or end; for a twin; for too many.
    """
    for name, read in _READ.items():
        if name in given:
            automation[name] = read(given[name])
    if "title" in given or "raw_title" in given:
        automation["title"] = automation["raw_title"] = text(given.get("raw_title", given.get("title")))
    if not automation["title"].strip():
        raise invalid_record("title", "Title: cannot be blank", "BlankValue")
    if given.keys() & {"conditions", "actions", "all", "any"}:
        nested = given.get("conditions", given)
        source = nested if isinstance(nested, dict) else {}
        automation["conditions"] = {name: view_conditions.check(state, source.get(name)) for name in ("all", "any")}
        automation["actions"] = triggers.checked_actions(state, given.get("actions"))
    _check(state, automation)
    automation["updated_at"] = state.now()
    state.store.put(KIND, automation["id"], automation)
    return automation


def _check(state: State, automation: Doc) -> None:
    every = automation["conditions"]["all"]
    if not automation["actions"]:
        raise invalid_record("base", "Actions: cannot be blank", "BlankValue")
    if not any(one["field"] in view_conditions.TIMES for one in every):
        raise invalid_record("base", "Conditions: all needs a condition on time", "InvalidValue")
    if not any(one["field"] in view_conditions.REQUIRED for one in every):
        names = ", ".join(sorted(view_conditions.REQUIRED))
        raise invalid_record("base", f"Conditions: all needs at least one of {names}", "InvalidValue")
    if not _ends(automation):
        text_ = "An action must nullify a condition, or a condition must be true only once"
        raise invalid_record("base", text_, "InvalidValue")
    if not automation["active"]:
        return
    others = [one for one in state.store.all(KIND) if one["active"] and one["id"] != automation["id"]]
    mine = (automation["conditions"], automation["actions"])
    if any((one["conditions"], one["actions"]) == mine for one in others):
        raise invalid_record("base", "Another active automation is identical", "DuplicateValue")
    if len(others) >= ACTIVE_LIMIT:
        raise invalid_record("base", f"You cannot have more than {ACTIVE_LIMIT} active automations", "TooManyValues")


def _ends(automation: Doc) -> bool:
    """Whether it cannot go on at the same ticket for ever: an hour that is met once, or an action on a condition."""
    conditions = [*automation["conditions"]["all"], *automation["conditions"]["any"]]
    once = any(one["field"] in view_conditions.TIMES and one["operator"].startswith("is") for one in conditions)
    asked = {one["field"] for one in conditions}
    done = {"current_tags" if one["field"] in _TAGS else one["field"] for one in automation["actions"]}
    return once or bool(asked & done)


def moments(state: State) -> list[float]:
    """Return when the next run is due, as Unix seconds; nothing while no automation is active."""
    if not any(active for _, active in state.store.index(KIND, "active")):
        return []
    return [float((state.seconds() // _HOUR + 1) * _HOUR)]


def sweep(state: State) -> None:
    """Run all once in every hour of the sandbox's clock; hours that were jumped over are not made up for."""
    hour = state.seconds() // _HOUR
    if state.automated_in is None:
        state.automated_in = hour
    if state.automated_in == hour:
        return
    state.automated_in = hour
    for automation in ordered(state):
        if automation["active"]:
            _run(state, automation)


def _run(state: State, automation: Doc) -> None:
    owner = users.get(state, state.named_id("owner")) or _SYSTEM
    reader = view_conditions.Reader(state, owner, fields.book(state))
    sql, values = view_conditions.where(automation["conditions"], reader)
    query = f"SELECT t.id FROM ticket_row t WHERE {sql} AND t.status <> 'closed' ORDER BY t.id LIMIT ?"  # noqa: S608 - bound
    ids = [number for (number,) in state.store.select(query, (*values, AT_ONCE))]
    origin = via("rule", source={"id": automation["id"], "title": automation["title"]}, rel="automation")
    for number in ids:
        ticket = tickets.find(state, number)
        if ticket is None:
            continue
        # One ticket that cannot become what the rule makes of it does not keep the others from it.
        with suppress(Refused), state.store.transaction():
            changes.by_rule(state, ticket, _doing(automation, origin), actor=_SYSTEM, origin=origin)


def _doing(automation: Doc, origin: Doc) -> Callable[[Editing], None]:
    def act(edit: Editing) -> None:
        for action in automation["actions"]:
            actions.act(action, edit, origin)

    return act
