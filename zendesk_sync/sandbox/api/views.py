"""Endpoints of views. Source: Zendesk API reference, Business Rules > Views."""

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import forbidden, not_found, too_many_values
from zendesk_sync.sandbox.model import fields, groups, tickets, users, view_columns, view_definitions, views
from zendesk_sync.sandbox.model.values import integer_or_none
from zendesk_sync.sandbox.store import Doc

_V2 = "/api/v2/views"
_MOST_COUNTED = 20
_COMPACT = 32
_MANY = 100
_SORTS = {"alphabetical": "title", "created_at": "created_at", "updated_at": "updated_at", "position": "position"}


def _find(call: Call) -> Doc:
    view = call.state.store.get(views.KIND, call.path["id"])
    if view is None or not views.visible(call.state, view, call.me):
        raise not_found()
    return view


def _own(call: Call) -> Doc:
    """Return a view which the caller may change: an admin any visible one, an agent only a personal one."""
    view = _find(call)
    if not views.may_write(view, call.me):
        raise forbidden()
    return view


def _present(call: Call, found: list[Doc]) -> list[Doc]:
    book = fields.book(call.state)
    return [views.present(call.state, view, book) for view in found]


def _listed(call: Call) -> list[Doc]:
    """Return the caller's views as the query narrows and sorts them."""
    found = views.seen_by(call.state, call.me)
    active = "true" if call.request.url.path.endswith("/active") else call.query("active")
    if active:
        found = [view for view in found if view["active"] == (active == "true")]
    access = call.query("access")
    if access in {"personal", "shared"}:
        found = [v for v in found if ((v["restriction"] or {}).get("type") == "User") == (access == "personal")]
    if (group := call.number("group_id")) is not None:
        found = [view for view in found if group in (view["restriction"] or {}).get("ids", [])]
    name = _SORTS.get(call.query("sort_by", "position"), "position")
    default = "asc" if name in {"title", "position"} else "desc"
    found.sort(key=lambda view: view[name], reverse=call.query("sort_order", default) == "desc")
    return found


def index(call: Call) -> Reply:
    """By position; `active`, `access=personal|shared`, `group_id`, `sort_by`, `sort_order`."""
    return Reply(paging.of(call, "views", _present(call, _listed(call))))


def compact(call: Call) -> Reply:
    """The caller's active views, at most 32, without paging."""
    found = [view for view in views.seen_by(call.state, call.me) if view["active"]][:_COMPACT]
    shown = _present(call, found)
    return Reply({"views": shown, "count": len(shown), "next_page": None, "previous_page": None})


def count_views(call: Call) -> Reply:
    value = len(views.seen_by(call.state, call.me))
    return Reply({"count": {"value": value, "refreshed_at": call.state.now()}})


def search(call: Call) -> Reply:
    """`query=` matches a part of the title."""
    wanted = call.query("query").lower()
    found = [view for view in _listed(call) if wanted in view["title"].lower()]
    return Reply(paging.of(call, "views", _present(call, found)))


def define(call: Call) -> Reply:
    """`{"definitions": {"conditions_all", "conditions_any", "groupables", "output", "sortables"}}`"""
    return Reply({"definitions": view_definitions.of(call.state)})


def destroy_many(call: Call) -> Reply:
    """204; unknown ids and views of others are passed over."""
    for view in call.state.store.many(views.KIND, call.ids()):
        if views.may_write(view, call.me):
            call.state.store.delete(views.KIND, view["id"])
    return Reply(status=204)


