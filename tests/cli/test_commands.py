"""The command line as people meet it: exit codes, messages, formats, and that the README knows every command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer.main

from tests.cli.commands import command
from zendesk_sync.cli.common import print_error
from zendesk_sync.cli.main import app
from zendesk_sync.errors import ConfigurationError, ZendeskUnreachable

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "policy" / "golden.toml"
FAILS = '[[ticket]]\ncase = "no"\ngiven = { severity = 0 }\nexpect = { computed = "p1", note = false }\n'


def test_policy_test_holds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 0 when every case holds."""
    assert command(monkeypatch, "policy", "test", str(GOLDEN)) == 0
    assert "52 passed, 0 failed" in capsys.readouterr().out


def test_policy_test_fails_with_reasons(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Exit 1, one line a failed case with expected and actual values, and the reason tree."""
    file = tmp_path / "mine.toml"
    file.write_text(FAILS)
    assert command(monkeypatch, "policy", "test", str(GOLDEN), str(file)) == 1
    out = capsys.readouterr().out
    assert "ticket case no: computed: expected p1, got p0" in out
    assert "; note: expected false, got true" in out
    assert "sla-severity-0" in out


def test_policy_test_json_has_the_promised_shape(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """passed, failed, and cases with file, case, kind, ok and failures."""
    file = tmp_path / "mine.toml"
    file.write_text(FAILS)
    assert command(monkeypatch, "policy", "test", "--format", "json", str(file)) == 1
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert said == {
        "passed": 0,
        "failed": 1,
        "cases": [
            {
                "file": str(file),
                "case": "no",
                "kind": "ticket",
                "ok": False,
                "failures": [
                    {"key": "computed", "expected": "p1", "actual": "p0"},
                    {"key": "note", "expected": False, "actual": True},
                ],
            }
        ],
    }


def test_broken_case_file_is_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One message on standard error, nothing evaluated."""
    file = tmp_path / "mine.toml"
    file.write_text("[[ticket]]\ncase = 'x'\ngiven = { severety = 1 }\nexpect = {}\n")
    assert command(monkeypatch, "policy", "test", str(file)) == 2
    captured = capsys.readouterr()
    assert "given.severety: unknown key" in captured.err.replace("\n", "")
    assert captured.out == ""


def test_team_policy_file_is_used_and_its_faults_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """``--policy`` takes another file; a mistake in it is exit code 2 with the key."""
    text = (ROOT / "zendesk_sync" / "policy" / "handbook.toml").read_text(encoding="utf-8")
    policy, case = tmp_path / "handbook.toml", tmp_path / "case.toml"
    case.write_text('[[ticket]]\ncase = "q"\ngiven = { customer = "team", severity = 3 }\nexpect = { computed = "p2" }')
    policy.write_text(text.replace('questions = "undetermined"', 'questions = "p2"'))
    assert command(monkeypatch, "policy", "test", "--policy", str(policy), str(case)) == 0
    policy.write_text(text.replace('questions = "undetermined"', 'questions = "p5"'))
    assert command(monkeypatch, "policy", "test", "--policy", str(policy), str(case)) == 2
    assert "switches.questions" in capsys.readouterr().err


def test_policy_file_may_hold_only_what_differs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """``extends = "default"`` changes single keys; an item can be taken off a list; mistakes are named."""
    policy, case = tmp_path / "handbook.toml", tmp_path / "case.toml"
    policy.write_text(
        'extends = "default"\n[switches]\nquestions = "p2"\n[checklists.engineering]\nlogs = false\n'
        '[checklists.engineering.urgency]\nask = "By when?"\n'
    )
    items = [
        "summary",
        "version",
        "environment",
        "reproduction",
        "expected_actual",
        "impact",
        "recent_changes",
        "attempts",
        "urgency",
    ]
    case.write_text(
        f'[[ticket]]\ncase = "q"\ngiven = {{ customer = "team", severity = 3 }}\n'
        f'expect = {{ computed = "p2", missing = {json.dumps(items)} }}'
    )
    assert command(monkeypatch, "policy", "check", str(policy)) == 0
    assert command(monkeypatch, "policy", "test", "--policy", str(policy), str(case)) == 0
    capsys.readouterr()
    policy.write_text('extends = "default"\n[customers]\npaying = []\n[swiches]\na = 1\n')
    assert command(monkeypatch, "policy", "check", str(policy)) == 2
    said = capsys.readouterr().err
    assert "swiches: unknown key; allowed here: checklists" in said
    policy.write_text('extends = "default"\n[customers]\npaying = []\n')
    assert command(monkeypatch, "policy", "check", str(policy)) == 2
    assert "sla-severity-2-paying can never match" in capsys.readouterr().err
    policy.write_text('extends = "basic"\n')
    assert command(monkeypatch, "policy", "check", str(policy)) == 2
    assert "extends" in capsys.readouterr().err


def _commands(group: Any, before: str = "") -> list[tuple[str, Any]]:
    found = []
    for name, one in group.commands.items():
        path = f"{before}{name}"
        found += _commands(one, f"{path} ") if hasattr(one, "commands") else [(path, one)]
    return found


COMMANDS = _commands(typer.main.get_command(app))


@pytest.mark.parametrize(("name", "one"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_is_helpful_and_in_the_readme(name: str, one: Any) -> None:
    """Each command and option has help text, and the README names the command."""
    assert one.help
    for parameter in one.params:
        assert getattr(parameter, "help", None), f"{name} {parameter.name}"
    assert f"`{name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_sandbox_refuses_faults_that_cannot_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Exit 2; the message names file, rule and what was meant, and nothing starts."""
    file = tmp_path / "chaos.toml"
    file.write_text('[[rules]]\nname = "busy"\nfault = "unavailabel"\n')
    assert command(monkeypatch, "sandbox", "--port", "0", "--chaos", str(file)) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "rule 1 (busy)" in said
    assert "did you mean unavailable?" in said


def test_who_cannot_reach_zendesk_is_told_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """The reason alone, such as "Connection refused", helps nobody."""
    print_error(ZendeskUnreachable("cannot reach https://acme.zendesk.com: Connection refused"))
    assert "refused; check the network, the account's url, and whether a proxy is needed" in capsys.readouterr().err
    print_error(ConfigurationError("x.toml: [accounts"))
    assert capsys.readouterr().err == "error: x.toml: [accounts\n"
