"""Seeded tickets: any status and age, with their comments, and without running triggers."""

from datetime import timedelta
from typing import Any

from zendesk_sync.sandbox.clock import iso, parse_iso
from zendesk_sync.sandbox.model import comments, coupling, fields, organizations, tickets, users
from zendesk_sync.sandbox.model.editing import Editing, via
from zendesk_sync.sandbox.model.tags import words
from zendesk_sync.sandbox.seed_shapes import COMMENT, TICKET, SeedError, require
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_CHOICES = {
    "status": tickets.STATUSES,
    "priority": tickets.PRIORITIES,
    "type": tickets.TYPES,
    "via": ("web", "email", "api"),
}


def load_ticket(state: State, entry: Doc, place: str) -> None:
    """Create one ticket as the entry describes it."""
    require(entry, place, TICKET, "subject", "description", "requester")
    for name, allowed in _CHOICES.items():
        if name in entry and entry[name] not in allowed:
            raise SeedError(f"{place}: {name} {entry[name]!r} is none of {', '.join(allowed)}")
    requester = _person(state, entry["requester"], place)
    created_ago: float = entry.get("created_ago", 0)
    created = _moment(state, created_ago)
    book = fields.book(state)
    ticket = tickets.blank(state)
    ticket |= {
        "subject": entry["subject"], "raw_subject": entry["subject"], "via": via(entry.get("via", "web")),
        "requester_id": requester["id"], "submitter_id": requester["id"],
        "organization_id": _organization(state, entry, requester, place), "status": entry.get("status", "new"),
        "priority": entry.get("priority"), "type": entry.get("type"), "external_id": entry.get("external_id"),
    }  # fmt: skip
    if "assignee" in entry:
        ticket |= {
            "assignee_id": _person(state, entry["assignee"], place)["id"],
            "group_id": state.named_id("group"),
        }
    organization = state.store.get("organization", ticket["organization_id"] or 0)
    coupling.add_tags(ticket, book, organization["tags"] if organization else [])
    coupling.add_tags(ticket, book, words(entry.get("tags")))
    for title, value in entry.get("fields", {}).items():
        _set_field(ticket, book, title, value, place)
    first = {"author": entry["requester"], "body": entry["description"], "ago": created_ago}
    edit = Editing.of(state, ticket, actor=requester, channel=ticket["via"], book=book, new=True)
    edit.record()
    _save(edit, first, place, created)
    ticket["description"] = (edit.comment or {"body": ""})["body"]
    for number, comment in enumerate(entry.get("comments", []), start=1):
        where = f"{place}, comment {number}"
        require(comment, where, COMMENT, "author", "body")
        author = _person(state, comment["author"], where)
        later = Editing.of(state, ticket, actor=author, channel=via("web"), book=book, new=False)
        _save(later, comment, where, _moment(state, comment.get("ago", 0)))
    updated = _moment(state, entry.get("updated_ago", created_ago))
    latest = max(updated, created, *(c["created_at"] for c in state.store.children(comments.KIND, ticket["id"])))
    ticket |= {"created_at": created, "updated_at": latest}
    generated = parse_iso(latest)
    tickets.store(state, ticket, int(generated.timestamp()) if generated else None)


def _save(edit: Editing, given: Doc, place: str, moment: str) -> None:
    """Save one comment with its audit, dated `moment`."""
    state, ticket = edit.state, edit.ticket
    author = _person(state, given["author"], place)
    public = bool(given.get("public", True)) or not users.is_staff(author)
    edit.comment = comments.compose(
        state, given["body"], ticket=ticket, actor=author, author=author, public=public, via=edit.via
    )
    edit.comment["created_at"] = moment
    ticket["comment_count"] += 1
    edit.save(moment)


def _organization(state: State, entry: Doc, requester: Doc, place: str) -> int | None:
    """The named organization's id, else the requester's own: agents set it when they write for a customer."""
    if "organization" not in entry:
        own: int | None = requester["organization_id"]
        return own
    known = {name.lower(): key for key, name in state.store.index(organizations.KIND, "name")}
    wanted = entry["organization"].lower()
    if wanted not in known:
        raise SeedError(f"{place}: there is no organization {entry['organization']!r}")
    found: int = known[wanted]
    return found


def _person(state: State, email: str, place: str) -> Doc:
    person = users.by_email(state, email)
    if person is None:
        raise SeedError(f"{place}: there is no user {email!r}")
    return person


def _moment(state: State, ago: float) -> str:
    return iso(state.clock.now() - timedelta(seconds=ago))


def _set_field(ticket: Doc, book: fields.FieldBook, title: str, value: Any, place: str) -> None:
    field = next((field for field in book.by_id.values() if field["title"] == title), None)
    if field is None:
        raise SeedError(f"{place}: there is no ticket field {title!r}")
    names = {option["name"].lower(): option["value"] for option in field.get("custom_field_options") or []}
    given = value if isinstance(value, list) else [value]
    chosen = [names.get(str(item).lower(), item) for item in given] if names else given
    unknown = [item for item in chosen if names and str(item).lower() not in names.values()]
    misfit = field["type"] == "checkbox" and not isinstance(value, bool)
    accepted = coupling.set_field(ticket, book, field["id"], chosen if isinstance(value, list) else chosen[0])
    if unknown or misfit or not accepted:
        raise SeedError(f"{place}: field {title!r} cannot be {value!r}")
