"""What people write first, in a process of its own and in the local Zendesk's time: a ticket after the other.

As a script: ``NAME REPORT URL TOKEN COUNT``; runs over the tickets 1 to COUNT and writes the report as JSON.

``zenpy`` is zenpy as it comes: get the ticket, get its organization, update, and a note. ``httpx`` is told beforehand
what to write, and puts it with the note into one request, which is the least that goes without jobs.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.bench.own_time import OwnTime

LEVELS = {"0": "urgent", "1": "high", "2": "normal", "3": "low"}
NOTE = "The priority was computed."


def main() -> None:
    name, report, url, token, count = sys.argv[1:]
    own = OwnTime(url)
    own.install()
    real = time.perf_counter()
    calls = RIVALS[name](url, token, range(1, int(count) + 1))
    told = {"calls": calls, "waited_s": own.waited, "real_s": time.perf_counter() - real}
    Path(report).write_text(json.dumps(told))


def with_zenpy(url: str, token: str, tickets: range) -> int:
    address = urlsplit(url)
    os.environ |= {"ZENPY_FORCE_SCHEME": address.scheme, "ZENPY_FORCE_NETLOC": address.netloc, "NO_PROXY": "*"}
    from requests import PreparedRequest, Response
    from requests.adapters import HTTPAdapter
    from zenpy import Zenpy
    from zenpy.lib.api_objects import Comment

    calls, send = 0, HTTPAdapter.send

    def counted(adapter: HTTPAdapter, request: PreparedRequest, *args: Any, **known: Any) -> Response:
        nonlocal calls
        calls += 1
        return send(adapter, request, *args, **known)

    replaced: Any = HTTPAdapter
    replaced.send = counted
    zenpy = Zenpy(subdomain="bench", oauth_token=token)
    severity = next(one.id for one in zenpy.ticket_fields() if one.title == "Severity")
    calls = 0
    for id_ in tickets:
        ticket = zenpy.tickets(id=id_)
        organization = zenpy.organizations(id=ticket.organization_id) if ticket.organization_id else None
        value = next(one["value"] for one in ticket.custom_fields if one["id"] == severity) or "3"
        ticket.priority = LEVELS[value[-1]] if organization is not None else "low"
        zenpy.tickets.update(ticket)
        ticket.comment = Comment(body=NOTE, public=False)
        zenpy.tickets.update(ticket)
    return calls


def with_httpx(url: str, token: str, tickets: range) -> int:
    import httpx

    calls, levels = 0, list(LEVELS.values())
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as http:
        for id_ in tickets:
            body = {"ticket": {"priority": levels[id_ % 4], "comment": {"body": NOTE, "public": False}}}
            while True:
                answer = http.put(f"/api/v2/tickets/{id_}", json=body)
                calls += 1
                if answer.status_code != 429:
                    break
                time.sleep(float(answer.headers["retry-after"]))
            answer.raise_for_status()
    return calls


RIVALS: dict[str, Callable[[str, str, range], int]] = {"zenpy": with_zenpy, "httpx": with_httpx}

if __name__ == "__main__":
    main()
