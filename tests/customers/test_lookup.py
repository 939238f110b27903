"""Who the customer is: which source is asked of whom, and what a plan's word means."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.facts import HANDBOOK
from zendesk_sync.account_settings import Account
from zendesk_sync.customers.answer import Customer
from zendesk_sync.customers.lookup import Known, NeedsOrganization, Who, lookup
from zendesk_sync.customers.mail_domains import identifies
from zendesk_sync.customers.table import parse
from zendesk_sync.policy.terms import CustomerType, Deployment
from zendesk_sync.zendesk.records import Organization, User

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def account(**customers: Any) -> Account:
    return Account.model_validate(
        {"url": "https://a.example", "customers": customers, "people": {"our_domains": ["ours.example"]}}
    )


def organization(id_: int = 1, plan: str | None = None, **more: Any) -> Organization:
    fields = {} if plan is None else {"zs_plan": f"org_zs_plan_{plan}"}
    return Organization(id=id_, organization_fields={**fields, **more.pop("fields", {})}, **more)


def user(email: str = "r@customer.example", **more: Any) -> User:
    return User(id=11, email=email, **{"role": "end-user", **more})


def found(
    ticket_of: Organization | None = None,
    requester: User | None = None,
    *others: Organization,
    of: Account | None = None,
    table: str | None = None,
) -> Customer:
    known = {one.id: one for one in ([ticket_of] if ticket_of else []) + list(others)}
    rows = None if table is None else parse(table.encode(), "c.csv", {}, [])
    who = Who(ticket_of.id if ticket_of else None, requester)
    customer = lookup(who, Known(known, rows), of or account(), HANDBOOK, AT)
    assert isinstance(customer, Customer)
    return customer


TABLED = account(table={"file": "c.csv"})
TAGGED = account(
    organization_tags={"vip": "enterprise", "gone": "expired", "trialing": "presales", "odd": "platinum"},
    user_tags={"sponsor": "team"},
)


def test_the_ticket_organization_answers_before_the_requesters() -> None:
    one = found(organization(1, "team"), user(organization_id=2), organization(2, "enterprise"))
    assert (one.type, one.source) == (CustomerType.TEAM, "organization 1, field zs_plan")


def test_the_requesters_organization_answers_where_the_tickets_says_nothing() -> None:
    one = found(organization(1), user(organization_id=2), organization(2, "enterprise"))
    assert (one.type, one.source) == (CustomerType.ENTERPRISE, "organization 2, field zs_plan")


def test_the_mail_domain_comes_last_and_names_the_tables_line() -> None:
    table = "domain,plan\ncustomer.example,Team\n"
    one = found(organization(1), user(), of=TABLED, table=table)
    assert (one.type, one.source) == (CustomerType.TEAM, "the requester's mail domain, table line 2")
    assert found(organization(1, "enterprise"), user(), of=TABLED, table=table).type is CustomerType.ENTERPRISE


@pytest.mark.parametrize("domain", ["gmail.com", "GMX.de", "icloud.com", "hey.com", "customer", "", "a@b"])
def test_what_anybody_can_have_identifies_nobody(domain: str) -> None:
    assert not identifies(domain, [])


def test_further_public_domains_come_from_the_configuration() -> None:
    assert identifies("provider.example", [])
    assert not identifies("provider.example", ["Provider.example"])


@given(st.text(string.ascii_lowercase, min_size=1, max_size=9))
def test_a_plan_that_nobody_mapped_is_unknown_and_named_whatever_stands_behind_it(word: str) -> None:
    """No later source is asked to guess in its place."""
    plan = f"zz{word}"
    one = found(organization(1, plan, tags=("vip",)), user(), of=TAGGED)
    assert (one.type, one.unmapped) == (CustomerType.UNKNOWN, plan)
    assert "does not map" in one.source


def test_without_a_requesters_organization_at_hand_the_lookup_says_what_it_needs() -> None:
    asked = lookup(Who(None, user(organization_id=9)), Known({}), account(), HANDBOOK, AT)
    assert asked == NeedsOrganization(9)


def test_an_organization_that_zendesk_does_not_have_is_passed_over() -> None:
    one = lookup(Who(None, user(organization_id=9)), Known({9: None}), account(), HANDBOOK, AT)
    assert isinstance(one, Customer)
    assert one.type is CustomerType.UNKNOWN


def test_an_organization_with_one_of_our_domains_is_internal() -> None:
    assert found(organization(1, "team", domain_names=("ours.example",))).type is CustomerType.INTERNAL


@pytest.mark.parametrize(
    ("tags", "kind", "ended"),
    [
        (("vip", "other"), CustomerType.ENTERPRISE, False),
        (("VIP",), CustomerType.ENTERPRISE, False),
        (("vip", "gone"), CustomerType.ENTERPRISE, True),
        (("vip", "trialing"), CustomerType.PRESALES, False),
        (("odd",), CustomerType.UNKNOWN, False),
        (("vip", "odd"), CustomerType.UNKNOWN, False),
    ],
)
def test_organization_tags_are_mapped(tags: tuple[str, ...], kind: CustomerType, ended: bool) -> None:
    one = found(organization(1, tags=tags), of=TAGGED)
    assert (one.type, one.plan_expired) == (kind, ended)
    assert one.source.startswith("organization 1, organization_tags: ")


def test_user_tags_are_the_requesters() -> None:
    one = found(organization(1, tags=("sponsor",)), user(tags=("sponsor",)), of=TAGGED)
    assert (one.type, one.source) == (CustomerType.TEAM, "requester, user_tags: sponsor")
    assert found(organization(1, tags=("sponsor",)), user(), of=TAGGED).type is CustomerType.UNKNOWN


def test_staff_are_no_customers_by_mail_domain_or_tag() -> None:
    table = "domain,plan\ncustomer.example,Team\nours.example,Team\n"
    assert found(None, user(role="agent"), of=TABLED, table=table).type is CustomerType.UNKNOWN
    assert found(None, user("c@ours.example"), of=TABLED, table=table).type is CustomerType.UNKNOWN


@pytest.mark.parametrize(
    ("cells", "kind", "expired", "paying"),
    [
        ("Team,,trial,", CustomerType.PRESALES, False, None),
        ("Enterprise,,Sales Qualified Lead,", CustomerType.PRESALES, False, None),
        ("Team,,churned,", CustomerType.TEAM, True, None),
        ("Team,,customer,2026-03-01", CustomerType.TEAM, True, None),
        ("Team,,customer,2026-03-02", CustomerType.TEAM, False, None),
        ("Team,no,,", CustomerType.TEAM, False, False),
        (",yes,,", CustomerType.UNKNOWN, False, True),
        ("Team,,nonsense,", CustomerType.UNKNOWN, False, None),
    ],
)
def test_plan_lifecycle_and_end_together(cells: str, kind: CustomerType, expired: bool, paying: bool | None) -> None:
    """A trial of a paid plan is presales; an expired one counts through its last day."""
    table = f"organization_id,plan,paying,lifecycle,plan_ends\n1,{cells}\n"
    one = found(organization(1), of=TABLED, table=table)
    assert (one.type, one.plan_expired, one.paying) == (kind, expired, paying)


def test_a_row_without_plan_paying_or_lifecycle_answers_nothing() -> None:
    table = "organization_id,domain,plan,deployment\n1,,,cloud\n,customer.example,Team,cloud\n"
    one = found(organization(1), user(), of=TABLED, table=table)
    assert (one.type, one.deployment) == (CustomerType.TEAM, Deployment.CLOUD)


def test_domains_that_say_different_things_make_the_customer_unknown() -> None:
    table = "domain,plan\na.example,Team\nb.example,Enterprise\n"
    one = found(organization(1, domain_names=("a.example", "b.example")), of=TABLED, table=table)
    assert one.type is CustomerType.UNKNOWN
    assert "lines 2, 3 say different things" in one.source


def test_the_order_of_the_sources_is_configured() -> None:
    table = "organization_id,plan\n1,Enterprise\n"
    both = {"table": {"file": "c.csv"}}
    one = organization(1, "team")
    assert found(one, of=account(**both), table=table).type is CustomerType.TEAM
    first = account(**both, sources=["table", "organization_field"])
    assert found(one, of=first, table=table).type is CustomerType.ENTERPRISE
    alone = account(**both, sources=["table"])
    assert found(organization(2, "team"), of=alone, table=table).type is CustomerType.UNKNOWN
