"""What placeholders stand for: `ticket`, `current_user` and what hangs on them, read only when asked for.

Source: Zendesk help, "Zendesk Support placeholders reference". Values are plain text, never HTML, as in webhooks.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from zendesk_sync.sandbox.clock import parse_iso
from zendesk_sync.sandbox.model import fields, organizations, users
from zendesk_sync.sandbox.model.values import whole_number
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

COMMENT = "comment"
_FIELD, _OPTION_TITLE = "ticket_field_", "ticket_field_option_title_"
_VIA = {
    "api": "Web Service", "web": "Web Form", "email": "Mail", "chat": "Chat", "web_widget": "Web Widget",
    "help_center": "Help Center", "rule": "Rule",
}  # fmt: skip


class Values(Mapping[str, Any]):
    """Names that are looked up when a template asks for them; `shown` is what the thing itself renders as."""

    def __init__(self, names: dict[str, Callable[[], Any]], shown: str = "") -> None:
        self._names = names
        self._shown = shown

    def __getitem__(self, name: str) -> Any:
        value = self._names[name]()
        return "" if value is None else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __str__(self) -> str:
        return self._shown


class _Ticket(Values):
    """Also answers to `ticket_field_<id>` and `ticket_field_option_title_<id>`."""

    def __init__(self, names: dict[str, Callable[[], Any]], field: Callable[[int, bool], Any]) -> None:
        super().__init__(names)
        self._field = field

    def __getitem__(self, name: str) -> Any:
        for prefix, titled in ((_OPTION_TITLE, True), (_FIELD, False)):
            number = whole_number(name.removeprefix(prefix)) if name.startswith(prefix) else None
            if number is not None:
                return self._field(number, titled)
        return super().__getitem__(name)


def of(state: State, ticket: Doc, actor: Doc, comment: Doc | None) -> dict[str, Any]:
    """Return the variables of a template."""
    return {"ticket": _ticket(state, ticket, comment), "current_user": _person(state, actor)}


def _ticket(state: State, ticket: Doc, comment: Doc | None) -> Values:
    def conversation(*, public: bool = False) -> list[Doc]:
        stored = state.store.children(COMMENT, ticket["id"])
        found = [*stored, *([comment] if comment else [])]
        return [one for one in found if one["public"] or not public]

    def latest(*, public: bool = False) -> Values | None:
        found = conversation(public=public)
        return _comment(state, found[-1]) if found else None

    def plain(*, public: bool = False) -> str:
        return "\n\n".join(one["body"] for one in reversed(conversation(public=public)))

    link = f"{state.base_url}/agent/tickets/{ticket['id']}"
    names: dict[str, Callable[[], Any]] = {
        **{name: _getter(ticket, name) for name in ("id", "external_id", "description")},
        "title": lambda: ticket["subject"],
        "verbatim_description": lambda: ticket["description"],
        "status": lambda: "On-hold" if ticket["status"] == "hold" else ticket["status"].capitalize(),
        "priority": str(ticket["priority"] or "").capitalize,
        "ticket_type": str(ticket["type"] or "").capitalize,
        "via": lambda: _VIA.get(ticket["via"].get("channel"), "Web Form"),
        "tags": lambda: " ".join(ticket["tags"]),
        "account": lambda: "Local Zendesk",
        "url": lambda: link.partition("://")[2],
        "link": lambda: link,
        "requester": lambda: _person(state, users.get(state, ticket["requester_id"])),
        "submitter": lambda: _person(state, users.get(state, ticket["submitter_id"])),
        "assignee": lambda: _person(state, users.get(state, ticket["assignee_id"])),
        "organization": lambda: _organization(state, ticket),
        "group": lambda: _record(state.store.get("group", ticket["group_id"] or 0), "id", "name"),
        "brand": lambda: _record({"id": ticket["brand_id"], "name": "Local Zendesk"}, "id", "name"),
        "ticket_form": lambda: (state.store.get("ticket_form", ticket["ticket_form_id"] or 0) or {}).get("name"),
        "cc_names": lambda: ", ".join(user["name"] for user in state.store.many(users.KIND, ticket["email_cc_ids"])),
        "comments": lambda: [_comment(state, one) for one in reversed(conversation())],
        "public_comments": lambda: [_comment(state, one) for one in reversed(conversation(public=True))],
        "latest_comment": latest,
        "latest_public_comment": lambda: latest(public=True),
        "latest_comment_formatted": lambda: _last_text(conversation()),
        "latest_public_comment_formatted": lambda: _last_text(conversation(public=True)),
        "comments_formatted": plain,
        "public_comments_formatted": lambda: plain(public=True),
        **_dates("created_at", ticket["created_at"]),
        **_dates("updated_at", ticket["updated_at"]),
        **_dates("due_date", ticket["due_at"]),
    }
    return _Ticket(names, lambda number, titled: _field(state, ticket, number, titled=titled))


def _last_text(found: list[Doc]) -> str:
    return str(found[-1]["body"]) if found else ""


def _getter(record: Doc, name: str) -> Callable[[], Any]:
    return lambda: record.get(name)


def _dates(name: str, value: Any) -> dict[str, Callable[[], Any]]:
    """Return a date in its three forms: as read, with the time, and as a timestamp."""
    moment = parse_iso(str(value)) if value else None

    def day(at: datetime) -> str:
        return f"{at:%B} {at.day}, {at.year}"

    return {
        name: lambda: day(moment) if moment else "",
        f"{name}_with_time": lambda: f"{day(moment)}, {moment:%H:%M}" if moment else "",
        f"{name}_with_timestamp": lambda: value,
    }


def _record(record: Doc | None, *names: str) -> Values:
    known = record or {}
    return Values({name: _getter(known, name) for name in names}, str(known.get("name") or ""))


def _person(state: State, user: Doc | None) -> Values:
    known: Doc = user or {}
    name = str(known.get("name") or "")
    plain = ("id", "name", "email", "external_id", "phone", "role", "details", "notes", "signature", "time_zone")
    names: dict[str, Callable[[], Any]] = {
        **{key: _getter(known, key) for key in plain},
        "first_name": lambda: name.partition(" ")[0],
        "last_name": lambda: name.partition(" ")[2],
        "locale": _getter(known, "locale"),
        "language": lambda: "English" if str(known.get("locale")).startswith("en") else known.get("locale"),
        "tags": lambda: " ".join(known.get("tags") or []),
        "organization": lambda: _organization(state, known),
        "custom_fields": lambda: _custom(known.get("user_fields")),
    }
    return Values(names, name)


def _organization(state: State, owner: Doc) -> Values:
    known: Doc = state.store.get(organizations.KIND, owner.get("organization_id") or 0) or {}
    names: dict[str, Callable[[], Any]] = {
        **{key: _getter(known, key) for key in ("id", "name", "external_id", "details", "notes")},
        "tags": lambda: " ".join(known.get("tags") or []),
        "is_shared": lambda: bool(known.get("shared_tickets")),
        "custom_fields": lambda: _custom(known.get("organization_fields")),
    }
    return Values(names, str(known.get("name") or ""))


def _custom(values: Any) -> Values:
    known: Doc = values if isinstance(values, dict) else {}
    return Values({key: _getter(known, key) for key in known})


def _comment(state: State, comment: Doc) -> Values:
    author = users.get(state, comment["author_id"])
    names: dict[str, Callable[[], Any]] = {
        "id": _getter(comment, "id"),
        "value": _getter(comment, "body"),
        "value_rich": _getter(comment, "html_body"),
        "is_public": _getter(comment, "public"),
        "author": lambda: _person(state, author),
        **_dates("created_at", comment["created_at"]),
    }
    # Shown bare it is the dump of an object, as people report of the real one; a template has to name a part of it.
    return Values(names, f"#<Comment id: {comment['id']}>")


def _field(state: State, ticket: Doc, field_id: int, *, titled: bool) -> Any:
    value = ticket["fields"].get(str(field_id))
    field = state.store.get(fields.KIND, field_id)
    values = value if isinstance(value, list) else [value]
    if titled and field and field["type"] in fields.WITH_OPTIONS:
        options = (fields.find_option(field, value=item) for item in values)
        return ", ".join(option["name"] for option in options if option)
    return " ".join(str(item) for item in values if item is not None)
