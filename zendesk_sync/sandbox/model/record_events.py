"""What a change of an organization or a user tells event-subscribed webhooks.

Source: Zendesk API reference, Webhooks > Organization events, User events.
"""

from typing import Any

from zendesk_sync.sandbox.model import deliveries
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_PLAIN = {
    "organization": ("name", "external_id"),
    "user": ("name", "external_id", "role", "details", "notes", "time_zone", "suspended"),
}
_CUSTOM = {"organization": "organization_fields", "user": "user_fields"}
_DETAIL = {
    "organization": ("external_id", "name", "shared_comments", "shared_tickets", "created_at", "updated_at"),
    "user": ("external_id", "name", "email", "role", "created_at", "updated_at"),
}


def tell(state: State, kind: str, before: Doc | None, after: Doc) -> None:
    """Tell of a written `organization` or `user`; `before` is None when it was created."""
    if not deliveries.subscribers(state, kind):
        return
    events: list[tuple[str, Doc]] = [] if before is not None else [("created", {})]
    events += _changes(kind, before or {}, after) if before is not None else []
    deliveries.tell(state, kind, after["id"], _detail(kind, after), events)


def tell_deleted(state: State, kind: str, record: Doc) -> None:
    deliveries.tell(state, kind, record["id"], _detail(kind, record), [("deleted", {})])


def _changes(kind: str, before: Doc, after: Doc) -> list[tuple[str, Doc]]:
    found: list[tuple[str, Doc]] = [
        (f"{name}_changed", {"current": after[name], "previous": before.get(name)})
        for name in _PLAIN[kind]
        if after[name] != before.get(name)
    ]
    tags, former = set(after["tags"]), set(before.get("tags") or [])
    if tags != former:
        found.append(("tags_changed", {"tags_added": sorted(tags - former), "tags_removed": sorted(former - tags)}))
    now: Doc = after[_CUSTOM[kind]]
    was: Doc = before.get(_CUSTOM[kind]) or {}
    for key in sorted(now.keys() | was.keys()):
        if now.get(key) != was.get(key):
            body: dict[str, Any] = {"current": {"value": now.get(key)}, "previous": {"value": was.get(key)}}
            found.append(("custom_field_changed", {**body, "custom_field": {"id": key, "title": key}}))
    return found


def _detail(kind: str, record: Doc) -> Doc:
    return {"id": str(record["id"]), **{name: record.get(name) for name in _DETAIL[kind]}}
