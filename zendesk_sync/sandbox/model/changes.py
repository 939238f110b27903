"""Creating and updating tickets: what a write does, in the order in which Zendesk does it.

Source: Zendesk API reference, Ticketing > Tickets; Zendesk help, "About native ticket rules".
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from zendesk_sync.sandbox.clock import parse_iso
from zendesk_sync.sandbox.errors import Refused, closed_ticket, invalid_record, update_conflict
from zendesk_sync.sandbox.model import (
    attachments,
    comments,
    coupling,
    custom_statuses,
    fields,
    organizations,
    required,
    ticket_events,
    tickets,
    triggers,
    users,
)
from zendesk_sync.sandbox.model.editing import AUDIT, Editing, via
from zendesk_sync.sandbox.model.tags import words
from zendesk_sync.sandbox.model.values import integer_or_none, integers, text_or_none
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_COMMON = frozenset({
    "subject", "raw_subject", "type", "priority", "status", "external_id", "due_at", "assignee_id",
    "assignee_email", "group_id", "requester_id", "requester", "organization_id", "problem_id", "ticket_form_id",
    "brand_id", "recipient", "collaborator_ids", "follower_ids", "email_cc_ids", "tags", "custom_fields",
    "fields", "comment", "metadata", "custom_status_id",
})  # fmt: skip
CREATE_KEYS = _COMMON | {"description", "submitter_id", "via_followup_source_id", "is_public"}
UPDATE_KEYS = _COMMON | {"safe_update", "updated_stamp"}
BULK_KEYS = _COMMON | {"additional_tags", "remove_tags", "id", "safe_update", "updated_stamp"}
_COPIED = {
    **dict.fromkeys(("external_id", "due_at", "recipient"), text_or_none),
    **dict.fromkeys(("group_id", "problem_id", "ticket_form_id", "brand_id"), integer_or_none),
    **dict.fromkeys(("collaborator_ids", "follower_ids", "email_cc_ids"), integers),
}
_CHOICES = {"status": tickets.STATUSES, "priority": (None, *tickets.PRIORITIES), "type": (None, *tickets.TYPES)}
COMMENTS_PER_TICKET = 5_000


def create(
    state: State, given: Doc, *, actor: Doc, channel: str = "api", imported: str | None = None
) -> tuple[Doc, Doc]:
    """Create a ticket; return it with its audit. A comment, or a description in its place, is mandatory.

    A moment in `imported` dates all of it, and no trigger runs.
    """
    first = given.get("comment") or given.get("description")
    if comments.is_blank(first):
        raise invalid_record("base", "Description: cannot be blank", "BlankValue")
    book = fields.book(state)
    source = _followup_source(state, given)
    ticket = tickets.blank(state)
    ticket["via"] = _origin(source, channel)
    edit = Editing.of(state, ticket, actor=actor, channel=ticket["via"], book=book, new=True)
    _set_people_on_creation(edit, given)
    if source:
        coupling.add_tags(ticket, book, source["tags"])
        ticket["fields"] = {key: value for key, value in source["fields"].items() if int(key) in book.by_id}
    for kind, key in ((organizations.KIND, "organization_id"), (users.KIND, "requester_id")):
        owner = state.store.get(kind, ticket[key] or 0)
        coupling.add_tags(ticket, book, owner["tags"] if owner else [])
    coupling.add_tags(ticket, book, words(given.get("tags")))
    _set_attributes(edit, {name: value for name, value in given.items() if name != "tags"})
    _comment(edit, first, default_public=given.get("is_public", True))
    if edit.comment:
        ticket["public_by_default"] = edit.comment["public"]
        ticket["description"] = edit.comment["body"]
        ticket["subject"] = ticket["subject"] or edit.comment["body"][:80]
        ticket["raw_subject"] = ticket["raw_subject"] or ticket["subject"]
    audit = _finish(edit, given) if imported is None else _put_in(edit, imported)
    if source:
        source["followup_ids"] = [*source["followup_ids"], ticket["id"]]
        tickets.store(state, source)
    return ticket, audit


def _put_in(edit: Editing, moment: str) -> Doc:
    """Save what comes from elsewhere, dated `moment`: nobody is told, no trigger runs."""
    edit.record()
    if edit.comment:
        edit.comment["created_at"] = moment
    edit.ticket |= {"created_at": moment, "updated_at": moment}
    return edit.save(moment)


def update(
    state: State, ticket: Doc, given: Doc, *, actor: Doc, channel: str = "api", origin: Doc | None = None
) -> tuple[Doc, Doc | None]:
    """Apply one write to one ticket; return it with the audit, or with the last one when nothing changed.

    `origin` is the audit's `via` where it says more than a channel.
    """
    if ticket["status"] == "closed":
        raise closed_ticket()
    check_stamp(ticket, given)
    edit = _editing(state, ticket, actor, origin or via(channel))
    _apply(edit, given)
    return ticket, _finish(edit, given)


def _solve_incidents(edit: Editing) -> None:
    """Solve the incidents of a problem that was just solved, as far as they have or get an assignee."""
    sql = "SELECT id FROM ticket_row WHERE problem_id = ? AND deleted = 0 AND status NOT IN ('solved', 'closed')"
    ids = [number for (number,) in edit.state.store.select(sql, (edit.ticket["id"],))]
    origin = via("system", source={"ticket_id": edit.ticket["id"], "subject": edit.ticket["subject"]}, rel="problem")
    for incident in tickets.many(edit.state, ids):
        change = {"status": "solved", "assignee_id": incident["assignee_id"] or edit.ticket["assignee_id"]}
        # An incident that cannot be solved, for a field is missing, stays open; the problem is solved all the same.
        with suppress(Refused), edit.state.store.transaction():
            update(edit.state, incident, change, actor=edit.actor, origin=origin)


def update_in_bulk(state: State, ticket: Doc, given: Doc, *, actor: Doc) -> None:
    """Apply one item of a bulk update: tags may be added and removed, also on a closed ticket, which takes only that.

    `safe_update` is not looked at: whether a batch honours it is undocumented.
    """
    tags_only = not given.keys() - {"id", "additional_tags", "remove_tags"}
    if ticket["status"] == "closed" and not tags_only:
        raise closed_ticket()
    edit = _editing(state, ticket, actor, via("api"))
    _apply(edit, given)
    coupling.remove_tags(ticket, edit.book, words(given.get("remove_tags")))
    coupling.add_tags(ticket, edit.book, words(given.get("additional_tags")))
    _finish(edit, given)


def edit_tags(state: State, ticket: Doc, given: Doc, how: Any, *, actor: Doc) -> list[str]:
    """Add, replace or remove tags (`how` is the coupling function); return the ticket's tags."""
    if ticket["status"] == "closed":
        raise closed_ticket()
    check_stamp(ticket, given)
    edit = _editing(state, ticket, actor, via("api"))
    how(ticket, edit.book, words(given.get("tags")))
    _finish(edit, {})
    return list(ticket["tags"])