def update_many(call: Call) -> Reply:
    """`{"views": [{"id", "position", "active"}]}`, at most 100; other properties are ignored."""
    given = call.json().get("views")
    items = [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []
    if len(items) > _MANY:
        raise too_many_values()
    changed: list[Doc] = []
    for item in items:
        view = call.state.store.get(views.KIND, integer_or_none(item.get("id")))
        if view is None or not views.visible(call.state, view, call.me):
            raise not_found()
        change = {name: item[name] for name in ("position", "active") if name in item}
        changed.append(views.update(call.state, view, change, call.me))
    shown = _present(call, changed)
    return Reply({"views": shown, "count": len(shown), "next_page": None, "previous_page": None})


def show_many(call: Call) -> Reply:
    known = call.state.store.many(views.KIND, call.ids())
    shown = _present(call, [view for view in known if views.visible(call.state, view, call.me)])
    return Reply({"views": shown, "count": len(shown), "next_page": None, "previous_page": None})


def show(call: Call) -> Reply:
    return Reply({"view": _present(call, [_find(call)])[0]})


def create(call: Call) -> Reply:
    """201, as recorded answers show; the reference says 200."""
    given, headers = permitted(call.given("view"), views.WRITABLE, "view")
    shown = _present(call, [views.create(call.state, given, call.me)])[0]
    return Reply({"view": shown}, 201, {"location": shown["url"], **headers})


def update(call: Call) -> Reply:
    given, headers = permitted(call.given("view"), views.WRITABLE, "view")
    changed = views.update(call.state, _own(call), given, call.me)
    return Reply({"view": _present(call, [changed])[0]}, 200, headers)


def delete(call: Call) -> Reply:
    call.state.store.delete(views.KIND, _own(call)["id"])
    return Reply(status=204)


def _count(call: Call, view: Doc) -> Doc:
    value = views.count(call.state, view, call.me)
    url = call.state.url(f"views/{view['id']}/count.json")
    return {"view_id": view["id"], "url": url, "value": value, "pretty": _pretty(value), "fresh": True}


def _pretty(value: int) -> str:
    """Return a large number as the product rounds it: `~700`, `~1,200`."""
    return str(value) if value < 100 else f"~{value // 100 * 100:,}"


def count(call: Call) -> Reply:
    """`{"view_count": {"view_id", "url", "value", "pretty", "fresh"}}`"""
    return Reply({"view_count": _count(call, _find(call))})


def count_many(call: Call) -> Reply:
    """At most 20 ids; unknown views are left out."""
    known = call.state.store.many(views.KIND, call.ids(limit=_MOST_COUNTED))
    return Reply({"view_counts": [_count(call, v) for v in known if views.visible(call.state, v, call.me)]})


def list_tickets(call: Call) -> Reply:
    """The full tickets of a view, grouped and sorted; both pagination styles, `include` as for any list of tickets."""
    view = views.reordered(call.state, _find(call), dict(call.request.query_params))
    body, found = _page(call, view, "tickets")
    book = fields.book(call.state)
    body["tickets"] = [tickets.present(call.state, ticket, book) for ticket in found]
    return Reply({**body, **tickets.side_loads(call.state, found, call.words("include"))})


def _page(call: Call, view: Doc, name: str) -> tuple[Doc, list[Doc]]:
    ids = views.ids_of(call.state, view, call.me)
    rows: list[paging.Row] = list(enumerate(ids))
    return paging.page(call, name, rows, lambda numbers: tickets.many(call.state, numbers))


def execute(call: Call) -> Reply:
    """`{"columns", "rows", "view", …}`: a row carries the values of the view's columns and a short ticket."""
    view = _find(call)
    shown = {"id": view["id"], "url": call.state.url(f"views/{view['id']}.json")}
    return Reply({**_executed(call, view), "view": shown})


def _executed(call: Call, view: Doc) -> Doc:
    view = views.reordered(call.state, view, dict(call.request.query_params))
    body, found = _page(call, view, "rows")
    book = fields.book(call.state)
    execution = view["execution"]
    body["rows"] = [_row(call, execution, ticket) for ticket in found]
    people = [person for t in found for person in (t["requester_id"], t["assignee_id"], t["submitter_id"]) if person]
    team = [ticket["group_id"] for ticket in found if ticket["group_id"]]
    return {
        "columns": [view_columns.describe(call.state, name, book) for name in execution["columns"]],
        "groups": [groups.present(call.state, group) for group in call.state.store.many(groups.KIND, team)],
        "users": [users.present(call.state, user) for user in call.state.store.many(users.KIND, people)],
        **tickets.side_loads(call.state, found, ["organizations"]),
        **body,
    }


def _row(call: Call, execution: Doc, ticket: Doc) -> Doc:
    row: Doc = {}
    custom: list[Doc] = []
    for name in execution["columns"]:
        value = view_columns.value(name, ticket)
        if isinstance(name, int):
            custom.append({"id": name, "value": value, "name": value})
        else:
            row[{"nice_id": "ticket_id"}.get(name, f"{name}_id" if isinstance(value, int) else name)] = value
    if execution["group_by"] is not None:
        row["group"] = view_columns.value(execution["group_by"], ticket)
    short = {name: ticket[name] for name in ("id", "subject", "description", "status", "type", "priority")}
    short["url"] = call.state.url(f"tickets/{ticket['id']}.json")
    return {**row, "custom_fields": custom, "fields": custom, "ticket": short}


def _preview(call: Call) -> Doc:
    """Return the view a preview describes; its output may stand inside `output` or beside the conditions."""
    given, _ = permitted(
        call.given("view"), views.WRITABLE | {"columns", "group_by", "group_order", "sort_by", "sort_order"}, "view"
    )
    personal = {"restriction": {"type": "User", "id": call.me["id"]}}
    return views.draft(call.state, {"output": given, **given, **personal}, call.me)


def preview(call: Call) -> Reply:
    return Reply(_executed(call, _preview(call)))


def preview_count(call: Call) -> Reply:
    value = views.count(call.state, _preview(call), call.me)
    return Reply({"view_count": {"view_id": None, "url": call.state.url("views/preview/count.json"), "value": value,
                                 "pretty": _pretty(value), "fresh": True}})  # fmt: skip


ROUTES = [
    rule("GET", _V2, index),
    rule("POST", _V2, create),
    rule("GET", f"{_V2}/active", index),
    rule("GET", f"{_V2}/compact", compact),
    rule("GET", f"{_V2}/count", count_views),
    rule("GET", f"{_V2}/count_many", count_many),
    rule("GET", f"{_V2}/search", search),
    rule("GET", f"{_V2}/show_many", show_many),
    rule("GET", f"{_V2}/definitions", define),
    rule("PUT", f"{_V2}/update_many", update_many),
    rule("DELETE", f"{_V2}/destroy_many", destroy_many),
    rule("POST", f"{_V2}/preview", preview),
    rule("POST", f"{_V2}/preview/count", preview_count),
    rule("GET", f"{_V2}/{{id:int}}", show),
    rule("PUT", f"{_V2}/{{id:int}}", update),
    rule("DELETE", f"{_V2}/{{id:int}}", delete),
    rule("GET", f"{_V2}/{{id:int}}/count", count),
    rule("GET", f"{_V2}/{{id:int}}/execute", execute),
    rule("GET", f"{_V2}/{{id:int}}/tickets", list_tickets),
]
