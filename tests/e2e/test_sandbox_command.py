"""``zendesk-sync sandbox`` as people start it: bundled seed, generated tickets, and refusals in words."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.e2e.processes import command, run


def test_it_fills_and_prints_what_one_needs(tmp_path: Path) -> None:
    """Its address and token work; the bundled account and the generated tickets are there; SIGTERM ends it."""
    server = command(tmp_path, "sandbox", "--port", "0", "--seed", "demo", "--generate", "30", "--random-seed", "4")
    printed: dict[str, str] = {}
    assert server.stdout is not None
    for line in server.stdout:
        name, _, value = line.strip().partition("  ")
        printed[name] = value.strip()
        if name == "bearer token":
            break
    answer = httpx.get(
        f"{printed['local Zendesk']}/api/v2/organizations",
        headers={"Authorization": f"Bearer {printed['bearer token']}"},
    )
    server.terminate()
    server.communicate(timeout=30)
    names = {found["name"] for found in answer.json()["organizations"]}
    assert names >= {"Alder Insurance", "Generated Desk"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--seed", "none.toml"), "--seed none.toml: cannot be read: No such file or directory"),
        (("--seed", "bad.json"), "--seed bad.json: tickets 1: requester is missing"),
        (("--generate", "-1"), "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    """Exit code 2, one message, no trace."""
    (tmp_path / "bad.json").write_text(json.dumps({"tickets": [{"subject": "S", "description": "D"}]}))
    code, out, err = run(tmp_path, "sandbox", "--port", "0", *words)
    assert code == 2
    assert message in " ".join(err.split())
    assert "Traceback" not in out + err