def by_rule(state: State, ticket: Doc, act: Callable[[Editing], None], *, actor: Doc, origin: Doc) -> None:
    """Let a rule that works by the hour change a ticket or tell people; nothing is left of one that does neither.

    Raises:
        Refused: 422 when the ticket cannot become what the rule makes of it.
    """
    edit = _editing(state, ticket, actor, origin)
    act(edit)
    _finish(edit, {})


def check_stamp(ticket: Doc, given: Doc) -> None:
    """Refuse an outdated write. The mere presence of `safe_update`, even false, turns the check on."""
    if "safe_update" not in given:
        return
    stamp = parse_iso(str(given.get("updated_stamp") or ""))
    if stamp is None or stamp != parse_iso(ticket["updated_at"]):
        raise update_conflict()


def _editing(state: State, ticket: Doc, actor: Doc, origin: Doc) -> Editing:
    return Editing.of(state, ticket, actor=actor, channel=origin, book=fields.book(state), new=False)


def _apply(edit: Editing, given: Doc) -> None:
    if "requester_id" in given or "requester" in given:
        _change_requester(edit, given)
    if "organization_id" in given:
        _change_organization(edit, _organization_id(given))
    _set_attributes(edit, given)
    if "comment" in given and not comments.is_blank(given["comment"]):
        _comment(edit, given["comment"], default_public=edit.ticket["public_by_default"])


