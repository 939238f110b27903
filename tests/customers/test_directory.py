"""A directory of customers over real sockets: what it is asked, what its answers mean, what happens without one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from tests.customers.crm import Crm
from zendesk_sync.customer_settings import Customers
from zendesk_sync.customers.answer import Answer
from zendesk_sync.customers.directory import Directory, InMemory
from zendesk_sync.customers.question import Question, Unreadable, about_domain, about_organization, answer_in, at
from zendesk_sync.customers.sources import Sources
from zendesk_sync.directory_settings import Directory as Settings
from zendesk_sync.errors import ConfigurationError, CustomerSourceDown
from zendesk_sync.policy.terms import Deployment
from zendesk_sync.zendesk.records import Organization

PLAIN = {"url": "/customers/{organization_id}", "plan": "/plan"}
ACME = Organization(id=7, name="Acme / Söhne", external_id="A&7", domain_names=("gmail.com", "acme.example"))


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def settings(crm: Crm, **given: Any) -> Settings:
    wanted = {**PLAIN, **given}
    urls = {name: crm.url + wanted[name] for name in ("url", "token_url") if name in wanted}
    return Settings.model_validate({**wanted, **urls})


def question(crm: Crm, one: Organization = ACME, /, **given: Any) -> Question:
    found = about_organization(settings(crm, **given), one, [])
    assert found is not None
    return found


@contextlib.contextmanager
def directory(crm: Crm, clock: Clock, /, **given: Any) -> Iterator[Directory]:
    one = Directory(
        "acme",
        settings(crm, **given),
        SecretStr("s3cret"),
        InMemory(),
        clock=clock,
        sleep=lambda _seconds: None,
    )
    try:
        yield one
    finally:
        one.close()


def test_the_salesforce_shape_of_the_documentation(crm: Crm) -> None:
    """A record by external id, with a token that is fetched and, once refused, fetched anew."""
    given: dict[str, Any] = {
        "url": "/services/data/v62.0/sobjects/Account/Zendesk_Organization_Id__c/{organization_id}",
        "token_url": "/services/oauth2/token",
        "client_id": "zendesk_sync",
        "plan": "/Plan__c",
        "lifecycle": "/Type",
        "deployment": "/Deployment__c",
        "plan_ends": "/Plan_Ends__c",
    }
    record = {
        "attributes": {"type": "Account"},
        "Plan__c": "Enterprise",
        "Type": "Customer",
        "Deployment__c": "Self-hosted",
        "Plan_Ends__c": "2027-01-31",
    }
    crm.answers["/services/data/v62.0/sobjects/Account/Zendesk_Organization_Id__c/7"] = record
    crm.token = "first"
    with directory(crm, Clock(), **given) as one:
        expected = Answer("Enterprise", None, "Customer", Deployment.SELF_HOSTED, date(2027, 1, 31))
        assert one.ask(question(crm, **given)) == expected
        crm.token = "second"
        assert one.ask(question(crm, **given)) == expected
    assert len(crm.posted) == 2
    assert crm.posted[0] == "grant_type=client_credentials&client_id=zendesk_sync&client_secret=s3cret"


def test_the_hubspot_shape_of_the_documentation(crm: Crm) -> None:
    """A company by its id in HubSpot, which stands in Zendesk as the organization's external id."""
    given: dict[str, Any] = {
        "url": "/crm/v3/objects/companies/{external_id}?properties=plan,lifecyclestage,paying",
        "headers": {"Authorization": "Bearer {secret}"},
        "plan": "/properties/plan",
        "paying": "/properties/paying",
        "lifecycle": "/properties/lifecyclestage",
    }
    crm.answers["/crm/v3/objects/companies/A%267?properties=plan,lifecyclestage,paying"] = {
        "id": "7",
        "properties": {"plan": "Team", "paying": "true", "lifecyclestage": "customer"},
    }
    with directory(crm, Clock(), **given) as one:
        assert one.ask(question(crm, **given)) == Answer("Team", True, "customer")
    assert crm.seen[0]["authorization"] == "Bearer s3cret"


def test_404_and_an_empty_search_are_no_answer_and_asked_once(crm: Crm) -> None:
    with directory(crm, Clock()) as one:
        assert one.answer(question(crm)) is None
        assert one.answer(question(crm)) is None
    assert crm.asked == ["/customers/7"]
    given: dict[str, Any] = {"plan": "/records/0/Plan__c"}
    crm.answers["/customers/7"] = {"totalSize": 0, "records": []}
    with directory(crm, Clock(), **given) as one:
        assert one.ask(question(crm, **given)) is None


def test_the_first_mail_domain_that_is_known_answers(crm: Crm) -> None:
    given: dict[str, Any] = {"url": "/by-domain?d={domain}"}
    crm.answers["/by-domain?d=b.example"] = {"plan": "Team"}
    one = Organization(id=7, domain_names=("gmail.com", "a.example", "b.example"))
    with directory(crm, Clock(), **given) as asked:
        assert asked.ask(question(crm, one, **given)) == Answer("Team")
    assert crm.asked == ["/by-domain?d=a.example", "/by-domain?d=b.example"]


