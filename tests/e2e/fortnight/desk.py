"""The house with a whole desk in it: customers of every plan, people of support, and what each of them can do."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from tests.e2e.world import NAME, World
from zendesk_sync.provision.apply import Applied
from zendesk_sync.sandbox.model.deliveries import PENDING

OURS = "ours.example"
BOT = f"receipts@{OURS}"
ENGINEER = f"casey@{OURS}"
AGENTS = tuple(f"{name}@{OURS}" for name in ("kim", "lee", "noor", "sam"))
COLLEAGUE = f"dana@{OURS}"
OWNER = "owner@sandbox.example"
REFUSED = {404, 422}
"""A ticket that is gone, or closed."""
PRIORITIES = {"p0": "urgent", "p1": "high", "p2": "normal", "p3": "low"}
OWN = "level_"
"""What the values of an account's own official priority begin with."""


class Said(StrEnum):
    """What a comment is, as only who wrote it knows."""

    RECEIPT = "receipt"
    ACKNOWLEDGEMENT = "acknowledgement"
    REPLY = "reply"
    NOTE = "note"
    OF_ENGINEER = "of a customer engineer"


@dataclass(frozen=True)
class Surge:
    """One stretch (Unix seconds), who switched it on, and why."""

    begins: float
    ends: float
    by: str
    reason: str


@dataclass(frozen=True)
class Home:
    """An organization. Who has ``tags`` gives them to its tickets."""

    plan: str | None
    deployment: str | None = None
    ends: str | None = None
    tags: tuple[str, ...] = ()


HOMES = {
    "harbor": Home("enterprise", "self_hosted"),
    "cobalt": Home("enterprise", "cloud"),
    "velvet": Home("enterprise", tags=("vip",)),
    "maple": Home("team", "self_hosted"),
    "orchid": Home("team", "cloud"),
    "ember": Home("team", ends="2026-03-09"),
    "meadow": Home("free"),
    "pine": Home("free"),
    "prairie": Home("open_source"),
    "lunar": Home(None),
    "quartz": Home("trial"),
    "delta": Home("trial", "cloud"),
}
"""Beside those that every house has."""


