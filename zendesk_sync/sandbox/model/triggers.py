"""Triggers: run after every create and update. Source: Zendesk API reference, Business Rules > Triggers."""

from collections.abc import Callable

from zendesk_sync.sandbox.errors import invalid_record
from zendesk_sync.sandbox.model import conditions, coupling, deliveries, placeholders, tickets
from zendesk_sync.sandbox.model.editing import Editing, via
from zendesk_sync.sandbox.model.tags import words
from zendesk_sync.sandbox.model.values import integer_or_none, text, text_or_none, whole_number
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "trigger"
WRITABLE = frozenset({
    "title", "raw_title", "active", "description", "position", "category_id", "conditions", "actions", "all",
    "any",
})  # fmt: skip
LIMIT = 65_536
_ATTRIBUTES = {"priority": tickets.PRIORITIES, "status": tickets.STATUSES, "type": tickets.TYPES}
_TAGS = {"current_tags": coupling.add_tags, "remove_tags": coupling.remove_tags, "set_tags": coupling.replace_tags}
_NUMBERS = frozenset({"assignee_id", "group_id"})
_READ: dict[str, Callable[[object], object]] = {
    "title": text, "raw_title": text, "active": bool, "description": text_or_none, "category_id": text_or_none,
    "position": lambda value: integer_or_none(value) or 0,
}  # fmt: skip


def ordered(state: State) -> list[Doc]:
    return sorted(state.store.all(KIND), key=lambda trigger: (trigger["position"], trigger["id"]))


def present(state: State, trigger: Doc) -> Doc:
    return {"url": state.url(f"triggers/{trigger['id']}.json"), **trigger}


def create(state: State, given: Doc) -> Doc:
    now = state.now()
    position = max((trigger["position"] for trigger in state.store.all(KIND)), default=0) + 1
    trigger: Doc = {
        "id": state.record_id(), "title": "", "raw_title": "", "active": True, "updated_at": now, "created_at": now,
        "default": False, "conditions": {"all": [], "any": []}, "actions": [], "description": None,
        "position": position, "category_id": "1",
    }  # fmt: skip
    if not given.get("actions"):
        raise invalid_record("base", "Actions: cannot be blank", "BlankValue")
    return update(state, trigger, given)


def update(state: State, trigger: Doc, given: Doc) -> Doc:
    """Apply a write. Giving conditions or actions replaces both `all` and `any`, or all actions."""
    for name in WRITABLE & given.keys() - {"conditions", "actions", "all", "any"}:
        trigger[name] = _READ[name](given[name])
    if "title" in given:
        trigger["raw_title"] = trigger["title"]
    if not str(trigger["title"] or "").strip():
        raise invalid_record("title", "Title: cannot be blank", "BlankValue")
    legacy = {"all", "any"} & given.keys()
    if "conditions" in given or legacy:
        source = given.get("conditions", given)
        source = source if isinstance(source, dict) else {}
        trigger["conditions"] = {name: _conditions(source.get(name)) for name in ("all", "any")}
    if "actions" in given:
        trigger["actions"] = _actions(state, given["actions"])
    if len(str(trigger["conditions"])) + len(str(trigger["actions"])) > LIMIT:
        raise invalid_record("base", "Rule is too large", "TooLarge")
    trigger["updated_at"] = state.now()
    state.store.put(KIND, trigger["id"], trigger)
    return trigger


def _conditions(given: object) -> list[Doc]:
    found: list[Doc] = []
    for item in given if isinstance(given, list) else []:
        if not isinstance(item, dict) or not isinstance(item.get("field"), str):
            raise invalid_record("base", "Conditions: are not valid", "InvalidValue")
        name = item["field"]
        if name not in (*conditions.SPECIAL, *conditions.ATTRIBUTES) and not name.startswith(conditions.CUSTOM):
            raise invalid_record("base", f"Conditions: {name} is not a valid field", "InvalidValue")
        found.append({"field": name, "operator": text(item.get("operator")), "value": item.get("value")})
    return found


def _actions(state: State, given: object) -> list[Doc]:
    found: list[Doc] = []
    for item in given if isinstance(given, list) else []:
        name = item.get("field") if isinstance(item, dict) else None
        known = name in (*_ATTRIBUTES, *_TAGS, *_NUMBERS, "notification_webhook")
        if not isinstance(name, str) or not (known or name.startswith(conditions.CUSTOM)):
            raise invalid_record("base", f"Actions: {name} is not a valid field", "InvalidValue")
        if name == "notification_webhook":
            value = item.get("value")
            target = value[0] if isinstance(value, list) and len(value) == 2 else None
            webhook = state.store.get(deliveries.WEBHOOK, target) if isinstance(target, str) else None
            if webhook is None or deliveries.TRIGGER_EVENTS not in webhook["subscriptions"]:
                raise invalid_record("base", "Actions: webhook is not valid", "InvalidValue")
        found.append({"field": name, "value": item.get("value")})
    return found


def run(edit: Editing) -> None:
    """Run the account's triggers, top to bottom, from the top again after a change, each at most once.

    They do not run on a ticket that was closed before this update.
    """
    if edit.before is not None and edit.before["status"] == "closed":
        return
    waiting = [trigger for trigger in ordered(edit.state) if trigger["active"]]
    while True:
        for trigger in list(waiting):
            if conditions.hold(trigger["conditions"], edit):
                waiting.remove(trigger)
                if _fire(trigger, edit):
                    break
        else:
            return


def _fire(trigger: Doc, edit: Editing) -> bool:
    """Do the actions; True when the ticket changed."""
    for action in trigger["actions"]:
        _act(action["field"], action["value"], edit)
    source = {"id": trigger["id"], "title": trigger["title"], "deleted": False}
    return edit.record(via("rule", source=source, rel="trigger"))


def _act(name: str, value: object, edit: Editing) -> None:
    ticket = edit.ticket
    if name in _ATTRIBUTES:
        if value in _ATTRIBUTES[name] and not (name == "status" and value == "new"):
            ticket[name] = value
    elif name in _TAGS:
        _TAGS[name](ticket, edit.book, words(value))
    elif name in _NUMBERS:
        ticket[name] = whole_number(text(value))
    elif name == "notification_webhook" and isinstance(value, list):
        deliveries.enqueue(edit.state, value[0], _payload(value[1], edit))
    elif name.startswith(conditions.CUSTOM):
        field_id = whole_number(name.removeprefix(conditions.CUSTOM))
        if field_id in edit.book.by_id:
            coupling.set_field(ticket, edit.book, field_id, value)


def _payload(body: object, edit: Editing) -> object:
    """Render the body, or, for webhooks without one, the values of the `[key, value]` pairs."""
    if isinstance(body, list):
        pairs = [pair for pair in body if isinstance(pair, list) and len(pair) == 2]
        return [
            [str(key), placeholders.render(edit.state, str(value), edit.ticket, edit.actor)] for key, value in pairs
        ]
    return placeholders.render(edit.state, str(body), edit.ticket, edit.actor)
