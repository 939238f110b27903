"""Facts from records: who the customer is, who wrote, who set a value."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from tests.sync.world import (
    ACCOUNT,
    AGENT,
    CE,
    COLLEAGUE,
    FIELDS,
    LOGS_ID,
    OUR_IDS,
    REQUESTER,
    USERS,
    VERSION_ID,
    WISH_ID,
    assembled,
    audit,
    organization,
    ticket,
)
from zendesk_sync.customers.answer import Customer
from zendesk_sync.policy.facts import Memory
from zendesk_sync.policy.terms import (
    Author,
    CustomerType,
    Deployment,
    Flag,
    OfficialBy,
    Priority,
    Reporter,
    Severity,
    Topic,
)
from zendesk_sync.sync.assemble import assemble, conversation, needs_audits
from zendesk_sync.sync.history import FromEvents, History
from zendesk_sync.zendesk.exports import TicketEvent
from zendesk_sync.zendesk.fields import OurField
from zendesk_sync.zendesk.records import Audit, Comment, Organization, User, Via

FOLLOW_UP = {"channel": "email", "source": {"rel": "follow_up", "from": {"ticket_id": 2}}}


def test_plan_deployment_and_end_come_from_the_organization() -> None:
    """The ticket's organization says plan, deployment and whether the plan has ended."""
    org = organization("team", zs_deployment="org_zs_deployment_cloud", zs_plan_ends="2026-03-01")
    facts = assembled(ticket(), org=org).facts
    assert (facts.customer, facts.deployment, facts.plan_expired) == (CustomerType.TEAM, Deployment.CLOUD, True)


@pytest.mark.parametrize(
    ("ends", "expired"), [("2026-03-02", False), ("2026-03-01T00:00:00+00:00", True), ("soon", False)]
)
def test_plan_counts_through_its_last_day(ends: str, expired: bool) -> None:
    """An unreadable date ends nothing."""
    assert assembled(ticket(), org=organization("team", zs_plan_ends=ends)).facts.plan_expired is expired


@pytest.mark.parametrize(
    ("plan", "kind"),
    [
        ("enterprise_starter", CustomerType.ENTERPRISE),
        ("open_source", CustomerType.OPEN_SOURCE),
        ("trial", CustomerType.PRESALES),
        ("platinum", CustomerType.UNKNOWN),
        (None, CustomerType.UNKNOWN),
    ],
)
def test_plan_names_go_through_the_map(plan: str | None, kind: CustomerType) -> None:
    """A trial is presales; a name without an entry is unknown, never guessed."""
    assert assembled(ticket(), org=organization(plan)).facts.customer is kind


def test_organization_with_our_domain_is_ours() -> None:
    """A ticket of our own organization has no customer behind it."""
    org = Organization(id=21, domain_names=("ours.example",))
    facts = assembled(ticket(requester_id=COLLEAGUE), org=org).facts
    assert (facts.customer, facts.reporter) == (CustomerType.INTERNAL, Reporter.COLLEAGUE)
    assert not facts.on_behalf_of_customer


def test_colleague_under_a_customers_organization_writes_for_the_customer() -> None:
    """On behalf: the ticket's organization is a customer's, known plan or not."""
    facts = assembled(ticket(requester_id=AGENT), org=organization(None)).facts
    assert (facts.reporter, facts.on_behalf_of_customer) == (Reporter.COLLEAGUE, True)
    assert facts.customer is CustomerType.UNKNOWN


def test_colleague_without_an_organization_is_internal() -> None:
    """Nobody else is behind it."""
    facts = assembled(ticket(requester_id=AGENT, organization_id=None)).facts
    assert facts.customer is CustomerType.INTERNAL


@pytest.mark.parametrize("role", ["requester_id", "submitter_id"])
def test_ce_is_known_as_requester_or_submitter(role: str) -> None:
    """A CE who wrote or opened the ticket raised it."""
    facts = assembled(
        ticket(**{role: CE}),  # type: ignore[arg-type]
        org=organization("trial"),
    ).facts
    assert (facts.reporter, facts.customer) == (Reporter.CE, CustomerType.PRESALES)


def test_ce_in_copy_raises_it_too() -> None:
    """A CE in CC stands behind the prospect."""
    assert assembled(ticket(email_cc_ids=[CE]), org=organization("trial")).facts.reporter is Reporter.CE


def test_ce_under_our_own_organization_is_about_a_prospect_only_by_the_presales_scale() -> None:
    """The CE's own organization says nothing of the customer: unknown, never internal."""
    org = Organization(id=21, domain_names=("ours.example",))
    assert assembled(ticket(requester_id=CE), org=org).facts.customer is CustomerType.UNKNOWN
    filled = ticket(requester_id=CE, ours={OurField.PRESALES_SEVERITY: "p0"})
    assert assembled(filled, org=org).facts.customer is CustomerType.PRESALES


def test_prospect_writing_alone() -> None:
    """Presales and no CE."""
    assert assembled(ticket(), org=organization("trial")).facts.reporter is Reporter.PROSPECT


