"""Endpoints of trigger categories. Source: Zendesk API reference, Business Rules > Trigger Categories."""

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import Refused, coded
from zendesk_sync.sandbox.model import trigger_categories as categories
from zendesk_sync.sandbox.model import triggers
from zendesk_sync.sandbox.model.values import integer_or_none, text
from zendesk_sync.sandbox.store import Doc

_V2 = "/api/v2/trigger_categories"
_SORTS = frozenset({"position", "name", "created_at", "updated_at"})


def index(call: Call) -> Reply:
    """In running order, or by `sort=[-]position|name|created_at|updated_at`; `include=rule_counts`."""
    found = categories.ordered(call.state)
    sort = call.query("sort", "position")
    name = sort.removeprefix("-")
    if name not in _SORTS:
        raise coded(400, "InvalidPaginationParameter", "sort is not valid")
    if name != "position":
        found = sorted(found, key=lambda category: str(category[name]).lower())
    found = found[::-1] if sort.startswith("-") else found
    if "rule_counts" in call.words("include"):
        found = [{**category, **_counts(call, category)} for category in found]
    return Reply(paging.of(call, "trigger_categories", found))


def _counts(call: Call, category: Doc) -> Doc:
    inside = [t["active"] for t in call.state.store.all(triggers.KIND) if t["category_id"] == category["id"]]
    return {"active_count": sum(inside), "inactive_count": len(inside) - sum(inside)}


def show(call: Call) -> Reply:
    return Reply({"trigger_category": categories.find(call.state, call.path["id"])})


def _given(call: Call) -> Doc:
    value = call.json().get("trigger_category")
    return permitted(value if isinstance(value, dict) else {}, categories.WRITABLE, "trigger_category")[0]


def create(call: Call) -> Reply:
    """200, as documented, where other things that are made answer 201."""
    return Reply({"trigger_category": categories.create(call.state, _given(call))})


def update(call: Call) -> Reply:
    changed = categories.update(call.state, categories.find(call.state, call.path["id"]), _given(call))
    return Reply({"trigger_category": changed})


def delete(call: Call) -> Reply:
    """204; refused while an active trigger stands in it."""
    found = call.state.store.all(triggers.KIND)
    categories.delete(call.state, categories.find(call.state, call.path["id"]), found)
    return Reply(status=204)


def run_job(call: Call) -> Reply:
    """`{"job": {"action": "patch", "items": {"trigger_categories": […], "triggers": […]}}}`: all of it, or nothing."""
    job = call.json().get("job")
    items = job.get("items") if isinstance(job, dict) and job.get("action") == "patch" else None
    if not isinstance(items, dict):
        raise coded(400, "InvalidJob", "job is not valid")
    done: Doc = {"trigger_categories": [], "triggers": []}
    for item in _items(items, "trigger_categories"):
        category = _known(call, item)
        done["trigger_categories"].append(categories.update(call.state, category, {"position": item.get("position")}))
    for item in _items(items, "triggers"):
        trigger = call.state.store.get(triggers.KIND, integer_or_none(item.get("id")))
        if trigger is None:
            raise _failed("TriggerNotFound", "Trigger can't be found", trigger_id=text(item.get("id")))
        change: Doc = {name: item[name] for name in ("active", "category_id", "position") if name in item}
        try:
            changed = triggers.update(call.state, trigger, change)
        except Refused:
            raise _failed("InvalidTrigger", "category_id is not valid", trigger_id=text(item.get("id"))) from None
        done["triggers"].append(triggers.present(call.state, changed))
    return Reply({"results": done, "status": "complete"})


def _items(items: Doc, name: str) -> list[Doc]:
    given = items.get(name)
    return [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []


def _known(call: Call, item: Doc) -> Doc:
    found = next((one for one in categories.ordered(call.state) if one["id"] == text(item.get("id"))), None)
    if found is None:
        raise _failed("TriggerCategoryNotFound", "Category can't be found.", trigger_category_id=text(item.get("id")))
    return found


def _failed(code: str, title: str, **more: str) -> Refused:
    return Refused(400, {"errors": [{"code": code, "title": title, **more}], "status": "failed"})


ROUTES = [
    rule("GET", _V2, index),
    rule("POST", _V2, create, "admin"),
    rule("POST", f"{_V2}/jobs", run_job, "admin"),
    rule("GET", f"{_V2}/{{id}}", show),
    rule("PATCH", f"{_V2}/{{id}}", update, "admin"),
    rule("DELETE", f"{_V2}/{{id}}", delete, "admin"),
]