class Desk(World):
    """One account with a desk.

    Attributes:
        spoken: what each comment of support is, by its id.
        surges: when it was surge, the first one first.
    """

    def __init__(self, folder: Path, *, official: str = "priority") -> None:
        self.official = official
        super().__init__(folder, official=official)
        self.spoken: dict[int, Said] = {}
        self.surges: list[Surge] = []
        self._tokens: dict[str, str] = {OWNER: self.zendesk.token}
        self._ids: dict[str, int] = {OWNER: self.zendesk.owner_id}
        self._fields: dict[str, int] = {}
        self._move_in()

    def setup(self) -> Applied:
        if self.official != "priority":
            options = [{"name": level, "value": f"{OWN}{level}"} for level in PRIORITIES]
            field = {"type": "tagger", "title": self.official, "custom_field_options": options}
            self.post("ticket_fields", {"ticket_field": field})
        return super().setup()

    def _move_in(self) -> None:
        self.homes: dict[str, int] = {}
        for name, home in HOMES.items():
            made = self.post("organizations", {"organization": _organization(name, home)})["organization"]
            self.homes[name] = made["id"]
        for email in (*AGENTS, BOT, ENGINEER):
            tags = ["customer_engineer"] if email == ENGINEER else []
            self._arrive(email, role="agent", tags=tags)
        people = self.account.people.model_copy(update={"bots": [self._ids[BOT]]})
        self.account = self.account.model_copy(update={"people": people})
        for field in self.get("/api/v2/ticket_fields")["ticket_fields"]:
            self._fields[field["title"]] = field["id"]
        portal = {"ticket_field": {"editable_in_portal": True, "visible_in_portal": True}}
        for title in {"Priority", "Severity", self.official.replace("priority", "Priority")}:
            self.http.put(f"/api/v2/ticket_fields/{self._fields[title]}", json=portal).raise_for_status()
        self._add_rules()

    def _add_rules(self) -> None:
        """What many accounts have: a receipt by mail, which is no comment, and rules that set a priority."""
        born = {"field": "update_type", "operator": "is", "value": "Create"}
        vip = {"field": "current_tags", "operator": "includes", "value": "vip"}
        mail = {"field": "notification_user", "value": ["requester_id", "Request received", "We have it."]}
        back = {"field": "status", "operator": "value_previous", "value": "solved"}
        for title, conditions, action in (
            ("Notify requester", [born], mail),
            ("Important customers", [born, vip], self._rules_priority("p2")),
            ("Came back", [back, {"field": "status", "operator": "is", "value": "open"}], self._rules_priority("p1")),
        ):
            rule = {"title": title, "conditions": {"all": conditions, "any": []}, "actions": [action]}
            self.post("triggers", {"trigger": rule})

    def _rules_priority(self, level: str) -> dict[str, Any]:
        if self.official == "priority":
            return {"field": "priority", "value": PRIORITIES[level]}
        return {"field": f"custom_fields_{self._fields[self.official]}", "value": f"{OWN}{level}"}

    def _arrive(self, email: str, **more: Any) -> None:
        user = {"name": email.partition("@")[0].title(), "email": email, "skip_verify_email": True, **more}
        self._ids[email] = self.post("users", {"user": user})["user"]["id"]

    def deliver(self) -> None:
        """As of every house, without asking over the socket each time."""
        ends = time.monotonic() + 20
        again = time.monotonic() + 1
        while self.zendesk.state.store.index(PENDING):
            assert time.monotonic() < ends, "webhooks are not delivered"
            time.sleep(0.002)
            if time.monotonic() > again:  # what was not answered in time is repeated a little later
                again += 1
                self.clock.advance(1)

    def works(self) -> None:
        """The service, until nothing waits."""
        for _ in range(40):
            self.deliver()
            self.clock.advance(3)
            self.worker.serve()
            left = self.store.pending(NAME)
            if not left.due and not left.waiting:
                return
        raise AssertionError(f"still waiting: {self.store.hints(NAME)}")

    # ------------------------------------------------------------ who

    def person(self, email: str) -> int:
        """The user's id; who was never heard of arrives."""
        if email not in self._ids:
            self._arrive(email)
        return self._ids[email]

    def _as(self, email: str) -> dict[str, str]:
        if email not in self._tokens:
            self._tokens[email] = self.post("/sandbox/tokens", {"user_id": self.person(email)})["token"]
        return {"Authorization": f"Bearer {self._tokens[email]}"}

    def field_id(self, title: str) -> int:
        return self._fields[title] if title in self._fields else super().field_id(title)

    @property
    def official_id(self) -> int | str:
        """What a write names the official priority by."""
        return "priority" if self.official == "priority" else self._fields[self.official]

    def severity(self, severity: int) -> dict[str, Any]:
        """What a write says to set the field."""
        return {"custom_fields": [self.option("Severity", f"zs_severity_{severity}")]}

    def level(self, level: str | None, beside: dict[str, Any] | None = None) -> dict[str, Any]:
        """What a write says, beside something else, to set the official priority; None clears it where that can be."""
        change = dict(beside or {})
        if self.official == "priority":
            return {**change, "priority": level and PRIORITIES[level]}
        value = self.option(self.official, level and f"{OWN}{level}")
        return {**change, "custom_fields": [*change.get("custom_fields", []), value]}

    # ------------------------------------------------------------ tickets come

    def mail(self, sender: str, subject: str, body: str) -> int:
        self.person(sender)
        return int(self.post("/sandbox/mail", {"from": sender, "subject": subject, "body": body})["ticket_id"])

    def form(self, sender: str, subject: str, body: str, **more: Any) -> int:
        request = {"subject": subject, "comment": {"body": body}, **more}
        answer = self.http.post("/api/v2/requests", json={"request": request}, headers=self._as(sender))
        return int(answer.raise_for_status().json()["request"]["id"])

    def raised(self, by: str, requester: str, subject: str, body: str, **more: Any) -> int:
        """A ticket that somebody of ours writes down for a requester."""
        ticket = {"subject": subject, "comment": {"body": body}, "requester_id": self.person(requester), **more}
        answer = self.http.post("/api/v2/tickets", json={"ticket": ticket}, headers=self._as(by))
        return int(answer.raise_for_status().json()["ticket"]["id"])

    def imported(self, requester: str, subject: str, body: str, *, created: str, **more: Any) -> int:
        """A ticket from before this account."""
        first = {"body": body, "author_id": self.person(requester), "created_at": created}
        ticket = {"subject": subject, "requester_id": self.person(requester), "comments": [first], **more}
        made = self.post("imports/tickets", {"ticket": {**ticket, "created_at": created, "updated_at": created}})
        return int(made["ticket"]["id"])

    # ------------------------------------------------------------ tickets go on

    def answers(self, sender: str, ticket: int, body: str) -> int:
        """The customer's mail; on a closed ticket it makes a follow-up, whose number is returned."""
        mail = {"from": sender, "ticket_id": ticket, "subject": "Re:", "body": body}
        return int(self.post("/sandbox/mail", mail)["ticket_id"])

    def changes(self, who: str, ticket: int, **change: Any) -> bool:
        """False where the ticket is over and takes no change."""
        return self._put(who, ticket, change) is not None

    def says(self, who: str, ticket: int, what: Said, text: str, **change: Any) -> bool:
        """A comment of one of ours, public unless it is a note, together with a change."""
        comment = {"body": text, "public": what is not Said.NOTE}
        audit = self._put(who, ticket, {**change, "comment": comment})
        if audit is None:
            return False
        for event in audit["events"]:
            if event["type"] == "Comment":
                self.spoken[event["id"]] = what
        return True

    def _put(self, who: str, ticket: int, change: dict[str, Any]) -> dict[str, Any] | None:
        answer = self.http.put(f"/api/v2/tickets/{ticket}", json={"ticket": change}, headers=self._as(who))
        if answer.status_code in REFUSED:
            return None
        found: dict[str, Any] = answer.raise_for_status().json()["audit"]
        return found

    def status(self, ticket: int) -> str | None:
        """None where it is gone."""
        answer = self.http.get(f"/api/v2/tickets/{ticket}")
        return str(answer.json()["ticket"]["status"]) if answer.status_code == 200 else None

    def deletes(self, ticket: int) -> None:
        self.http.delete(f"/api/v2/tickets/{ticket}").raise_for_status()

    def restores(self, ticket: int) -> None:
        self.http.put(f"/api/v2/deleted_tickets/{ticket}/restore").raise_for_status()

    def merges(self, who: str, ticket: int, into: int) -> None:
        said = {"ids": [ticket], "target_comment": "The same trouble, told twice.", "source_comment": "See the other."}
        answer = self.http.post(f"/api/v2/tickets/{into}/merge", json=said, headers=self._as(who))
        job = answer.raise_for_status().json()["job_status"]["id"]
        for _ in range(100):
            self.post("/sandbox/clock", {"advance_seconds": 1})
            if self.get(f"/api/v2/job_statuses/{job}")["job_status"]["status"] == "completed":
                return
        raise AssertionError("the merge does not end")

    def plan_becomes(self, home: str, plan: str) -> None:
        values = {"organization_fields": {"zs_plan": f"org_zs_plan_{plan}"}}
        answer = self.http.put(f"/api/v2/organizations/{self.homes[home]}", json={"organization": values})
        answer.raise_for_status()


def _organization(name: str, home: Home) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if home.plan is not None:
        fields["zs_plan"] = f"org_zs_plan_{home.plan}"
    if home.deployment is not None:
        fields["zs_deployment"] = f"org_zs_deployment_{home.deployment}"
    if home.ends is not None:
        fields["zs_plan_ends"] = home.ends
    domain = f"{name}.example"
    return {"name": name, "domain_names": [domain], "tags": list(home.tags), "organization_fields": fields}
