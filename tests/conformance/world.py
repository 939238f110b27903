"""A furnished account: something of every kind, and spare ones that calls may change or delete."""

from itertools import count
from typing import Any

from tests.sandbox.conftest import Desk, until

Doc = dict[str, Any]
OPTIONS = [{"name": "Gold", "value": "level_gold"}, {"name": "Silver", "value": "level_silver"}]
ACTIONS = [{"field": "priority", "value": "high"}]
CONDITIONS = {"all": [{"field": "status", "operator": "is", "value": "pending"}], "any": []}


class World:
    """Makes what calls need, each kind on its first use, and remembers the ids by name."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._made: dict[str, Any] = {}
        self._numbers = count(1)

    def __getitem__(self, name: str) -> Any:
        """Return the id called `name`, such as `ticket` or `spare_ticket`; a spare one is a new one each time."""
        kind = name.removeprefix("spare_")
        if kind != name:
            return getattr(self, f"_{kind}")()
        if name not in self._made:
            self._made[name] = getattr(self, f"_{name}")()
        return self._made[name]

    def post(self, path: str, wrapper: str, **given: Any) -> Any:
        answer = self.desk.call("POST", path, {wrapper: given})
        assert answer.is_success, answer.text
        return answer.json()[wrapper]["id"]

    def _number(self) -> int:
        return next(self._numbers)

    def _user(self) -> Any:
        return self.desk.user(email=f"robin{self._number()}@north.example", external_id=f"u{self._number()}")["id"]

    def _agent(self) -> Any:
        return self.desk.user(name="Sam", email=f"sam{self._number()}@desk.example", role="agent")["id"]

    def _owner(self) -> Any:
        return self.desk.sandbox.owner_id

    def _organization(self) -> Any:
        fields = {"plan": "org_gold"} if self["organization_field"] else {}
        name = f"Northwind {self._number()}"
        return self.post(
            "organizations", "organization", name=name, external_id=name, domain_names=[f"n{self._number()}.example"],
            organization_fields=fields, tags=["vip"],
        )  # fmt: skip

    def _organization_field(self) -> Any:
        key = "plan" if "organization_field" not in self._made else f"plan{self._number()}"
        options = [{"name": "Gold", "value": "org_gold" if key == "plan" else f"org_{key}"}]
        return self.post(
            "organization_fields", "organization_field", key=key, title="Plan", type="dropdown",
            custom_field_options=options,
        )  # fmt: skip

    def _organization_membership(self) -> Any:
        return self.post(
            "organization_memberships", "organization_membership", user_id=self["spare_user"],
            organization_id=self["organization"],
        )  # fmt: skip

    def _group(self) -> Any:
        return self.post("groups", "group", name=f"Second line {self._number()}")

    def _group_membership(self) -> Any:
        return self.post("group_memberships", "group_membership", user_id=self["spare_agent"], group_id=self["group"])

    def _ticket_field(self) -> Any:
        field = self.desk.field("tagger", *(f"level_{self._number()}_{name}" for name in ("gold", "silver")))
        return field["id"]

    def _option(self) -> Any:
        return self.desk.get(f"ticket_fields/{self['ticket_field']}/options")["custom_field_options"][-1]["id"]

    def _ticket_form(self) -> Any:
        return self.desk.get("ticket_forms")["ticket_forms"][0]["id"]

    def _ticket(self) -> Any:
        self["trigger"]
        ticket = self.desk.ticket(
            requester={"name": "Ines", "email": f"ines{self._number()}@north.example"}, tags=["printer", "urgent"],
            type="incident", external_id=f"t{self._number()}", assignee_id=self["owner"],
        )  # fmt: skip
        comment = {"body": "A note", "public": False}
        given = {"status": "pending", "comment": comment, "custom_fields": [self._chosen()]}
        self.desk.call("PUT", f"tickets/{ticket['id']}", {"ticket": given}, status=200)
        return ticket["id"]

    def _chosen(self) -> Doc:
        value = self.desk.get(f"ticket_fields/{self['ticket_field']}/options")["custom_field_options"][0]["value"]
        return {"id": self["ticket_field"], "value": value}

    def _metric(self) -> Any:
        return self.desk.get(f"tickets/{self['ticket']}/metrics")["ticket_metric"]["id"]

    def _custom_status(self) -> Any:
        label = f"Waiting {self._number()}"
        return self.post("custom_statuses", "custom_status", status_category="pending", agent_label=label)

    def _user_field(self) -> Any:
        return self.post("user_fields", "user_field", key=f"size{self._number()}", title="Size", type="text")

    def _short_form(self) -> Any:
        return self.post("ticket_forms", "ticket_form", name=f"Short {self._number()}")

    def _comment(self) -> Any:
        return self.desk.get(f"tickets/{self['ticket']}/comments")["comments"][0]["id"]

    def _file(self) -> Any:
        return self.desk.call("POST", "uploads?filename=log.txt", "lines of a log", status=201).json()["upload"]

    def _upload(self) -> Any:
        return self._file()["token"]

    def _attachment(self) -> Any:
        return self._file()["attachment"]["id"]

    def _attachment_url(self) -> Any:
        return self._file()["attachment"]["content_url"]

    def _audit(self) -> Any:
        return self.desk.audits(self["ticket"])[-1]["id"]

    def _closed_ticket(self) -> Any:
        return self.desk.ticket(status="closed", assignee_id=self["owner"])["id"]

    def _deleted_ticket(self) -> Any:
        number = self["spare_ticket"]
        self.desk.call("DELETE", f"tickets/{number}", status=204)
        return number

    def _request(self) -> Any:
        return self.desk.call(
            "POST", "requests", {"request": {"subject": "Help", "comment": {"body": "Please."}}}, status=201
        ).json()["request"]["id"]

    def _suspended_ticket(self) -> Any:
        mail = {"subject": "Win", "content": "Click here", "email": "x@spam.example"}
        return self.desk.call("POST", "/sandbox/suspended_tickets", mail, status=201).json()["suspended_ticket"]["id"]

    def _job(self) -> Any:
        return self.desk.job([{"id": self["spare_ticket"], "priority": "low"}, {"id": 999_999}])["id"]

    def _trigger_category(self) -> Any:
        return self.post("trigger_categories", "trigger_category", name=f"Later {self._number()}", position=1)

    def _trigger(self) -> Any:
        title = f"Escalate {self._number()}"
        return self.post("triggers", "trigger", title=title, conditions=CONDITIONS, actions=ACTIONS)

    def _automation(self) -> Any:
        return self.post("automations", "automation", title=f"Late {self._number()}", **self.waiting())

    def waiting(self) -> dict[str, Any]:
        """Conditions and actions of an automation that no other has."""
        late = {"field": "PENDING", "operator": "greater_than", "value": str(1_000 + self._number())}
        return {
            "conditions": {"all": [*CONDITIONS["all"], late], "any": []},
            "actions": [{"field": "status", "value": "open"}],
        }

    def _view(self) -> Any:
        return self.post(
            "views", "view", title=f"Waiting {self._number()}", **CONDITIONS,
            output={"columns": ["nice_id", "requester", self["ticket_field"]], "group_by": "priority"},
        )  # fmt: skip

    def _webhook(self) -> Any:
        given = {"name": "W", "endpoint": "http://127.0.0.1:9/hook", "http_method": "POST", "request_format": "json"}
        return self.post("webhooks", "webhook", **given, status="active", subscriptions=["conditional_ticket_events"])

    def _invocation(self) -> Any:
        """The id of a call that the webhook's endpoint, where nobody listens, was to receive."""
        action = {"field": "notification_webhook", "value": [self["webhook"], "{}"]}
        created = {"all": [{"field": "update_type", "operator": "is", "value": "Create"}], "any": []}
        trigger = self.post("triggers", "trigger", title="Call", conditions=created, actions=[action])
        self.desk.ticket()
        self.desk.call("DELETE", f"triggers/{trigger}", status=204)
        path = f"webhooks/{self['webhook']}/invocations"
        return until(lambda: self.desk.get(path)["invocations"])[0]["id"]
