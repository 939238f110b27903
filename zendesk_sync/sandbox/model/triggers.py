"""Triggers: run after every create and update. Source: Zendesk API reference, Business Rules > Triggers."""

from collections.abc import Callable, Iterable

import msgspec

from zendesk_sync.sandbox.errors import invalid_record
from zendesk_sync.sandbox.model import actions, conditions, deliveries, rulebook, trigger_categories
from zendesk_sync.sandbox.model.editing import Editing, via
from zendesk_sync.sandbox.model.values import integer_or_none, text, text_or_none
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "trigger"
WRITABLE = frozenset({
    "title", "raw_title", "active", "description", "position", "category_id", "conditions", "actions", "all",
    "any",
})  # fmt: skip
LIMIT = 65_536
ACTIVE_LIMIT = 7_000
_READ: dict[str, Callable[[object], object]] = {
    "title": text, "raw_title": text, "active": bool, "description": text_or_none, "category_id": text_or_none,
    "position": lambda value: integer_or_none(value) or 0,
}  # fmt: skip
_MAIL = frozenset({"notification_user", "notification_group"})


def ordered(state: State) -> list[Doc]:
    """Return all triggers in running order: by the position of their category, then by their own."""
    return _in_order(state, state.store.all(KIND))


def _in_order(state: State, found: list[Doc]) -> list[Doc]:
    if not found:
        return []
    places = {one["id"]: place for place, one in enumerate(trigger_categories.ordered(state))}
    return sorted(
        found,
        key=lambda trigger: (places.get(trigger["category_id"], len(places)), trigger["position"], trigger["id"]),
    )


def present(state: State, trigger: Doc) -> Doc:
    return {"url": state.url(f"triggers/{trigger['id']}.json"), **trigger}


def create(state: State, given: Doc) -> Doc:
    now = state.now()
    position = max((trigger["position"] for trigger in state.store.all(KIND)), default=0) + 1
    trigger: Doc = {
        "id": state.record_id(), "title": "", "raw_title": "", "active": True, "updated_at": now, "created_at": now,
        "default": False, "conditions": {"all": [], "any": []}, "actions": [], "description": None,
        "position": position, "category_id": trigger_categories.ordered(state)[0]["id"],
    }  # fmt: skip
    if not given.get("actions"):
        raise invalid_record("base", "Actions: cannot be blank", "BlankValue")
    return update(state, trigger, given)


def update(state: State, trigger: Doc, given: Doc) -> Doc:
    """Apply a write. Giving conditions or actions replaces both: what of the two is not given is cleared."""
    for name in WRITABLE & given.keys() - {"conditions", "actions", "all", "any"}:
        trigger[name] = _READ[name](given[name])
    if "title" in given or "raw_title" in given:
        trigger["raw_title"] = trigger["title"] = text(given.get("raw_title", given.get("title")))
    if not str(trigger["title"] or "").strip():
        raise invalid_record("title", "Title: cannot be blank", "BlankValue")
    if "category_id" in given:
        trigger_categories.find(state, trigger["category_id"])
    rules = given.keys() & {"conditions", "actions", "all", "any"}
    if rules:
        source = given.get("conditions", given)
        source = source if isinstance(source, dict) else {}
        known = rulebook.conditions_of(state)
        trigger["conditions"] = {name: _conditions(known, source.get(name)) for name in ("all", "any")}
        trigger["actions"] = checked_actions(state, given.get("actions"))
    if len(msgspec.json.encode([trigger["conditions"], trigger["actions"]])) > LIMIT:
        raise invalid_record("base", "Rule is too large", "TooLarge")
    _check_number(state, trigger)
    trigger["updated_at"] = state.now()
    state.store.put(KIND, trigger["id"], trigger)
    return trigger


def reorder(state: State, found: Iterable[Doc]) -> None:
    """Give these triggers their positions in this order."""
    for position, trigger in enumerate(found, start=1):
        state.store.put(KIND, trigger["id"], {**trigger, "position": position, "updated_at": state.now()})