def _finish(edit: Editing, given: Doc) -> Any:
    """Let the triggers run and save; a write that changed nothing leaves no trace and answers the last audit."""
    metadata = given.get("metadata")
    edit.metadata = metadata if isinstance(metadata, dict) else {}
    ticket, before = edit.ticket, edit.before
    if ticket["status"] == "solved" and not ticket["assignee_id"] and (before is None or before["status"] != "solved"):
        raise invalid_record("base", "Assignee: is required when solving a ticket", "BlankValue")
    if ticket["status"] == "solved" and before is not None and before["status"] not in {"solved", "closed"}:
        required.check(edit.state, ticket)
    if not edit.record() and edit.comment is None and not edit.events:
        return edit.state.store.last_child(AUDIT, ticket["id"])
    ticket["updated_at"] = edit.state.now()
    triggers.run(edit)
    audit = edit.save()
    ticket_events.tell(edit)
    if before is not None and ticket["type"] == "problem" and ticket["status"] == "solved" != before["status"]:
        _solve_incidents(edit)
    return audit


def _followup_source(state: State, given: Doc) -> Doc | None:
    if not given.get("via_followup_source_id"):
        return None
    source = tickets.find(state, given["via_followup_source_id"])
    if source is None or source["status"] != "closed":
        raise invalid_record("base", "Via followup source: must be a closed ticket", "InvalidValue")
    return source


def _origin(source: Doc | None, channel: str) -> Doc:
    if source is None:
        return via(channel)
    origin = {"ticket_id": source["id"], "subject": source["subject"], "channel": source["via"]["channel"]}
    return via(channel, source=origin, rel="follow_up")


def _person(state: State, given: Doc) -> Doc | None:
    """Return the requester that a write names, by id or by name and e-mail."""
    if given.get("requester_id") is not None:
        person = users.get(state, integer_or_none(given["requester_id"]))
        if person is None:
            raise invalid_record("requester", "Requester: is invalid", "InvalidValue")
        return person
    return users.find_or_create(state, given.get("requester"))


def _set_people_on_creation(edit: Editing, given: Doc) -> None:
    state, ticket = edit.state, edit.ticket
    requester = _person(state, given) or edit.actor
    submitter = users.get(state, given.get("submitter_id")) or edit.actor
    ticket |= {
        "requester_id": requester["id"],
        "submitter_id": submitter["id"],
        "organization_id": requester["organization_id"],
    }
    if given.get("organization_id") is not None:
        _change_organization(edit, _organization_id(given))


def _organization_id(given: Doc) -> int | None:
    """Return the organization that a write names; one that cannot be is 0, which nobody belongs to."""
    return None if given["organization_id"] is None else integer_or_none(given["organization_id"]) or 0


def _change_requester(edit: Editing, given: Doc) -> None:
    person = _person(edit.state, given)
    if person is None or person["id"] == edit.ticket["requester_id"]:
        return
    edit.ticket["requester_id"] = person["id"]
    edit.ticket["organization_id"] = person["organization_id"]


def _change_organization(edit: Editing, organization_id: int | None) -> None:
    if organization_id is not None and not organizations.belongs(
        edit.state, edit.ticket["requester_id"], organization_id
    ):
        raise invalid_record("organization", "Organization: is not one of the requester's", "InvalidValue")
    edit.ticket["organization_id"] = organization_id


def _set_attributes(edit: Editing, given: Doc) -> None:
    ticket = edit.ticket
    for name, read in _COPIED.items():
        if name in given:
            ticket[name] = read(given[name])
    if ticket["group_id"] is not None and edit.state.store.get("group", ticket["group_id"]) is None:
        raise invalid_record("group", "Group: is invalid", "InvalidValue")
    if "problem_id" in given and ticket["problem_id"] is not None:
        _mark_problem(edit)
    subject = text_or_none(given.get("raw_subject", given.get("subject")))
    if subject is not None:
        ticket["subject"] = ticket["raw_subject"] = subject
    _set_choices(edit, given)
    _set_assignee(edit, given)
    # The outcome of contradicting `tags` and `custom_fields` in one write is undefined; here the fields have the
    # last word, so that a client which sends whole tag lists loses tags visibly.
    if "tags" in given:
        coupling.replace_tags(ticket, edit.book, words(given["tags"]))
    for field_id, value in _field_values(given):
        if field_id in edit.book.by_id:
            coupling.set_field(ticket, edit.book, field_id, value)


