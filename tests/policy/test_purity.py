"""The core is pure: it imports nothing of the project but itself, opens nothing, and reads no clock."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import zendesk_sync.policy

FOLDER = Path(zendesk_sync.policy.__file__).parent
MODULES = sorted(FOLDER.glob("*.py"))
NO_SUCH_IMPORT = {
    "os",
    "io",
    "pathlib",
    "socket",
    "time",
    "subprocess",
    "threading",
    "asyncio",
    "logging",
    "shutil",
}
NO_SUCH_CALL = {
    "open",
    "print",
    "input",
    "now",
    "utcnow",
    "today",
    "monotonic",
    "getenv",
    "read_text",
    "urlopen",
}
WATCHED = """
import sys
from tests.policy.facts import HANDBOOK, MONDAY, ticket
from zendesk_sync.policy import notes
from zendesk_sync.policy.decide import decide
from zendesk_sync.policy.explain import reasons
from zendesk_sync.policy.terms import Severity

def work():
    one = ticket(severity=Severity.MEDIUM, subject="URGENT: search is slow", description="Version 5.3, since Monday.")
    decision = decide(one, HANDBOOK, at=MONDAY)
    assert notes.rich(decision, HANDBOOK) and reasons(decision, HANDBOOK)

work()
events = []
sys.addaudithook(lambda name, args: events.append(name) if watching else None)
watching = True
work()
watching = False
bad = [e for e in events if e.split(".")[0] in {"open", "os", "socket", "subprocess", "shutil", "sqlite3", "import"}]
assert not bad, bad
"""


@pytest.mark.parametrize("module", MODULES, ids=[module.stem for module in MODULES])
def test_module_imports_nothing_of_the_project_but_policy(module: Path) -> None:
    """Imports go nowhere else, and neither files, network, processes nor clocks are within reach."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            if name.startswith("zendesk_sync"):
                assert name.startswith("zendesk_sync.policy"), f"{module.name}: {name}"
            assert name.split(".")[0] not in NO_SUCH_IMPORT, f"{module.name}: {name}"
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in NO_SUCH_CALL, f"{module.name}:{node.lineno}: {called}()"


def test_deciding_opens_nothing() -> None:
    """The interpreter's own audit of a decision with note and reasons: no file, socket, process or import."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED], capture_output=True, text=True, check=False, cwd=FOLDER.parents[1]
    )
    assert done.returncode == 0, done.stderr
