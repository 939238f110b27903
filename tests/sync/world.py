"""A small account for pure tests: field ids as an account would have them, and tickets as Zendesk would give them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from tests.policy.facts import HANDBOOK
from zendesk_sync.account_settings import Account
from zendesk_sync.customers.answer import Customer
from zendesk_sync.customers.lookup import Known, lookup
from zendesk_sync.sync.assemble import Assembled, assemble, who_of
from zendesk_sync.zendesk.configuration import FieldOption, TicketField
from zendesk_sync.zendesk.fields import FieldMap, OurField, specs, tag
from zendesk_sync.zendesk.records import Audit, Organization, Ticket, User

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
PREFIX = "zs_"
OUR_IDS = {spec.name: 100 + number for number, spec in enumerate(specs(HANDBOOK))}
VERSION_ID, LOGS_ID, WISH_ID, LEVEL_ID = 301, 302, 303, 304
ACCOUNT = Account.model_validate(
    {
        "url": "https://acme.zendesk.com",
        "people": {"our_domains": ["ours.example"], "ce_domains": ["ce.example"]},
        "inputs": {"answers": {"version": "Version", "logs": "Logs"}, "wish_field": "How urgent is it?"},
    }
)
REQUESTER, AGENT, CE, COLLEAGUE = 11, 12, 13, 14
USERS = {
    REQUESTER: User(id=REQUESTER, email="r@customer.example", role="end-user", organization_id=21),
    AGENT: User(id=AGENT, email="a@ours.example", role="agent"),
    CE: User(id=CE, email="c@ce.example", role="agent"),
    COLLEAGUE: User(id=COLLEAGUE, email="x@ours.example", role="end-user"),
}


def field(id_: int, title: str, type_: str, options: Mapping[str, str] | None = None, **more: Any) -> TicketField:
    made = tuple(FieldOption(name=name, value=value) for value, name in (options or {}).items())
    return TicketField(id=id_, title=title, type=type_, custom_field_options=made, **more)


def account_fields() -> list[TicketField]:
    """Everything that the account of these tests has."""
    ours = [
        field(
            OUR_IDS[spec.name],
            spec.title,
            spec.type,
            {tag(PREFIX, spec.name, word): title for word, title in spec.options},
        )
        for spec in specs(HANDBOOK)
    ]
    native = tuple(FieldOption(name=name.title(), value=name) for name in ("low", "normal", "high", "urgent"))
    return [
        *ours,
        TicketField(id=1, title="Priority", type="priority", system_field_options=native, editable_in_portal=True),
        field(VERSION_ID, "Version", "text"),
        field(LOGS_ID, "Logs", "checkbox"),
        field(WISH_ID, "How urgent is it?", "text"),
        field(LEVEL_ID, "Level", "tagger", {"lvl_0": "p0", "lvl_1": "p1", "lvl_2": "p2", "lvl_3": "p3"}),
    ]


def field_map(official: str = "priority") -> FieldMap:
    return FieldMap.resolve(
        account_fields(),
        HANDBOOK,
        prefix=PREFIX,
        official=official,
        answers=ACCOUNT.inputs.answers,
        wish_field=ACCOUNT.inputs.wish_field,
    )


FIELDS = field_map()


def organization(plan: str | None = "enterprise", **more: Any) -> Organization:
    values = {} if plan is None else {"zs_plan": f"org_zs_plan_{plan}"}
    return Organization(id=21, name="Customer", organization_fields={**values, **more})


def ticket(
    *, ours: Mapping[OurField, Any] | None = None, values: Mapping[int, Any] | None = None, **known: Any
) -> Ticket:
    """A ticket as the API gives it. ``ours`` are our fields in our words, ``values`` other fields by id."""
    custom = [{"id": OUR_IDS[name], "value": _wire(name, value)} for name, value in (ours or {}).items()]
    custom += [{"id": id_, "value": value} for id_, value in (values or {}).items()]
    raw = {
        "id": 5,
        "created_at": "2026-03-02T09:00:00Z",
        "updated_at": "2026-03-02T09:00:00Z",
        "subject": "Search is slow",
        "description": "It is slow.",
        "status": "open",
        "requester_id": REQUESTER,
        "submitter_id": REQUESTER,
        "organization_id": 21,
        "via": {"channel": "email"},
        "custom_fields": custom,
        **known,
    }
    return msgspec.convert(raw, Ticket)


def audit(author: int, *events: Mapping[str, Any], id_: int = 1) -> Audit:
    raw = {"id": id_, "created_at": "2026-03-02T09:00:00Z", "author_id": author, "events": list(events)}
    return msgspec.convert(raw, Audit)


def assembled(one: Ticket, *, org: Organization | None = None, audits: list[Audit] | None = None) -> Assembled:
    organizations = {21: None} if org is None else {21: None, org.id: org}
    customer = lookup(who_of(one, USERS), Known(organizations), ACCOUNT, HANDBOOK, AT)
    assert isinstance(customer, Customer)
    return assemble(one, USERS, customer, audits, fields=FIELDS, account=ACCOUNT)


def _wire(name: OurField, value: Any) -> Any:
    if isinstance(value, list):
        return [tag(PREFIX, name, word) for word in value]
    return value if name is OurField.MEMORY or value is None else tag(PREFIX, name, value)