def _mark_problem(edit: Editing) -> None:
    """Only a problem can have incidents; that it has is a system change of the problem."""
    problem = tickets.find(edit.state, edit.ticket["problem_id"])
    if problem is None or problem["type"] != "problem":
        raise invalid_record("problem", "Problem: is invalid", "InvalidValue")
    if not problem["has_incidents"]:
        tickets.store(edit.state, {**problem, "has_incidents": True})


def _set_choices(edit: Editing, given: Doc) -> None:
    wanted = integer_or_none(given.get("custom_status_id"))
    if wanted is not None:
        custom_statuses.choose(edit.state, edit.ticket, wanted)
        given = {name: value for name, value in given.items() if name != "status"}
    for name, allowed in _CHOICES.items():
        if name not in given:
            continue
        value = given[name] or None
        if value is None and name == "status":
            continue
        if value not in allowed:
            raise invalid_record(name, f"{name.capitalize()}: is not valid", "InvalidValue")
        if name == "priority" and value is None and edit.ticket["priority"] is not None:
            continue
        # No way back to New: the answer is not documented, so the value is dropped without a word, which is what a
        # client that believes a 200 handles worst.
        if name == "status" and value == "new" and edit.before is not None and edit.before["status"] != "new":
            continue
        edit.ticket[name] = value


def _set_assignee(edit: Editing, given: Doc) -> None:
    ticket = edit.ticket
    if given.get("assignee_email"):
        person = users.by_email(edit.state, str(given["assignee_email"]))
        given = {**given, "assignee_id": person["id"] if person else -1}
    if "assignee_id" in given:
        wanted = None if given["assignee_id"] is None else integer_or_none(given["assignee_id"]) or 0
        if wanted is not None and not users.can_be_assigned(users.get(edit.state, wanted)):
            raise invalid_record("assignee", "Assignee: is invalid", "InvalidValue")
        ticket["assignee_id"] = wanted
        if wanted is not None and ticket["group_id"] is None:
            ticket["group_id"] = edit.state.named_id("group")
    if ticket["assignee_id"] is not None and ticket["status"] == "new":
        ticket["status"] = "open"


def _field_values(given: Doc) -> list[tuple[int, Any]]:
    """Read `custom_fields` (or its alias `fields`): a list of `{"id", "value"}`, or an object by id."""
    raw = given.get("custom_fields", given.get("fields"))
    pairs: list[tuple[Any, Any]] = []
    if isinstance(raw, dict):
        pairs = list(raw.items())
    elif isinstance(raw, list):
        pairs = [(item["id"], item.get("value")) for item in raw if isinstance(item, dict) and "id" in item]
    read = ((integer_or_none(key), value) for key, value in pairs)
    return [(key, value) for key, value in read if key is not None]


def _comment(edit: Editing, given: Any, *, default_public: Any) -> None:
    ticket, state = edit.ticket, edit.state
    if ticket["comment_count"] >= COMMENTS_PER_TICKET:
        raise invalid_record("base", "Comments: limit of 5000 reached", "TooManyValues")
    details = given if isinstance(given, dict) else {}
    default_author = ticket["submitter_id"] if edit.before is None else edit.actor["id"]
    author = users.get(state, details.get("author_id")) or users.get(state, default_author) or edit.actor
    public = bool(details.get("public", default_public)) or not users.is_staff(edit.actor)
    if users.is_light(edit.actor):
        public = False  # a light agent's public comment becomes private, without an error
    edit.comment = comments.compose(
        state, given, ticket=ticket, actor=edit.actor, author=author, public=public, via=edit.via
    )
    edit.comment["attachments"] = attachments.take(state, details["uploads"]) if details.get("uploads") else []
    ticket["comment_count"] += 1
    ticket["is_public"] = public if edit.before is None else ticket["is_public"] or public
    reply = edit.before is not None and public and not users.is_staff(author)
    if reply and ticket["status"] == (edit.before or ticket)["status"] in {"pending", "hold", "solved"}:
        ticket["status"] = "open"