@given(st.text(min_size=1, max_size=30))
def test_whatever_a_value_holds_it_stays_one_value_of_the_address(name: str) -> None:
    crm = Crm(url="http://127.0.0.1:1")
    asked = about_organization(settings(crm, url="/c/{name}/x?n={name}&m=1"), Organization(id=1, name=name), [])
    plain = name.strip()
    if not plain or set(plain) == {"."}:
        assert asked is None
        return
    assert asked is not None
    path, _, query = asked.urls[0].removeprefix(crm.url).partition("?")
    assert unquote(path.split("/")[2]) == plain
    assert path.split("/")[3:] == ["x"]
    assert [unquote(part.split("=")[1]) for part in query.split("&")] == [plain, "1"]


def test_who_lacks_what_the_address_asks_by_is_not_asked_about(crm: Crm) -> None:
    by_id = settings(crm, url="/c/{external_id}")
    assert about_organization(by_id, Organization(id=1), []) is None
    assert about_domain(by_id, "a.example") is None
    by_domain = settings(crm, url="/c/{domain}")
    assert about_organization(by_domain, Organization(id=1, domain_names=("gmail.com",)), []) is None
    found = about_domain(by_domain, "a.example")
    assert found is not None
    assert found.subject == "domain a.example"


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/a/b", 1),
        ("/list/1", "y"),
        ("/list/01", None),
        ("/list/9", None),
        ("/list/-", None),
        ("/m~0n", 2),
        ("/a~1b", 3),
        ("/~01", 4),
        ("/", 5),
        ("/a/b/c", None),
    ],
)
def test_json_pointers_are_those_of_rfc_6901(pointer: str, value: object) -> None:
    data = {"a": {"b": 1}, "list": ["x", "y"], "m~n": 2, "a/b": 3, "~1": 4, "": 5}
    found = at(pointer, data)
    assert found == value or (value is None and not isinstance(found, int | str))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["plan", "a", "0"]), inner, max_size=3),
)


@given(json_values)
def test_any_json_is_an_answer_or_none_or_said_to_be_unreadable(data: object) -> None:
    crm = Crm(url="http://127.0.0.1:1")
    with contextlib.suppress(Unreadable):
        answer = answer_in(settings(crm, plan="/plan", paying="/a/0"), data)
        assert answer is None or answer.decides


# ---------------------------------------------------------------- age


def test_an_answer_is_kept_while_it_is_fresh_and_asked_for_again_after(crm: Crm) -> None:
    clock = Clock()
    crm.answers["/customers/7"] = {"plan": "Team"}
    with directory(crm, clock, fresh_seconds=60, stale_seconds=600) as one:
        assert one.answer(question(crm)) == Answer("Team")
        crm.answers["/customers/7"] = {"plan": "Enterprise"}
        clock.now += 59
        assert one.answer(question(crm)) == Answer("Team")
        clock.now += 1
        assert one.answer(question(crm)) == Answer("Enterprise")
        assert [kept.organization for kept in one.changes()] == [7]
        assert one.changes() == []
    assert len(crm.asked) == 2


def test_another_question_never_gets_the_answer_that_is_kept(crm: Crm) -> None:
    """An organization whose external id changed is somebody else to the directory."""
    crm.answers |= {"/c/a": {"plan": "Team"}, "/c/b": {"plan": "Enterprise"}}
    given: dict[str, Any] = {"url": "/c/{external_id}"}
    with directory(crm, Clock(), **given) as one:
        assert one.answer(question(crm, Organization(id=7, external_id="a"), **given)) == Answer("Team")
        assert one.answer(question(crm, Organization(id=7, external_id="b"), **given)) == Answer("Enterprise")


def test_while_it_is_down_an_old_answer_is_used_and_after_that_nobodys(crm: Crm) -> None:
    clock = Clock()
    crm.answers["/customers/7"] = {"plan": "Team"}
    with directory(crm, clock, fresh_seconds=60, stale_seconds=600, tries=1) as one:
        one.answer(question(crm))
        crm.status = 503
        clock.now += 599
        assert one.answer(question(crm)) == Answer("Team")
        clock.now += 1
        with pytest.raises(CustomerSourceDown, match=r"127\.0\.0\.1:\d+: status 503"):
            one.answer(question(crm))


def test_a_clock_that_went_back_makes_no_answer_young(crm: Crm) -> None:
    clock = Clock()
    with directory(crm, clock) as one:
        one.answer(question(crm))
        clock.now -= 1000
        one.answer(question(crm))
    assert len(crm.asked) == 2


# ---------------------------------------------------------------- faults


