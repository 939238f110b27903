"""Categories of triggers. Source: Zendesk API reference, Business Rules > Trigger Categories."""

from zendesk_sync.sandbox.errors import Refused, coded
from zendesk_sync.sandbox.model.values import integer_or_none, text
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "trigger_category"
LIMIT = 500
FIRST = "1"
WRITABLE = frozenset({"name", "position"})


def ordered(state: State) -> list[Doc]:
    """Return all categories in order; an account has one from the start."""
    found = state.store.all(KIND)
    if not found:
        now = state.now()
        first = {"id": FIRST, "name": "Initial category", "position": 0, "created_at": now, "updated_at": now}
        state.store.put(KIND, FIRST, first)
        found = [first]
    return sorted(found, key=lambda category: (category["position"], len(category["id"]), category["id"]))


def find(state: State, category_id: object) -> Doc:
    found = next((one for one in ordered(state) if one["id"] == category_id), None)
    if found is None:
        raise not_found()
    return found


def create(state: State, given: Doc) -> Doc:
    known = ordered(state)
    if len(known) >= LIMIT:
        text_ = f"Your account has reached the limit of {LIMIT} ticket trigger categories."
        raise coded(403, "ProductLimitExceeded", text_)
    now = state.now()
    position = max(category["position"] for category in known) + 1
    category: Doc = {"id": str(state.record_id()), "name": "", "position": position, "created_at": now}
    return update(state, category, {"name": "", **given})


def update(state: State, category: Doc, given: Doc) -> Doc:
    if "name" in given:
        category["name"] = text(given["name"]).strip()
    if not category["name"]:
        raise coded(400, "InvalidTriggerCategory", "Name cannot be blank")
    if "position" in given:
        category["position"] = integer_or_none(given["position"]) or 0
    category["updated_at"] = state.now()
    state.store.put(KIND, category["id"], category)
    return category


def delete(state: State, category: Doc, triggers: list[Doc]) -> None:
    """Delete a category without active triggers; its inactive ones move to the first that is left."""
    inside = [trigger for trigger in triggers if trigger["category_id"] == category["id"]]
    if any(trigger["active"] for trigger in inside):
        raise coded(400, "TriggerCategoryNotEmpty", "A category with active ticket triggers cannot be deleted.")
    others = [one for one in ordered(state) if one["id"] != category["id"]]
    if not others:
        raise coded(400, "InvalidTriggerCategory", "The last category cannot be deleted.")
    state.store.delete(KIND, category["id"])
    for trigger in inside:
        state.store.put("trigger", trigger["id"], {**trigger, "category_id": others[0]["id"]})


def not_found() -> Refused:
    return coded(404, "TriggerCategoryNotFound", "Category can't be found. Check the ID and try again.")