def test_inputs_and_answers_are_read_from_fields() -> None:
    """Severity, cannot wait, answers and wish come from their fields; an unticked box answers nothing."""
    one = ticket(
        ours={OurField.SEVERITY: "2", OurField.CANNOT_WAIT: "no"},
        values={VERSION_ID: "5.3", LOGS_ID: False, WISH_ID: "p0!"},
        tags=["presales_exception", "beta"],
    )
    facts = assembled(one, org=organization()).facts
    assert (facts.severity, facts.cannot_wait, facts.wish) == (Severity.MEDIUM, False, "p0!")
    assert facts.supplied == {"version"}
    assert facts.presales_exception
    assert facts.beta


def test_memory_counts_only_under_its_own_id() -> None:
    """Merges and follow-ups copy fields; a copied memory is nobody's."""
    theirs = ticket(ours={OurField.MEMORY: "v1 id=4 wrote=p1 said=override"}, priority="high")
    assert assembled(theirs, org=organization()).facts.memory == Memory()
    own = ticket(ours={OurField.MEMORY: "v1 id=5 wrote=p1 said=override"}, priority="high")
    assert assembled(own, org=organization()).facts.memory == Memory(Priority.P1, frozenset({Topic.OVERRIDE}))


CREATED = {"type": "Create", "field_name": "priority", "value": "urgent"}


def test_priority_that_the_requester_brought_along_is_a_wish() -> None:
    """It stands in the creation, made by the requester."""
    one = ticket(priority="urgent")
    facts = assembled(one, org=organization(), audits=[audit(REQUESTER, CREATED)]).facts
    assert (facts.official, facts.official_by) == (Priority.P0, OfficialBy.REQUESTER)


def test_the_wish_stays_a_wish_after_we_noted_something() -> None:
    """A memory that says only what notes said does not make the requester's priority a human decision."""
    one = ticket(priority="urgent", ours={OurField.MEMORY: "v1 id=5 wrote=- said=unknown-customer"})
    assert needs_audits(one, FIELDS.read(one), FIELDS)
    assert assembled(one, audits=[audit(REQUESTER, CREATED)]).facts.official_by is OfficialBy.REQUESTER


@pytest.mark.parametrize(
    "audits",
    [
        [audit(AGENT, CREATED)],
        [audit(REQUESTER, {**CREATED, "via": {"channel": "rule", "source": {"rel": "trigger"}}})],
        [
            audit(REQUESTER, CREATED),
            audit(AGENT, {"type": "Change", "field_name": "priority", "value": "urgent"}, id_=2),
        ],
        [],
    ],
    ids=["an agent created it", "a rule set it inside the creation", "an agent set it later", "no history"],
)
def test_any_other_priority_is_a_humans(audits: list) -> None:  # type: ignore[type-arg]
    """Set by an agent or a rule of the account, or nobody knows: theirs."""
    facts = assembled(ticket(priority="urgent"), org=organization(), audits=audits).facts
    assert facts.official_by is OfficialBy.HUMAN


def test_agent_who_is_the_requester_set_it_as_an_agent() -> None:
    """A colleague's own ticket with a priority is an agent's choice, no wish."""
    one = ticket(priority="urgent", requester_id=AGENT, organization_id=None)
    assert assembled(one, audits=[audit(AGENT, CREATED)]).facts.official_by is OfficialBy.HUMAN


def test_history_is_read_only_where_it_matters() -> None:
    """No audit call for an empty priority, nor for one whose memory says who wrote it."""
    empty = ticket()
    remembered = ticket(priority="high", ours={OurField.MEMORY: "v1 id=5 wrote=p1 said="})
    assert not needs_audits(empty, FIELDS.read(empty), FIELDS)
    assert not needs_audits(remembered, FIELDS.read(remembered), FIELDS)
    follow_up = ticket(via=FOLLOW_UP)
    assert needs_audits(follow_up, FIELDS.read(follow_up), FIELDS)


def test_follow_up_ignores_what_it_inherited_and_keeps_what_was_set_since() -> None:
    """Field values count only if an update after the creation set them."""
    one = ticket(
        via=FOLLOW_UP,
        priority="urgent",
        tags=["presales_exception", "beta"],
        ours={
            OurField.SEVERITY: "0",
            OurField.CANNOT_WAIT: "yes",
            OurField.FLAGS: ["override", "number_one"],
            OurField.MISSING: ["logs"],
            OurField.MEMORY: "v1 id=2 wrote=human said=override",
        },
        values={VERSION_ID: "5.2", WISH_ID: "asap"},
    )
    born = audit(REQUESTER, CREATED)
    since = audit(
        AGENT, {"type": "Change", "field_name": str(OUR_IDS[OurField.SEVERITY]), "value": "zs_severity_0"}, id_=2
    )
    result = assembled(one, org=organization(), audits=[born, since])
    facts = result.facts
    assert facts.severity is Severity.EMERGENCY
    assert (facts.cannot_wait, facts.wish, facts.official, facts.beta) == (None, None, None, False)
    assert facts.flags | facts.missing | facts.supplied == frozenset()
    assert facts.memory == Memory()
    assert not facts.presales_exception
    assert result.inherited == {OurField.CANNOT_WAIT}
    assert result.official_inherited


