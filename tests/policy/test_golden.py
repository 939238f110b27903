"""The golden cases of the policy, as data, and the case format around them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.policy.facts import HANDBOOK
from zendesk_sync.errors import CaseFileError
from zendesk_sync.policy import case_format, cases
from zendesk_sync.policy_files import load_cases

GOLDEN = Path(__file__).with_name("golden.toml")
RESULTS = cases.run(load_cases(GOLDEN), HANDBOOK)


@pytest.mark.parametrize("result", RESULTS, ids=[result.case for result in RESULTS])
def test_golden_case_holds(result: cases.Result) -> None:
    """Each golden case gives what the policy says."""
    assert result.failures == ()


def test_every_kind_of_case_is_there() -> None:
    """The golden file covers tickets, queues and first responses."""
    assert {result.kind for result in RESULTS} == set(case_format.KINDS)
    assert len(RESULTS) == 52


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[ticket]]\ncase = "X"\ngiven = { severity = 7 }\nexpect = {}', "ticket case X: given.severity"),
        ('[[ticket]]\ncase = "X"\ngiven = { sevrity = 1 }\nexpect = {}', "given.sevrity: unknown key"),
        ('[[ticket]]\ncase = "X"\ngiven = { severity = "1" }\nexpect = {}', "found '1'"),
        ('[[ticket]]\ncase = "X"\ngiven = { supplied = ["nonsense"] }\nexpect = {}', "expected one of summary"),
        ('[[ticket]]\ncase = "X"\ngiven = {}\nexpect = { rule = "no-rule" }', "expect.rule"),
        ("[[ticket]]\ngiven = {}\nexpect = {}", "ticket case number 1: case: missing"),
        ('[[queue]]\ncase = "Q"\ntickets = [{ id = 1, priority = "p9" }]', "queue case Q: tickets.0.priority"),
        (
            '[[queue]]\ncase = "Q"\ntickets = [{ id = 1, priority = "p1" }, { id = 1, priority = "p2" }]',
            "id 1 stands there twice",
        ),
        (
            '[[ticket]]\ncase = "X"\nat = "2026-03-02T10:00:00"\ngiven = {}\nexpect = {}',
            "at: expected a moment with a time zone",
        ),
        ('[[ticket]]\ncase = "X"\ngiven = { severity = true }\nexpect = {}', "expected a whole number; found true"),
        ('[[ticket]]\ncase = "X"\ngiven = { beta = 1 }\nexpect = {}', "given.beta"),
        ('[ticket]\ncase = "X"', "write [[ticket]] with two brackets"),
        (
            '[[queue]]\ncase = "Q"\nat = 2026-03-02\ntickets = []',
            "at: unknown key; allowed here: case, number_one, order",
        ),
        (
            '[[first_response]]\ncase = "W"\nreceived = 0001-01-01T00:00:00Z\nexpect = {}',
            "between the years 1970 and 2200",
        ),
        ("x = " + "1" * 5000, "a number too long"),
        ("x = " + "[" * 20000, "nested too deep"),
        ("tickets = 1", "tickets: unknown key; allowed here: first_response, queue, ticket"),
        ("[[ticket", "not valid TOML"),
    ],
)
def test_broken_case_file_says_where_and_what(tmp_path: Path, text: str, said: str) -> None:
    """A case file that cannot be read names the file, the case, the key and what was expected."""
    file = tmp_path / "cases.toml"
    file.write_text(text)
    with pytest.raises(CaseFileError) as caught:
        load_cases(file)
    assert str(file) in str(caught.value)
    assert said in str(caught.value)


def test_failed_case_shows_expected_actual_and_reasons() -> None:
    """A case that fails says what was expected and what came, and carries the reason tree."""
    text = '[[ticket]]\ncase = "X"\ngiven = { severity = 0 }\nexpect = { computed = "p1", flags = ["for_ce"] }'
    (result,) = cases.run(case_format.parse(tomllib.loads(text)), HANDBOOK)
    assert next((f.key, f.expected, f.actual) for f in result.failures) == ("computed", "p1", "p0")
    assert [f.key for f in result.failures] == ["computed", "flags"]
    assert result.reasons is not None


def test_files_of_other_kinds_are_refused_in_words(tmp_path: Path) -> None:
    """A folder, and text that is not UTF-8; a byte order mark is fine."""
    with pytest.raises(CaseFileError, match="Is a directory"):
        load_cases(tmp_path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes("# caf\xe9".encode("latin-1"))
    with pytest.raises(CaseFileError, match="not UTF-8 text"):
        load_cases(latin)
    marked = tmp_path / "marked.toml"
    marked.write_bytes(b"\xef\xbb\xbf" + GOLDEN.read_bytes())
    assert len(load_cases(marked).ticket) == len(load_cases(GOLDEN).ticket)


def test_absent_keys_are_not_checked() -> None:
    """An empty ``expect`` holds for any ticket."""
    (result,) = cases.run(case_format.parse({"ticket": [{"case": "X", "given": {}, "expect": {}}]}), HANDBOOK)
    assert result.ok
