"""Seed entries with values of the wrong kind: the message names the entry and the key, and nothing is loaded."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import Desk
from zendesk_sync.sandbox import Clock, Sandbox, SeedError
from zendesk_sync.sandbox.seed import load

_OPTIONS = [{"name": "One", "value": "one"}]
_STARTS: dict[str, dict[str, Any]] = {
    "organization_fields": {"key": "tier", "title": "Tier"},
    "organizations": {"name": "Northwind Mills"},
    "users": {"name": "Robin Vale", "email": "robin@north.example"},
    "ticket_fields": {"title": "Flags", "type": "multiselect", "options": _OPTIONS},
    "tickets": {"subject": "S", "description": "D", "requester": "owner@sandbox.example"},
}
_STARTS["views"] = {"title": "V", "all": [{"field": "status", "operator": "is", "value": "new"}]}
_COMMENT = {"author": "owner@sandbox.example", "body": "B"}


@pytest.fixture(scope="module")
def shared() -> Iterator[Desk]:
    """One account for all, as nothing is ever loaded into it."""
    with Sandbox(clock=Clock(frozen=True)) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            yield desk


@pytest.mark.parametrize(
    ("part", "given", "message"),
    [
        ("tickets", {"comments": 5}, "tickets 1: comments must be a list of tables, not 5"),
        ("tickets", {"comments": ["x"]}, "tickets 1: comments must be a list of tables, not ['x']"),
        ("tickets", {"comments": [{**_COMMENT, "ago": -1}]}, "tickets 1, comment 1: ago must be a number of seconds"),
        ("tickets", {"comments": [{**_COMMENT, "public": "no"}]}, "tickets 1, comment 1: public must be true or false"),
        ("tickets", {"comments": [{**_COMMENT, "body": 1}]}, "tickets 1, comment 1: body must be a text"),
        ("tickets", {"fields": [1]}, "tickets 1: fields must be a table of"),
        ("tickets", {"fields": {"Flags": {"a": 1}}}, "tickets 1: fields must be a table of"),
        ("tickets", {"fields": {"Flags": ["One", "No"]}}, "tickets 1: field 'Flags' cannot be ['One', 'No']"),
        ("tickets", {"fields": {"Agreed": "maybe"}}, "tickets 1: field 'Agreed' cannot be 'maybe'"),
        ("tickets", {"fields": {"Count": 10**30}}, "tickets 1: fields must be a table of"),
        ("tickets", {"created_ago": 1e30}, "tickets 1: created_ago must be a number of seconds from 0 to 3155760000"),
        ("tickets", {"created_ago": float("nan")}, "tickets 1: created_ago must be a number of seconds"),
        ("tickets", {"updated_ago": float("inf")}, "tickets 1: updated_ago must be a number of seconds"),
        ("tickets", {"created_ago": True}, "tickets 1: created_ago must be a number of seconds"),
        ("tickets", {"created_ago": "1"}, "tickets 1: created_ago must be a number of seconds"),
        ("tickets", {"tags": 5}, "tickets 1: tags must be a list of texts, not 5"),
        ("tickets", {"tags": [5]}, "tickets 1: tags must be a list of texts, not [5]"),
        ("tickets", {"subject": 5}, "tickets 1: subject must be a text, not 5"),
        ("tickets", {"subject": " "}, "tickets 1: subject is missing"),
        ("tickets", {"status": []}, "tickets 1: status must be a text, not []"),
        ("tickets", {"requester": ["x" * 90]}, "tickets 1: requester must be a text, not ['xxx"),
        ("tickets", {"comments": [{"author": "owner@sandbox.example"}]}, "tickets 1, comment 1: body is missing"),
        ("tickets", {"comments": [{**_COMMENT, "status": "done"}]}, "tickets 1, comment 1: status 'done' is none of"),
        ("tickets", {"comments": [{**_COMMENT, "assignee": "x"}]}, "tickets 1, comment 1: there is no user 'x'"),
        ("tickets", {"follow_up_of": "x"}, "tickets 1: follow_up_of 'x' is no external_id of a closed ticket above"),
        ("tickets", {"deleted": "yes"}, "tickets 1: deleted must be true or false"),
        ("organizations", {"organization_fields": 3}, "organizations 1: organization_fields must be a table of"),
        ("organizations", {"organization_fields": {"no": "x"}}, "organizations 1: organization_fields: no cannot be"),
        ("organizations", {"domain_names": "x"}, "organizations 1: domain_names must be a list of texts, not 'x'"),
        ("organizations", {"notes": 1}, "organizations 1: notes must be a text, not 1"),
        ("users", {"email": 5}, "users 1: email must be a text, not 5"),
        ("users", {"organization": []}, "users 1: organization must be a text, not []"),
        ("users", {"user_fields": 5}, "users 1: user_fields must be a table of"),
        ("users", {"role": "boss"}, "users 1: Role: is not valid"),
        ("ticket_fields", {"options": 5}, "ticket_fields 1: options must be a list of tables, not 5"),
        ("ticket_fields", {"options": [{"name": "x"}]}, "ticket_fields 1, options 1: value is missing"),
        ("ticket_fields", {"type": 5}, "ticket_fields 1: type must be a text, not 5"),
        ("ticket_fields", {"type": "magic"}, "ticket_fields 1: Type: is not valid"),
        ("views", {"all": [{"field": "status"}]}, "views 1, all 1: operator is missing"),
        (
            "views",
            {"all": [{"field": "status", "operator": "is", "value": {}}]},
            "views 1, all 1: value must be a text",
        ),
        ("views", {"any": [{"field": "x", "operator": "is"}]}, "views 1: Conditions: x is not a valid field"),
        ("views", {"all": []}, "views 1: Conditions: all needs at least one of"),
        ("views", {"columns": ["Weight"]}, "views 1: "),
        ("organization_fields", {"type": "magic"}, "organization_fields 1: type 'magic' is none of checkbox, "),
        ("organization_fields", {"options": ["x"]}, "organization_fields 1: options must be a list of tables"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(shared: Desk, part: str, given: dict[str, Any], message: str) -> None:
    """Every key says which kind of value it takes."""
    data = {part: [{**_STARTS[part], **given}]}
    if part == "tickets":
        more = [{"title": "Agreed", "type": "checkbox"}, {"title": "Count", "type": "integer"}]
        data["ticket_fields"] = [_STARTS["ticket_fields"], *more]
    with pytest.raises(SeedError, match=re.escape(message)):
        load(shared.sandbox.state, data)
    assert shared.get("users")["count"] == 2
    assert shared.get("tickets")["count"] == shared.get("organizations")["count"] == 0


@pytest.mark.parametrize("part", sorted(_STARTS))
@pytest.mark.parametrize("value", [None, 5, float("nan"), [[]], {"a": {"b": 1}}])
def test_no_key_lets_a_trace_out(shared: Desk, part: str, value: object) -> None:
    """Nonsense in the place of any value ends in the one exception that the command line knows."""
    from zendesk_sync.sandbox import seed_shapes as shapes

    shape = {
        "organization_fields": shapes.ORGANIZATION_FIELD, "organizations": shapes.ORGANIZATION, "users": shapes.USER,
        "ticket_fields": shapes.TICKET_FIELD, "tickets": shapes.TICKET, "views": shapes.VIEW,
    }[part]  # fmt: skip
    for key in shape:
        if value == 5 and shape[key] is shapes.AGO:
            continue
        with pytest.raises(SeedError, match=f"{part} 1: {key}"):
            load(shared.sandbox.state, {part: [{**_STARTS[part], key: value}]})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "cannot be read as JSON"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b"[]", "the outermost value must be an object"),
        (b'{"tickets": {}}', "tickets: write each entry as [[tickets]]"),
        (b'{"tickets": [{"subject": "S"}]}', "tickets 1: description is missing"),
    ],
)
def test_json_is_refused_in_the_same_words(tmp_path: Path, content: bytes, message: str) -> None:
    """A file whose name ends in `.json` is JSON, with the same entries."""
    seed = tmp_path / "seed.json"
    seed.write_bytes(content)
    with pytest.raises(SeedError, match=re.escape(message)):
        Sandbox(seed=seed)


@pytest.mark.parametrize("content", [b"\xff", b"a = ", b"a = " + b"[" * 20_000, None])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """Neither broken text, nor endless nesting, nor a folder in its place is a trace."""
    seed = tmp_path / "seed.toml"
    if content is None:
        seed.mkdir()
    else:
        seed.write_bytes(content)
    with pytest.raises(SeedError, match=r"^cannot be read"):
        Sandbox(seed=seed)
