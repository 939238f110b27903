"""A table of customers: what it holds, and what it says of a file that cannot be used."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zendesk_sync.customer_settings import Column, Table
from zendesk_sync.customers.answer import Answer
from zendesk_sync.customers.table import Rows, parse
from zendesk_sync.customers.watched_table import WatchedTable
from zendesk_sync.errors import ConfigurationError
from zendesk_sync.policy.terms import Deployment
from zendesk_sync.zendesk.records import Organization

HEADER = "organization_id,domain,name,plan,paying,lifecycle,deployment,plan_ends\n"


def read(text: str, file: str = "customers.csv", **columns: str) -> Rows:
    return parse(text.encode(), file, {Column(key): name for key, name in columns.items()}, ["ours.public.example"])


def test_every_column_is_read() -> None:
    rows = read(HEADER + "7,acme.example,Acme,Enterprise,yes,customer,on-prem,2026-12-31\n")
    answer = rows.by_organization[7].answer
    assert answer == Answer("Enterprise", True, "customer", Deployment.SELF_HOSTED, date(2026, 12, 31))
    assert rows.by_domain["acme.example"].line == 2
    assert rows.by_name["acme"].answer is answer


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("c.tsv", "domain\tplan\na.example\tTeam\n"),
        ("c.csv", "domain;plan\na.example;Team\n"),
        ("c.csv", "\ufeffDomain,PLAN\r\n\r\nA.Example,Team\r\n"),
        ("c.csv", 'plan,domain\n"Team","a.example, b.example"\n'),
    ],
)
def test_spreadsheets_of_many_kinds_are_read_alike(file: str, text: str) -> None:
    assert read(text, file).by_domain["a.example"].answer.plan == "Team"


def test_headers_of_ones_own() -> None:
    rows = read("Website,Subscription\na.example,Team\n", domain="Website", plan="Subscription")
    assert rows.by_domain["a.example"].answer.plan == "Team"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "c.csv: line 1: no column by which a customer is found; expected one of 'organization_id', 'domain'"),
        ("domain\na.example\n", "c.csv: line 1: no column that says who pays; expected one of 'plan', 'paying'"),
        ("domain,plan,plan\n", "c.csv: line 1: the column 'plan' stands there twice"),
        ("domain,plan\na.example\n", "c.csv: line 2: 1 cells; expected 2, as in the header"),
        ("domain,plan\n,Team\n", "c.csv: line 2: nothing by which the customer is found"),
        ("domain,plan\n\nno domain,Team\n", "c.csv: line 3: column 'domain': found 'no'; expected a mail domain"),
        (
            "domain,plan\ngmail.com,Team\n",
            "line 2: column 'domain': found 'gmail.com'; expected a domain of one customer",
        ),
        ("domain,plan\nours.public.example,Team\n", "expected a domain of one customer"),
        ("organization_id,plan\n12a,Team\n", "line 2: column 'organization_id': found '12a'; expected the number of"),
        (
            "organization_id,plan\n7,A\n7,B\n",
            "line 3: column 'organization_id': found '7'; expected each once; line 2 has",
        ),
        ("domain,paying\na.example,perhaps\n", "line 2: column 'paying': found 'perhaps'; expected yes or no"),
        ("domain,plan,deployment\na.example,Team,moon\n", "column 'deployment': found 'moon'; expected cloud or"),
        ("domain,plan,plan_ends\na.example,Team,soon\n", "column 'plan_ends': found 'soon'; expected a day such as"),
        ('domain,plan\n"a.example,Team\n', "line 2: not readable as a table"),
    ],
)
def test_each_fault_names_line_column_found_and_expected(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(text, "c.csv")
    assert message in str(raised.value)


def test_not_utf_8_names_the_line() -> None:
    with pytest.raises(ConfigurationError, match=r"c\.csv: line 2: not UTF-8"):
        parse("domain,name,plan\na.example,Müller,Team\n".encode("latin-1"), "c.csv", {}, [])


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(ConfigurationError) as raised:
        read("domain,paying\na.example,perhaps\nb.example,later\n")
    assert len(str(raised.value).splitlines()) == 2


def test_an_organization_is_found_by_id_before_domain_before_name() -> None:
    rows = read("organization_id,domain,name,plan\n7,,,A\n,d.example,,B\n,,The  Name,C\n")

    def plan(one: Organization) -> list[str | None]:
        return [row.answer.plan for row in rows.of_organization(one)]

    assert plan(Organization(id=7, name="the name", domain_names=("d.example",))) == ["A"]
    assert plan(Organization(id=8, name="the name", domain_names=("D.example",))) == ["B"]
    assert plan(Organization(id=8, name="THE NAME")) == ["C"]
    assert plan(Organization(id=8)) == []


def test_domains_that_disagree_give_both_rows() -> None:
    rows = read("domain,plan\na.example,A\nb.example,B\nc.example,A\n")
    assert len(rows.of_organization(Organization(id=1, domain_names=("a.example", "b.example")))) == 2
    assert len(rows.of_organization(Organization(id=1, domain_names=("a.example", "c.example")))) == 1


plans = st.dictionaries(st.integers(1, 9), st.sampled_from("ABC"), max_size=6)


@given(plans, plans)
def test_a_change_concerns_exactly_the_organizations_that_it_answers_otherwise(
    old: dict[int, str], new: dict[int, str]
) -> None:
    def table(of: dict[int, str]) -> Rows:
        return read("organization_id,plan\n" + "".join(f"{key},{plan}\n" for key, plan in of.items()))

    changed = table(new).changed(table(old))
    for id_ in range(1, 10):
        assert changed.concerns(Organization(id=id_)) == (old.get(id_) != new.get(id_))


def _replace(file: Path, text: str) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(file)


def test_a_changed_file_is_read_again_and_a_broken_one_never_takes_its_place(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("domain,plan\na.example,Team\n")
    table = WatchedTable(Table(file=str(file)))
    assert not table.refresh()
    first = table.version

    _replace(file, "domain,plan\na.example,Enterprise\n")
    assert not table.refresh()  # seen once: it may still be growing
    assert table.refresh().domains == {"a.example"}
    assert table.rows.by_domain["a.example"].answer.plan == "Enterprise"
    assert table.version != first

    _replace(file, "domain,plan\nnowhere,Team\n")
    table.refresh()
    assert not table.refresh()
    assert table.fault is not None
    assert "line 2: column 'domain'" in table.fault
    assert table.rows.by_domain["a.example"].answer.plan == "Enterprise"

    file.unlink()
    table.refresh()
    assert not table.refresh()
    assert "cannot read" in (table.fault or "")

    _replace(file, "domain,plan\nb.example,Team\n")
    table.refresh()
    assert table.refresh().domains == {"a.example", "b.example"}
    assert table.fault is None


def test_a_service_does_not_begin_with_a_broken_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"customers\.table\.file: cannot read"):
        WatchedTable(Table(file=str(tmp_path / "missing.csv")))
