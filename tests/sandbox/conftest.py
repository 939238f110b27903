"""A sandbox on a socket, spoken to with plain httpx: no client of ours takes part."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from zendesk_sync.sandbox import Clock, Pace, Sandbox

if TYPE_CHECKING:
    from tests.sandbox.receiver import Receiver

Doc = dict[str, Any]


class Desk:
    """A sandbox with short words for what tests do all the time. Its clock stands still until a test moves it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.http = httpx.Client(base_url=sandbox.url)
        self.admin = self.bearer(sandbox.token)

    @staticmethod
    def bearer(token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    def call(
        self, method: str, path: str, json: Any = None, *, status: int | None = None, **more: Any
    ) -> httpx.Response:
        more.setdefault("headers", self.admin)
        address = path if path.startswith(("/oauth", "/sandbox", "http")) else f"/api/v2/{path}"
        answer = self.http.request(method, address, **({} if json is None else {"json": json}), **more)
        if status is not None:
            assert answer.status_code == status, answer.text
        return answer

    def get(self, path: str, **more: Any) -> Any:
        return self.call("GET", path, status=200, **more).json()

    def ticket(self, **given: Any) -> Doc:
        body = {"subject": "Nothing prints", "comment": {"body": "Since this morning."}, **given}
        made: Doc = self.call("POST", "tickets", {"ticket": body}, status=201).json()["ticket"]
        return made

    def read(self, ticket_id: int) -> Doc:
        found: Doc = self.get(f"tickets/{ticket_id}")["ticket"]
        return found

    def write(self, ticket_id: int, *, status: int = 200, **given: Any) -> Doc:
        answer: Doc = self.call("PUT", f"tickets/{ticket_id}", {"ticket": given}, status=status).json()
        return answer

    def change(self, ticket_id: int, **given: Any) -> Doc:
        """Update a ticket, its `status` too; return it."""
        changed: Doc = self.call("PUT", f"tickets/{ticket_id}", {"ticket": given}, status=200).json()["ticket"]
        return changed

    def user(self, name: str = "Robin Vale", **given: Any) -> Doc:
        made: Doc = self.call("POST", "users", {"user": {"name": name, **given}}, status=201).json()["user"]
        return made

    def acting_as(self, user_id: int) -> dict[str, str]:
        return self.bearer(self.call("POST", "/sandbox/tokens", {"user_id": user_id}, status=200).json()["token"])

    def field(self, kind: str, *options: str, title: str = "Level", **given: Any) -> Doc:
        body = {"type": kind, "title": title, **given}
        if options:
            body["custom_field_options"] = [{"name": option.upper(), "value": option} for option in options]
        made: Doc = self.call("POST", "ticket_fields", {"ticket_field": body}, status=201).json()["ticket_field"]
        return made

    def advance(self, seconds: float) -> None:
        self.call("POST", "/sandbox/clock", {"advance_seconds": seconds}, status=200)

    def clock(self, **given: Any) -> Doc:
        moved: Doc = self.call("POST", "/sandbox/clock", given, status=200).json()
        return moved

    def chaos(self, *rules: Doc, seed: int = 7) -> None:
        self.call("POST", "/sandbox/chaos", {"seed": seed, "rules": list(rules)}, status=200)

    def injected(self) -> Doc:
        """How often each rule of chaos has struck."""
        found = self.call("GET", "/sandbox/chaos", status=200).json()["rules"]
        return {rule["name"]: rule["injected"] for rule in found}

    def audits(self, ticket_id: int) -> list[Doc]:
        found: list[Doc] = self.get(f"tickets/{ticket_id}/audits")["audits"]
        return found

    def job(self, items: list[Doc]) -> Doc:
        """Run one bulk update to its end."""
        job = self.call("PUT", "tickets/update_many", {"tickets": items}, status=200).json()["job_status"]
        self.advance(5)
        done: Doc = self.get(f"job_statuses/{job['id']}")["job_status"]
        assert done["status"] == "completed"
        return done


def value_of(ticket: Doc, field: Doc) -> Any:
    return next(entry["value"] for entry in ticket["custom_fields"] if entry["id"] == field["id"])


def until(condition: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Return the first truthy answer of `condition`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
    return found


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Sandbox(clock=Clock(frozen=True)) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            yield desk


@pytest.fixture(scope="module")
def shared() -> Iterator[Desk]:
    """One sandbox for all the examples of a property."""
    with Sandbox(clock=Clock(frozen=True), pace=Pace(limits=False)) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            desk.ticket()
            yield desk


@pytest.fixture
def receiver() -> Iterator["Receiver"]:
    from tests.sandbox.receiver import Receiver

    receiver = Receiver()
    yield receiver
    receiver.stop()
