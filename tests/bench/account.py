"""An account that lived without us: so many tickets, all of which need a write, as a seed of the local Zendesk.

Thirty of a hundred are p2 of paying customers with a conversation, which a backfill has to read; the others are of
every other kind. The same number makes the same tickets.
"""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zendesk_sync.sandbox.seed import bundled_text

Entry = dict[str, Any]

OF_A_HUNDRED = 30
"""Tickets that are p2, with comments."""
PLANS = ("enterprise", "team", "free", "open_source", "trial")
PAYING = PLANS[:2]
OTHERS = (("enterprise", 0), ("enterprise", 1), ("team", 1), ("free", 2), ("free", 3), ("open_source", 1), ("trial", 3))
STATUSES = ("new", "open", "open", "pending", "hold", "solved", "solved", "solved")
HOUR = 3_600.0
_WORDS = (
    "search", "index", "repository", "upgrade", "timeout", "page", "login", "permission", "build", "branch", "error",
    "cluster", "network", "report", "export", "import", "filter", "result", "query", "cache", "queue", "worker",
    "memory", "disk", "token", "proxy", "certificate", "extension", "editor", "commit",
)  # fmt: skip


def write(file: Path, tickets: int) -> None:
    """Write the seed: customers of every plan, the fields of the bundled seed, and the tickets."""
    chance = random.Random(f"bench {tickets}")
    bundled = tomllib.loads(bundled_text())
    organizations = [_organization(plan, number) for plan in PLANS for number in range(max(1, tickets // 1000))]
    people = {
        plan: [f"p{n}@{plan}{n % max(1, tickets // 1000)}.example" for n in range(tickets // 50 + 1)] for plan in PLANS
    }
    users = [
        {"name": f"Person {number}", "email": email} for plan in PLANS for number, email in enumerate(people[plan])
    ]
    agents = [f"agent{number}@desk.example" for number in range(10)]
    users += [{"name": f"Agent {number}", "email": email, "role": "agent"} for number, email in enumerate(agents)]
    seed = {
        "organization_fields": bundled["organization_fields"],
        "ticket_fields": bundled["ticket_fields"],
        "organizations": organizations,
        "users": users,
        "tickets": list(_tickets(chance, tickets, people, agents)),
    }
    file.write_text(json.dumps(seed))


def _organization(plan: str, number: int) -> Entry:
    return {
        "name": f"{plan} {number}",
        "domain_names": [f"{plan}{number}.example"],
        "organization_fields": {"zs_plan": f"org_zs_plan_{plan}"},
    }


def _tickets(chance: random.Random, count: int, people: dict[str, list[str]], agents: list[str]) -> Iterator[Entry]:
    """From the oldest to the newest, over the last hundred days."""
    for number in range(count):
        age = HOUR + (count - number) / count * 100 * 24 * HOUR
        is_p2 = number % 100 < OF_A_HUNDRED
        plan, severity = (chance.choice(PAYING), 2) if is_p2 else chance.choice(OTHERS)
        ticket: Entry = {
            "subject": f"{_words(chance, 5)}, case {number}",
            "description": _words(chance, 60),
            "requester": chance.choice(people[plan]),
            "fields": {"Severity": f"zs_severity_{severity}"},
            "created_ago": round(age),
            "via": chance.choice(("email", "web")),
            "status": chance.choice(STATUSES),
        }
        if is_p2:
            replies = chance.randrange(1, 4)
            ticket["comments"] = [
                {
                    "author": chance.choice(agents) if turn % 2 == 0 else ticket["requester"],
                    "body": _words(chance, 40),
                    "ago": round(age - 0.9 * HOUR * (turn + 1) / replies),
                }
                for turn in range(replies)
            ]
        yield ticket


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(_WORDS, k=count)).capitalize()
