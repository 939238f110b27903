"""What an account's triggers may say: every condition and action with its operators and values.

The one source for the definitions endpoint and for what a written trigger is refused for.
Source: Zendesk reference guides, Conditions reference and Actions reference; a recorded `/triggers/definitions`.
"""

from dataclasses import dataclass

from zendesk_sync.sandbox.model import conditions, deliveries, fields, organization_fields, tickets, users
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

Choice = tuple[str, str]
"""(value, title)"""
NULL = "__NULL__"
_CHANGES = ("is", "is_not", "changed", "value", "value_previous", "not_changed", "not_value", "not_value_previous")
_ORDERED = (*_CHANGES, "less_than", "greater_than")
_PRESENCE = ("present", "not_present")
_TEXT = ("is", "is_not", "includes_words", "not_includes_words", "includes_string", "not_includes_string", *_PRESENCE)
_NUMBER = ("is", "less_than", "less_than_equal", "greater_than", "greater_than_equal", *_PRESENCE)
_DATE = (*_NUMBER, "within_previous_n_days", "within_next_n_days")
_EITHER = ("is", "is_not")
_IN_TEXT = ("includes", "not_includes", "is", "is_not")
_CHANNELS = (
    ("0", "Web form"), ("4", "Email"), ("5", "Web service (API)"), ("8", "Rule"), ("27", "Closed ticket"),
    ("29", "Chat"), ("48", "Web widget"), ("50", "Help center"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One condition or action. `closed` values are the only ones; others are offered, and more may be said."""

    subject: str
    title: str
    kind: str
    operators: tuple[str, ...] = ()
    values: tuple[Choice, ...] = ()
    closed: bool = False
    repeatable: bool = False

    @property
    def nullable(self) -> bool:
        return any(value == NULL for value, _ in self.values)

    def takes(self, value: object) -> bool:
        """Whether this value may be said; empty text stands for the empty value."""
        if not self.closed:
            return True
        text = "" if value is None else str(value)
        return text in {known for known, _ in self.values} or (text == "" and self.nullable)


def conditions_of(state: State) -> dict[str, Entry]:
    """Return what triggers may ask, by field name."""
    entries = [*_named(state), *_ticket_fields(state), *_owned(state)]
    return {entry.subject: entry for entry in entries}


def actions_of(state: State) -> dict[str, Entry]:
    """Return what triggers may do, by field name."""
    staff, groups = _staff(state), _groups(state)
    webhooks = tuple(
        (webhook["id"], webhook["name"])
        for webhook in state.store.all(deliveries.WEBHOOK)
        if deliveries.TRIGGER_EVENTS in webhook["subscriptions"]
    )
    people: tuple[Choice, ...] = (("current_user", "(current user)"), ("requester_id", "(requester)"), *staff)
    told: tuple[Choice, ...] = (
        ("requester_id", "(requester)"), ("requester_and_ccs", "(requester and CCs)"), ("assignee_id", "(assignee)"),
        ("current_user", "(current user)"), ("all_agents", "(all agents)"), *staff,
    )  # fmt: skip
    entries = [
        Entry("status", "Status", "list", values=choices(tickets.STATUSES[1:]), closed=True),
        Entry("priority", "Priority", "list", values=choices(tickets.PRIORITIES), closed=True),
        Entry("type", "Type", "list", values=(_nothing(), *choices(tickets.TYPES)), closed=True),
        Entry("group_id", "Group", "list", values=(_nothing(), *groups), closed=True),
        Entry("assignee_id", "Assignee", "list", values=(_nothing(), *people), closed=True),
        Entry("brand_id", "Brand", "list", values=_brands(state)),
        Entry("ticket_form_id", "Form", "list", values=_forms(state)),
        Entry("subject", "Subject", "text"),
        Entry("set_tags", "Set tags", "tags"),
        Entry("current_tags", "Add tags", "tags"),
        Entry("remove_tags", "Remove tags", "tags"),
        Entry("notification_user", "Email user", "email", values=told, repeatable=True),
        Entry("notification_group", "Email group", "email", values=groups, repeatable=True),
        Entry("notification_webhook", "Notify active webhook", "webhook", values=webhooks, repeatable=True),
        Entry("cc", "Add CC", "list", values=people, repeatable=True),
        Entry("follower", "Add follower", "list", values=people, repeatable=True),
        *(
            Entry(f"{conditions.CUSTOM}{field['id']}", field["title"], _kind(field), values=_values(field))
            for field in fields.book(state).by_id.values()
        ),
    ]
    return {entry.subject: entry for entry in entries}


def choices(names: tuple[str, ...]) -> tuple[Choice, ...]:
    return tuple((name, "On-hold" if name == "hold" else name.replace("_", " ").capitalize()) for name in names)


def _nothing() -> Choice:
    return (NULL, "-")


def _staff(state: State) -> tuple[Choice, ...]:
    rows = state.store.index(users.KIND, "name", "role")
    return tuple((str(key), name) for key, name, role in rows if role in {"agent", "admin"})


def _groups(state: State) -> tuple[Choice, ...]:
    return tuple((str(key), name) for key, name in state.store.index("group", "name"))


def _forms(state: State) -> tuple[Choice, ...]:
    return tuple((str(key), name) for key, name in state.store.index("ticket_form", "name"))


def _brands(state: State) -> tuple[Choice, ...]:
    return ((str(state.named_id("brand")), "Local Zendesk"),)


def _named(state: State) -> list[Entry]:
    staff = (("current_user", "(current user)"), *_staff(state))
    parts = (("requester_id", "(requester)"), *staff)
    organizations = tuple((str(key), name) for key, name in state.store.index("organization", "name"))
    said = choices(("true", "false", "not_relevant", "requester_can_see_comment"))
    return [
        Entry("status", "Status", "list", _ORDERED, choices(tickets.STATUSES), closed=True),
        Entry("priority", "Priority", "list", _ORDERED, (_nothing(), *choices(tickets.PRIORITIES)), closed=True),
        Entry("type", "Type", "list", _CHANGES, (_nothing(), *choices(tickets.TYPES)), closed=True),
        Entry("group_id", "Group", "list", _CHANGES, (_nothing(), *_groups(state))),
        Entry("assignee_id", "Assignee", "list", _CHANGES, (_nothing(), *parts)),
        Entry("requester_id", "Requester", "list", _CHANGES, (("assignee_id", "(assignee)"), *staff)),
        Entry("organization_id", "Organization", "list", _CHANGES, (_nothing(), *organizations)),
        Entry("brand_id", "Brand", "list", _CHANGES, _brands(state)),
        Entry("ticket_form_id", "Form", "list", _CHANGES, _forms(state)),
        Entry("custom_status_id", "Ticket status", "list", _CHANGES, _custom_statuses(state)),
        Entry("due_date", "Due date", "date", _DATE),
        Entry("update_type", "Ticket", "list", ("is",), (("Create", "Created"), ("Change", "Updated")), closed=True),
        Entry("current_tags", "Tags", "tags", ("includes", "not_includes"), repeatable=True),
        Entry("comment_is_public", "Comment", "list", ("is",), said, closed=True),
        Entry("comment_includes_word", "Comment text", "text", _IN_TEXT, repeatable=True),
        Entry("subject_includes_word", "Subject text", "text", _IN_TEXT, repeatable=True),
        Entry("description_includes_word", "Description text", "text", _IN_TEXT, repeatable=True),
        Entry("ticket_is_public", "Privacy", "list", _EITHER, choices(("public", "private")), closed=True),
        Entry("via_id", "Channel", "list", _EITHER, _CHANNELS),
        Entry("current_via_id", "Update via", "list", _EITHER, _CHANNELS),
        Entry("recipient", "Received at", "text", _EITHER),
        # Called "Current user" in the rule editor; `end_user` and `agent` stand in published rules, the ids of
        # people are remembered and not confirmed by a recording.
        Entry("role", "Current user", "list", _EITHER, (("agent", "(agent)"), ("end_user", "(end user)"), *staff)),
    ]


def _custom_statuses(state: State) -> tuple[Choice, ...]:
    return tuple((str(key), str(label)) for key, label in state.store.index("custom_status", "agent_label"))


def _ticket_fields(state: State) -> list[Entry]:
    return [
        Entry(f"{conditions.CUSTOM}{field['id']}", field["title"], _kind(field), _operators(field), _values(field))
        for field in fields.book(state).by_id.values()
    ]


def _kind(field: Doc) -> str:
    known = {"text": "text", "textarea": "text", "regexp": "text", "date": "date", "integer": "text", "decimal": "text"}
    return known.get(field["type"], "list")


def _operators(field: Doc) -> tuple[str, ...]:
    kind = field["type"]
    if kind == "multiselect":
        return ("includes", "not_includes", *_PRESENCE)
    if kind in {"tagger", "checkbox"}:
        return (*_CHANGES, *_PRESENCE)
    changes = ("changed", "not_changed")
    known = {"date": _DATE, "integer": _NUMBER, "decimal": _NUMBER}.get(kind, _TEXT)
    return (*known, *changes)


def _values(field: Doc) -> tuple[Choice, ...]:
    if field["type"] == "checkbox":
        return (("true", "Yes"), ("false", "No"))
    return tuple((option["value"], option["name"]) for option in field.get("custom_field_options") or [])


def _owned(state: State) -> list[Entry]:
    """Return the fields of organizations and users; the values of a drop-down are its options' numeric ids."""
    found: list[Entry] = []
    kinds = ((conditions.ORGANIZATION, organization_fields.KIND), (conditions.REQUESTER, organization_fields.USER_KIND))
    for prefix, kind in kinds:
        for field in state.store.all(kind):
            options = tuple((str(o["id"]), o["name"]) for o in field.get("custom_field_options") or [])
            operators = {
                "dropdown": (*_EITHER, *_PRESENCE), "multiselect": ("includes", "not_includes", *_PRESENCE),
                "checkbox": ("is",), "date": _DATE, "integer": _NUMBER, "decimal": _NUMBER,
            }.get(field["type"], _TEXT)  # fmt: skip
            if field["type"] == "checkbox":
                options = (("true", "Yes"), ("false", "No"))
            subject = f"{prefix}{field['key']}"
            found.append(Entry(subject, field["title"], "list" if options else "text", operators, options))
    return found