def _check_number(state: State, trigger: Doc) -> None:
    if not trigger["active"]:
        return
    rows = state.store.index(KIND, "active")
    if sum(1 for key, active in rows if active and key != trigger["id"]) >= ACTIVE_LIMIT:
        raise invalid_record("base", f"You cannot have more than {ACTIVE_LIMIT} active triggers", "TooManyValues")


def _conditions(known: dict[str, rulebook.Entry], given: object) -> list[Doc]:
    found: list[Doc] = []
    for item in given if isinstance(given, list) else []:
        if not isinstance(item, dict) or not isinstance(item.get("field"), str):
            raise invalid_record("base", "Conditions: are not valid", "InvalidValue")
        name, operator, value = item["field"], text(item.get("operator")), item.get("value")
        entry = known.get(name)
        if entry is None:
            raise invalid_record("base", f"Conditions: {name[:80]} is not a valid field", "InvalidValue")
        if operator not in entry.operators:
            raise invalid_record(
                "base", f"Conditions: {operator[:80]} is not a valid operator for {name}", "InvalidValue"
            )
        if operator not in {"changed", "not_changed", "present", "not_present"} and not entry.takes(value):
            raise invalid_record(
                "base", f"Conditions: {str(value)[:80]} is not a valid value for {name}", "InvalidValue"
            )
        found.append({"field": name, "operator": operator, "value": value})
    return found


def checked_actions(state: State, given: object) -> list[Doc]:
    """Return the actions of a rule as they are kept; refuse what cannot be done."""
    known = rulebook.actions_of(state)
    found: list[Doc] = []
    for item in given if isinstance(given, list) else []:
        name = item.get("field") if isinstance(item, dict) else None
        entry = known.get(name) if isinstance(name, str) else None
        if entry is None:
            raise invalid_record("base", f"Actions: {str(name)[:80]} is not a valid field", "InvalidValue")
        value = item.get("value")
        if entry.subject == "notification_webhook":
            _check_webhook(state, value)
        elif entry.subject in _MAIL:
            if not isinstance(value, list) or not 1 <= len(value) <= 3:
                raise invalid_record("base", f"Actions: {name} needs recipient, subject and body", "InvalidValue")
        elif not entry.takes(value):
            raise invalid_record("base", f"Actions: {str(value)[:80]} is not a valid value for {name}", "InvalidValue")
        found.append({"field": entry.subject, "value": value})
    return found


def _check_webhook(state: State, value: object) -> None:
    """Refuse what is not `[webhook id, body]` of a webhook made for triggers."""
    target = value[0] if isinstance(value, list) and len(value) == 2 else None
    webhook = state.store.get(deliveries.WEBHOOK, target) if isinstance(target, str) else None
    if webhook is None or deliveries.TRIGGER_EVENTS not in webhook["subscriptions"]:
        raise invalid_record("base", "Actions: webhook is not valid", "InvalidValue")


def run(edit: Editing) -> None:
    """Run the account's triggers, top to bottom, from the top again after a change, each at most once.

    They do not run on a ticket that was closed before this update, but on the update that closes it.
    """
    edit.settle()
    if edit.before is not None and edit.before["status"] == "closed":
        return
    waiting = _in_order(edit.state, edit.state.store.derived(KIND, "active", _active))
    if not waiting:
        return
    while True:
        for trigger in list(waiting):
            if conditions.hold(trigger["conditions"], edit):
                waiting.remove(trigger)
                if _fire(trigger, edit):
                    break
        else:
            return


def _active(found: list[Doc]) -> list[Doc]:
    return [trigger for trigger in found if trigger["active"]]


def _fire(trigger: Doc, edit: Editing) -> bool:
    """Do the actions; True when the ticket changed."""
    source = {"id": trigger["id"], "title": trigger["title"], "deleted": False}
    rule = via("rule", source=source, rel="trigger")
    for action in trigger["actions"]:
        actions.act(action, edit, rule)
    return edit.record(rule)