def test_5xx_and_lost_connections_are_repeated_and_then_it_is_down(crm: Crm) -> None:
    crm.status = 500
    with directory(crm, Clock(), tries=3) as one:
        with pytest.raises(CustomerSourceDown):
            one.ask(question(crm))
        assert one.fault == "status 500"
    assert len(crm.asked) == 3


def test_nobody_listening_is_down_and_names_the_host() -> None:
    crm = Crm(url="http://127.0.0.1:1")
    with directory(crm, Clock(), tries=1) as one, pytest.raises(CustomerSourceDown, match=r"127\.0\.0\.1:1: no answer"):
        one.ask(question(crm))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((301, b""), "status 301; expected 200, or 404"),
        ((300, b"[]"), "status 300; expected 200, or 404"),
        ((400, b""), "status 400; expected 200, or 404"),
        ((200, b"<html>"), "an answer that is not JSON"),
        ((200, b"\xff"), "an answer that is not JSON"),
        ({"plan": ["Team"]}, r"plan \(/plan\): expected text, found a list"),
        ({"plan": "Team", "ends": "soon"}, r"plan_ends \(/ends\): expected a day"),
        ({"plan": "Team", "paying": "maybe"}, r"paying \(/paying\): expected true or false, found other text"),
    ],
)
def test_what_is_wrong_with_one_customers_answer_is_said_and_stops_no_others(crm: Crm, answer: Any, said: str) -> None:
    crm.answers |= {"/customers/7": answer, "/customers/8": {"plan": "Team"}}
    given: dict[str, Any] = {"plan_ends": "/ends", "paying": "/paying"}
    with directory(crm, Clock(), **given) as one:
        for _ in range(5):
            with pytest.raises(CustomerSourceDown, match=said) as raised:
                one.ask(question(crm, **given))
            assert raised.value.retry_after >= 60
        assert one.ask(question(crm, Organization(id=8), **given)) == Answer("Team")


def test_an_answer_without_end_is_cut_off(crm: Crm) -> None:
    crm.answers["/customers/7"] = (200, b" " * 2_000_000)
    with directory(crm, Clock()) as one, pytest.raises(CustomerSourceDown, match="more than 1024 KiB"):
        one.ask(question(crm))


def test_after_three_questions_without_an_answer_it_is_left_alone_and_then_tried_again(crm: Crm) -> None:
    clock = Clock()
    crm.status = 502
    with directory(crm, clock, tries=1) as one:
        for _ in range(5):
            with pytest.raises(CustomerSourceDown) as raised:
                one.ask(question(crm))
        assert len(crm.asked) == 3
        assert 0 < raised.value.retry_after <= 30
        clock.now += 31
        crm.status, crm.answers = None, {"/customers/7": {"plan": "Team"}}
        assert one.ask(question(crm)) == Answer("Team")
        assert one.fault is None


def test_429_is_obeyed(crm: Crm) -> None:
    clock = Clock()
    crm.status, crm.headers = 429, {"retry-after": "90"}
    with directory(crm, clock) as one:
        with pytest.raises(CustomerSourceDown):
            one.ask(question(crm))
        crm.status = None
        clock.now += 89
        with pytest.raises(CustomerSourceDown):
            one.ask(question(crm))
        clock.now += 2
        assert one.ask(question(crm)) is None
    assert len(crm.asked) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_a_secret_that_is_refused_is_named_not_shown(crm: Crm, status: int) -> None:
    crm.status = status
    given: dict[str, Any] = {"headers": {"X-Api-Key": "{secret}"}}
    with directory(crm, Clock(), **given) as one, pytest.raises(CustomerSourceDown) as raised:
        one.ask(question(crm, **given))
    assert "directory_secret" in str(raised.value)
    assert "s3cret" not in str(raised.value)
    assert len(crm.asked) == 1


def test_a_secret_that_is_replaced_is_used_without_a_restart_and_one_that_is_gone_is_not(crm: Crm) -> None:
    wanted = settings(crm, headers={"X-Api-Key": "{secret}"})
    with contextlib.closing(Sources(Customers(directory=wanted), account="acme", secret=SecretStr("old"))) as sources:
        sources.refresh(ACME)
        sources.take_secret(SecretStr("new"))
        sources.refresh(ACME)
        with pytest.raises(ConfigurationError, match="set ZENDESK_SYNC_ACME_DIRECTORY_SECRET, or write"):
            sources.take_secret(None)
        sources.refresh(ACME)
    assert [one["x-api-key"] for one in crm.seen] == ["old", "new", "new"]


def test_a_sign_in_that_is_refused_is_said(crm: Crm) -> None:
    given: dict[str, Any] = {"token_url": "/token", "client_id": "me"}
    with (
        directory(crm, Clock(), **given) as one,
        pytest.raises(CustomerSourceDown, match="signing in at token_url: status 400"),
    ):
        one.ask(question(crm, **given))
    assert crm.asked == []