def test_follow_up_after_its_first_run_still_knows_what_it_inherited() -> None:
    """Once our own memory stands on it, flags are ours again, and an inherited priority is still nobody's."""
    one = ticket(
        via=FOLLOW_UP,
        priority="urgent",
        ours={OurField.FLAGS: ["needs_triage"], OurField.MEMORY: "v1 id=5 wrote=- said=unknown-customer"},
    )
    facts = assembled(one, audits=[audit(REQUESTER, CREATED)]).facts
    assert facts.official is None
    assert facts.flags == {Flag.NEEDS_TRIAGE}


def test_tag_that_was_added_and_removed_again_does_not_count() -> None:
    """An exception counts only while it stands on the follow-up."""
    added = {"type": "Change", "field_name": "tags", "value": ["presales_exception"], "previous_value": []}
    removed = {"type": "Change", "field_name": "tags", "value": [], "previous_value": ["presales_exception"]}
    history = [audit(REQUESTER), audit(AGENT, added, id_=2), audit(AGENT, removed, id_=3)]
    assert not assembled(ticket(via=FOLLOW_UP), audits=history).facts.presales_exception
    stands = ticket(via=FOLLOW_UP, tags=["presales_exception"])
    assert assembled(stands, audits=history[:2]).facts.presales_exception


def test_value_outside_the_levels_is_somebodys_choice() -> None:
    """A fifth option of the official drop-down, chosen by a person, is not empty."""
    other = dataclasses.replace(FIELDS, official_id=304, official_values={Priority.P0: "lvl_0"})
    one = ticket(values={304: "later"})
    facts = assemble(one, USERS, Customer(), None, fields=other, account=ACCOUNT).facts
    assert facts.official_unlisted


def test_a_comment_of_a_rule_of_zendesk_itself_or_of_a_named_bot_is_automatic() -> None:
    """Whatever stands in it, and also where it came out of the ticket events."""
    bot = 9_001
    account = ACCOUNT.model_copy(update={"people": ACCOUNT.people.model_copy(update={"bots": [bot]})})
    given = [(REQUESTER, "web"), (AGENT, "web"), (AGENT, "rule"), (-1, "web"), (bot, "api")]
    comments = [
        Comment(id=number, created_stamp="2026-03-02T10:00:00Z", author_id=by, body="Hi", via=Via(channel=channel))
        for number, (by, channel) in enumerate(given)
    ]
    said = conversation(ticket(), comments, USERS, account)
    assert [one.automatic for one in said] == [False, True, True, True]
    assert said[0].at == comments[1].created_at
    history = History()
    for number, (by, channel) in enumerate(given):
        child: dict[str, object] = {
            "id": number,
            "event_type": "Comment",
            "author_id": by,
            "body": "Hi",
            "public": True,
        }
        via = {"web": "Web form", "rule": "Web form", "api": "Web service"}[channel]
        child |= {"via": "Rule"} if channel == "rule" else {}
        history.add(TicketEvent(id=number, ticket_id=1, timestamp=1_772_445_600, via=via, child_events=(child,)))
    told = conversation(ticket(), history.comments(), USERS, account)
    assert told == said


def test_a_ce_whom_the_ticket_does_not_name_is_known_by_the_comment() -> None:
    """By the record that came with it, also where the comment came out of the ticket events."""
    stranger = User(id=9_002, role="agent", tags=("customer_engineer",))
    history = History()
    for number, by in enumerate((REQUESTER, 9_002, AGENT)):
        child: dict[str, object] = {
            "id": number,
            "event_type": "Comment",
            "author_id": by,
            "body": "Hi",
            "public": True,
        }
        history.add(TicketEvent(id=number, ticket_id=1, timestamp=1_772_445_600, child_events=(child,)))
    assert history.authors() == {REQUESTER, 9_002, AGENT}
    reads = FromEvents(_Nothing(), {1: history}, {9_002: stranger})
    said = conversation(ticket(), reads.comments(1), USERS, ACCOUNT)
    assert [one.author for one in said] == [Author.CE, Author.AGENT]
    unknown = conversation(ticket(), history.comments(), USERS, ACCOUNT)
    assert [one.author for one in unknown] == [Author.AGENT, Author.AGENT]


class _Nothing:
    """No account to read from."""

    def audits(self, id: int) -> list[Audit]:  # noqa: A002  the word of the API
        raise NotImplementedError

    def comments(self, id: int) -> list[Comment]:  # noqa: A002  the word of the API
        raise NotImplementedError

    def organizations(self, ids: Sequence[int]) -> list[Organization]:
        raise NotImplementedError
