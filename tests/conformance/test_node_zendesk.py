"""The plain node-zendesk client from npm takes the sandbox for Zendesk. `make test-node` runs this."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from zendesk_sync.sandbox import FAST, Sandbox

PACKAGE = "node-zendesk@6.0.1"
COUNT = 230
SCRIPT = Path(__file__).with_name("node_client.cjs")


@pytest.fixture(scope="module")
def modules(pytestconfig: pytest.Config) -> Path:
    """The folder with the client, which npm installs once into pytest's cache."""
    if not os.environ.get("ZENDESK_SYNC_TEST_NODE"):
        pytest.skip("asks npm for a package: set ZENDESK_SYNC_TEST_NODE=1, or type `make test-node`")
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not found: install Node.js 18 or newer")
    folder = pytestconfig.cache.mkdir("node-zendesk") if pytestconfig.cache else Path()
    if not (folder / "node_modules" / "node-zendesk").is_dir():
        subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, PACKAGE], check=True
        )  # fmt: skip
    return folder / "node_modules"


def test_node_zendesk_works_with_it(modules: Path) -> None:
    """It lists with its own paging, creates, updates, waits for a job, configures rules, and understands a refusal."""
    with Sandbox(pace=FAST, generate=COUNT) as sandbox:
        store = sandbox.state.store
        before = {kind: len(store.all(kind)) for kind in ("user", "organization", "ticket_field")}
        tickets = sum(not ticket["deleted"] and not ticket["archived"] for ticket in store.all("ticket"))
        run = subprocess.run(
            ["node", SCRIPT, sandbox.url, "owner@sandbox.example", sandbox.api_token],
            capture_output=True, text=True, check=False, env={**os.environ, "NODE_PATH": str(modules)},
        )  # fmt: skip
        waiting = sum(not t["deleted"] and t["status"] not in {"solved", "closed"} for t in store.all("ticket"))
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {
        "me": "admin",
        "users": before["user"],
        "tickets": tickets,
        "created": {"status": "new", "tags": ["printer"]},
        "updated": "high",
        "comments": [["Since today.", True], ["A note", False]],
        "audits": 2,
        "tags": ["new", "printer"],
        "many": 2,
        "job": [True, True],
        "organization": "Northwind",
        "organizations": before["organization"] + 1,
        "groups": ["Support"],
        "fields": before["ticket_field"],
        "field": "tagger",
        "view": waiting,
        "viewCount": waiting,
        "views": 1,
        "secret": "SHA256",
        "webhooks": 1,
        "trigger": "Tell",
        "triggers": 1,
        "refused": "Request processing failed: Zendesk Error (404): Item not found",
    }
