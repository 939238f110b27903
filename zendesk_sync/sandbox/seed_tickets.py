"""Seeded tickets: any status and age, with their history, and without running triggers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
_CHANGES = ("status", "priority", "type", "assignee", "tags", "fields")


@dataclass(slots=True)
class Loading:
    """One run over the tickets of a seed: ages count from `now`; `numbers` leads from external ids to tickets."""

    state: State
    now: datetime
    numbers: dict[str, int] = field(default_factory=dict)

    def moment(self, ago: float) -> str:
        return iso(self.now - timedelta(seconds=ago))

    def person(self, email: str, place: str) -> Doc:
        known = self.state.store.derived(users.KIND, "emails", lambda found: {user["email"]: user for user in found})
        return _one(known, email.strip().lower(), place, f"user {email!r}")

    def organization(self, name: str, place: str) -> Doc:
        known = self.state.store.derived(organizations.KIND, "names", _by_name)
        return _one(known, name.lower(), place, f"organization {name!r}")


def _by_name(found: list[Doc]) -> dict[Any, Doc]:
    return {one["name"].lower(): one for one in found}


def _one(known: dict[Any, Doc], key: str, place: str, what: str) -> Doc:
    if key not in known:
        raise SeedError(f"{place}: there is no {what}")
    return known[key]


def load_tickets(state: State, entries: Iterable[Doc], guard: Callable[[str], Any]) -> int:
    """Create the tickets in their order; `guard` wraps each with the place that a refusal names. Return how many."""
    loading = Loading(state, state.clock.now())
    number = 0
    for number, entry in enumerate(entries, start=1):
        place = f"tickets {number}"
        with guard(place):
            _load(loading, entry, place)
    return number


def _load(loading: Loading, entry: Doc, place: str) -> None:
    state = loading.state
    require(entry, place, TICKET, "subject", "description", "requester")
    _check_choices(entry, place)
    requester = loading.person(entry["requester"], place)
    created = loading.moment(entry.get("created_ago", 0))
    book = fields.book(state)
    ticket = tickets.blank(state)
    channel, source = _origin(loading, entry, ticket["id"], place)
    organization = loading.organization(entry["organization"], place) if "organization" in entry else None
    if organization is None and requester["organization_id"]:
        organization = state.store.derived(organizations.KIND, "ids", _by_id)[requester["organization_id"]]
    ticket |= {
        "subject": entry["subject"], "raw_subject": entry["subject"], "via": channel, "created_at": created,
        "requester_id": requester["id"], "submitter_id": requester["id"], "external_id": entry.get("external_id"),
        "organization_id": organization["id"] if organization else None,
    }  # fmt: skip
    if source:
        coupling.add_tags(ticket, book, source["tags"])
        ticket["fields"] = {key: value for key, value in source["fields"].items() if int(key) in book.by_id}
    coupling.add_tags(ticket, book, organization["tags"] if organization else [])
    _change(loading, ticket, book, entry, place)
    first = {"author": entry["requester"], "body": entry["description"]}
    edit = Editing.of(state, ticket, actor=requester, channel=channel, book=book, new=True)
    _save(loading, edit, first, place, created)
    ticket["description"] = (edit.comment or {"body": ""})["body"]
    latest = created
    for number, comment in enumerate(entry.get("comments", []), start=1):
        latest = max(latest, _update(loading, ticket, book, comment, f"{place}, comment {number}"))
    _finish(loading, ticket, entry, latest)


def _check_choices(entry: Doc, place: str) -> None:
    for name, allowed in _CHOICES.items():
        if name in entry and entry[name] not in allowed:
            raise SeedError(f"{place}: {name} {entry[name]!r} is none of {', '.join(allowed)}")


def _by_id(found: list[Doc]) -> dict[int, Doc]:
    return {one["id"]: one for one in found}


def _origin(loading: Loading, entry: Doc, number: int, place: str) -> tuple[Doc, Doc | None]:
    """Return how the ticket came, and the closed ticket that it follows up."""
    channel = entry.get("via", "web")
    if "follow_up_of" not in entry:
        return via(channel), None
    state, wanted = loading.state, entry["follow_up_of"]
    source = tickets.find(state, loading.numbers.get(wanted))
    if source is None or source["status"] != "closed":
        raise SeedError(f"{place}: follow_up_of {wanted!r} is no external_id of a closed ticket above")
    source["followup_ids"] = [*source["followup_ids"], number]
    tickets.store(state, source, source["generated_timestamp"])
    origin = {"ticket_id": source["id"], "subject": source["subject"], "channel": source["via"]["channel"]}
    return via(channel, source=origin, rel="follow_up"), source


def _update(loading: Loading, ticket: Doc, book: fields.FieldBook, comment: Doc, place: str) -> str:
    """Apply one comment, or one change without a word, with its audit; return its moment."""
    changes = any(name in comment for name in _CHANGES)
    require(comment, place, COMMENT, "author", *(() if changes else ("body",)))
    _check_choices(comment, place)
    author = loading.person(comment["author"], place)
    edit = Editing.of(loading.state, ticket, actor=author, channel=via("web"), book=book, new=False)
    _change(loading, ticket, book, comment, place)
    moment = loading.moment(comment.get("ago", 0))
    _save(loading, edit, comment, place, moment)
    return moment


def _change(loading: Loading, ticket: Doc, book: fields.FieldBook, given: Doc, place: str) -> None:
    """Set what an entry says about the ticket."""
    ticket |= {name: given[name] for name in ("status", "priority", "type") if name in given}
    if "assignee" in given:
        ticket["assignee_id"] = loading.person(given["assignee"], place)["id"]
        ticket["group_id"] = loading.state.named_id("group")
    coupling.add_tags(ticket, book, words(given.get("tags")))
    for title, value in given.get("fields", {}).items():
        _set_field(ticket, book, title, value, place)


def _save(loading: Loading, edit: Editing, given: Doc, place: str, moment: str) -> None:
    """Save one update with its audit, dated `moment`."""
    state, ticket = edit.state, edit.ticket
    edit.record()
    if given.get("body"):
        author = loading.person(given["author"], place)
        public = bool(given.get("public", True)) or not users.is_staff(author)
        edit.comment = comments.compose(
            state, given["body"], ticket=ticket, actor=author, author=author, public=public, via=edit.via
        )
        edit.comment["created_at"] = moment
        ticket["comment_count"] += 1
        ticket["is_public"] = public if edit.before is None else ticket["is_public"] or public
    edit.save(moment)


def _finish(loading: Loading, ticket: Doc, entry: Doc, latest: str) -> None:
    updated = max(latest, loading.moment(entry["updated_ago"])) if "updated_ago" in entry else latest
    forgotten = iso(loading.now - timedelta(seconds=loading.state.pace.archive_after))
    ticket |= {
        "updated_at": updated,
        "deleted": entry.get("deleted", False),
        "archived": ticket["status"] == "closed" and updated <= forgotten,
    }
    generated = parse_iso(updated)
    tickets.store(loading.state, ticket, int(generated.timestamp()) if generated else None)
    if entry.get("external_id"):
        loading.numbers[entry["external_id"]] = ticket["id"]


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
