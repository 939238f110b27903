"""Triggers, and the webhooks they call."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.sandbox.conftest import Desk, Doc, until
from zendesk_sync.sandbox.model.deliveries import TEST_SECRET, sign

_NOTHING: list[Doc] = []


class Receiver:
    """A web server that keeps what it receives and answers what it is told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes, str]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _take(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                outer.calls.append(({name.lower(): value for name, value in self.headers.items()}, body, self.path))
                status, headers = outer.answers.pop(0) if outer.answers else (200, {})
                self.send_response(status)
                for name, value in {**headers, "content-length": "0"}.items():
                    self.send_header(name, value)
                self.end_headers()

            do_GET = do_POST = _take  # noqa: N815 - the names that the base class looks for

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


def hook(desk: Desk, url: str, **more: Any) -> Doc:
    body = {
        "name": "hook", "endpoint": url, "http_method": "POST", "request_format": "json", "status": "active",
        "subscriptions": ["conditional_ticket_events"], **more,
    }  # fmt: skip
    made: Doc = desk.call("POST", "webhooks", {"webhook": body}, status=201).json()["webhook"]
    return made


def trigger(desk: Desk, *actions: Doc, every: list[Doc] = _NOTHING, some: list[Doc] = _NOTHING, **more: Any) -> Doc:
    conditions = {"all": every, "any": some}
    body = {"title": "T", "conditions": conditions, "actions": list(actions), **more}
    made: Doc = desk.call("POST", "triggers", {"trigger": body}, status=201).json()["trigger"]
    return made


def when(field: str, operator: str, value: Any = None) -> Doc:
    return {"field": field, "operator": operator, "value": value}


def then(field: str, value: Any) -> Doc:
    return {"field": field, "value": value}


def quiet(desk: Desk) -> None:
    until(lambda: desk.call("GET", "/sandbox/webhooks").json()["pending"] == 0)


def test_a_triggers_effect_stands_in_the_same_audit(desk: Desk) -> None:
    """Its event carries `via` rule and names the trigger; fields and tags move together."""
    field = desk.field("tagger", "gold")
    rule = trigger(
        desk, then("priority", "high"), then("current_tags", "gold"), every=[when("update_type", "is", "Create")]
    )
    ticket = desk.ticket()
    assert (ticket["priority"], ticket["tags"]) == ("high", ["gold"])
    events = {e["field_name"]: e for e in desk.audits(ticket["id"])[0]["events"] if e.get("via")}
    assert set(events) == {"priority", "tags", str(field["id"])}
    via = events["priority"]["via"]
    assert (via["channel"], via["source"]["rel"], via["source"]["from"]["id"]) == ("rule", "trigger", rule["id"])


def test_triggers_start_over_after_a_change_and_fire_once(desk: Desk) -> None:
    """An earlier trigger sees what a later one did; none fires twice in one cycle."""
    trigger(desk, then("current_tags", "second"), every=[when("current_tags", "includes", "first other")], position=1)
    trigger(desk, then("current_tags", "first"), every=[when("priority", "is", "high")], position=2)
    assert desk.ticket(priority="high")["tags"] == ["first", "second"]
    assert desk.ticket(priority="low")["tags"] == []


@pytest.mark.parametrize(
    ("condition", "created", "updated"),
    [
        (when("update_type", "is", "Create"), True, False),
        (when("update_type", "is", "Change"), False, True),
        (when("status", "less_than", "solved"), True, True),
        (when("status", "changed"), False, True),
        (when("status", "not_changed"), True, False),
        (when("status", "value", "open"), False, True),
        (when("status", "value_previous", "new"), False, True),
        (when("priority", "greater_than", "normal"), True, False),
        (when("priority", "is", ""), False, False),
        (when("current_tags", "not_includes", "a"), True, True),
        (when("comment_is_public", "is", "false"), False, True),
        (when("comment_is_public", "is", "not_relevant"), True, True),
        (when("current_via_id", "is_not", "5"), False, False),
        (when("organization_id", "not_present"), True, True),
        (when("role", "is", "agent"), True, True),
        (when("nonsense", "is", "x"), None, None),
    ],
)
def test_conditions(desk: Desk, condition: Doc, created: bool | None, updated: bool | None) -> None:
    """Each condition holds on creation (high, public) and on an update (opened, low, with a note) as documented."""
    body = {"title": "T", "conditions": {"all": [condition], "any": []}, "actions": [then("current_tags", "hit")]}
    answer = desk.call("POST", "triggers", {"trigger": body})
    if created is None:
        assert answer.status_code == 422
        return
    ticket = desk.ticket(priority="high")
    assert ("hit" in ticket["tags"]) is created
    desk.call("POST", f"tickets/{ticket['id']}/tags", {"tags": []}, status=201)
    number = desk.ticket(priority="high", tags=["hit"])["id"] if created else ticket["id"]
    desk.call("PUT", f"triggers/{answer.json()['trigger']['id']}", {"trigger": {"active": False}}, status=200)
    desk.call("DELETE", f"tickets/{number}/tags", {"tags": ["hit"]}, status=200)
    desk.call("PUT", f"triggers/{answer.json()['trigger']['id']}", {"trigger": {"active": True}}, status=200)
    note = {"body": "N", "public": False}
    changed = desk.write(number, priority="low", assignee_id=desk.sandbox.owner_id, comment=note)["ticket"]
    assert ("hit" in changed["tags"]) is updated


def test_field_conditions_and_any(desk: Desk) -> None:
    """Custom fields compare by option tag; a multiselect includes; one of `any` is enough."""
    one, many = desk.field("tagger", "gold"), desk.field("multiselect", "a", "b", title="Flags")
    either = [when(f"custom_fields_{one['id']}", "is", "gold"), when(f"custom_fields_{many['id']}", "includes", "b")]
    trigger(desk, then("priority", "high"), some=either)
    assert desk.ticket()["priority"] is None
    assert desk.ticket(custom_fields=[{"id": one["id"], "value": "gold"}])["priority"] == "high"
    assert desk.ticket(custom_fields=[{"id": many["id"], "value": ["a", "b"]}])["priority"] == "high"


def test_closed_tickets_run_no_triggers_but_closing_does(desk: Desk) -> None:
    """The update that closes runs them; later ones do not."""
    trigger(desk, then("current_tags", "seen"), every=[when("update_type", "is", "Change")])
    number = desk.ticket(assignee_id=desk.sandbox.owner_id)["id"]
    assert desk.write(number, priority="low", tags=[])["ticket"]["tags"] == ["seen"]
    desk.call("PUT", f"tickets/{number}", {"ticket": {"status": "closed", "tags": []}}, status=200)
    assert desk.read(number)["tags"] == ["seen"]
    desk.job([{"id": number, "remove_tags": ["seen"]}])
    assert desk.read(number)["tags"] == []


def test_trigger_writes_replace_conditions_and_definitions_tell_the_truth(desk: Desk) -> None:
    """PUT replaces both lists; every field that definitions offer can be written."""
    rule = trigger(desk, then("priority", "low"), every=[when("status", "is", "new")])
    changed = {"conditions": {"any": [when("type", "is", "task")]}}
    answer = desk.call("PUT", f"triggers/{rule['id']}", {"trigger": changed}, status=200).json()["trigger"]
    assert answer["conditions"] == {"all": [], "any": [when("type", "is", "task")]}
    definitions = desk.get("triggers/definitions")["definitions"]
    offered = [when(one["subject"], one["operators"][0]["value"], "x") for one in definitions["conditions_all"]]
    trigger(desk, then("priority", "low"), every=offered, title="All")
    assert [t["title"] for t in desk.get("triggers")["triggers"]] == ["T", "All"]
    desk.call("DELETE", f"triggers/{rule['id']}", status=204)
    desk.call("GET", f"triggers/{rule['id']}", status=404)


def test_the_published_test_vector() -> None:
    """The signature is HMAC-SHA256 with the secret as text over timestamp and body."""
    signature = sign(TEST_SECRET, "2021-03-25T05:09:27Z", b'{"ticket_id":"33"}')
    assert signature == "BojqxFeTNoKqiRbZWBoc9E+UwwzjBZQtmS+AKKSB4pU="


def test_a_delivery_is_rendered_and_signed(desk: Desk, receiver: Receiver) -> None:
    """Body, headers and signature arrive as documented, and the invocation is logged."""
    auth = {"type": "bearer_token", "data": {"token": "s3"}, "add_position": "header"}
    webhook = hook(desk, receiver.url, authentication=auth, custom_headers={"X-Env": "test"})
    body = '{"id":"{{ticket.id}}","at":"{{ticket.updated_at_with_timestamp}}","by":"{{current_user.id}}"}'
    trigger(desk, then("notification_webhook", [webhook["id"], body]))
    ticket = desk.ticket()
    quiet(desk)
    ((headers, raw, _),) = receiver.calls
    by = str(desk.sandbox.owner_id)
    assert json.loads(raw) == {"id": str(ticket["id"]), "at": ticket["updated_at"], "by": by}
    secret = desk.get(f"webhooks/{webhook['id']}/signing_secret")["signing_secret"]["secret"]
    stamp = headers["x-zendesk-webhook-signature-timestamp"]
    assert headers["x-zendesk-webhook-signature"] == sign(secret, stamp, raw)
    assert headers["user-agent"] == "Zendesk Webhook"
    assert headers["x-zendesk-webhook-id"] == webhook["id"]
    assert (headers["authorization"], headers["x-env"]) == ("Bearer s3", "test")
    log = desk.get(f"webhooks/{webhook['id']}/invocations")["invocations"]
    assert [(one["status"], one["status_code"]) for one in log] == [("success", 200)]


@pytest.mark.parametrize(
    ("answers", "calls", "verdict"),
    [
        ([(409, {})] * 5, 4, "client error"),
        ([(409, {}), (200, {})], 2, "success"),
        ([(503, {"retry-after": "1"})], 2, "success"),
        ([(503, {"retry-after": "61"})], 1, "server error"),
        ([(429, {})], 1, "throttled"),
        ([(500, {})], 1, "server error"),
    ],
)
def test_retries(desk: Desk, receiver: Receiver, answers: list[Any], calls: int, verdict: str) -> None:
    """409 up to three times, 429 and 503 only with a short `Retry-After`, nothing else."""
    receiver.answers = list(answers)
    webhook = hook(desk, receiver.url)
    trigger(desk, then("notification_webhook", [webhook["id"], "{}"]))
    desk.ticket()

    def settled() -> bool:
        desk.advance(1)
        return bool(desk.call("GET", "/sandbox/webhooks").json()["pending"] == 0)

    until(settled)
    assert len(receiver.calls) == calls
    assert desk.get(f"webhooks/{webhook['id']}/invocations")["invocations"][0]["status"] == verdict


def test_deliveries_can_be_lost_doubled_and_held(desk: Desk, receiver: Receiver) -> None:
    """A test steers what happens to the next deliveries."""
    webhook = hook(desk, receiver.url)
    trigger(desk, then("notification_webhook", [webhook["id"], "{{ticket.id}}"]))
    desk.call("POST", "/sandbox/webhooks", {"drop_next": 1, "pause": True}, status=200)
    desk.ticket()
    doubled = desk.ticket()["id"]
    assert desk.call("POST", "/sandbox/webhooks", {"duplicate_next": 1}).json()["pending"] == 1
    last = desk.ticket()["id"]
    assert desk.call("GET", "/sandbox/webhooks").json()["pending"] == 3
    assert receiver.calls == []
    desk.call("POST", "/sandbox/webhooks", {"pause": False})
    quiet(desk)
    assert sorted(int(body) for _, body, _ in receiver.calls) == [doubled, last, last]


def test_only_loopback_is_called(desk: Desk) -> None:
    """An address elsewhere is never contacted; the invocation failed."""
    webhook = hook(desk, "https://hooks.example/x")
    trigger(desk, then("notification_webhook", [webhook["id"], "{}"]))
    desk.ticket()
    quiet(desk)
    assert desk.get(f"webhooks/{webhook['id']}/invocations")["invocations"][0]["status"] == "failed"


def test_webhook_life(desk: Desk, receiver: Receiver) -> None:
    """201 and 204s; secrets never come back; PUT drops what it leaves out, PATCH keeps it; one in use stays."""
    auth = {"type": "basic_auth", "data": {"username": "u", "password": "hidden"}, "add_position": "header"}
    webhook = hook(desk, receiver.url, authentication=auth)
    path = f"webhooks/{webhook['id']}"
    assert len(webhook["id"]) == 26
    shown = desk.call("GET", path, status=200)
    assert "hidden" not in shown.text
    assert shown.json()["webhook"]["authentication"]["data"] == {"username": "u"}
    assert desk.call("PATCH", path, {"webhook": {"name": "renamed"}}, status=204).content == b""
    kept = desk.get(path)["webhook"]
    assert (kept["name"], kept["subscriptions"]) == ("renamed", ["conditional_ticket_events"])
    rule = trigger(desk, then("notification_webhook", [webhook["id"], "{}"]))
    desk.call("DELETE", path, status=400)
    desk.call("DELETE", f"triggers/{rule['id']}", status=204)
    desk.call("PUT", path, {"webhook": {"name": "put"}}, status=204)
    bare = desk.get(path)["webhook"]
    assert (bare["subscriptions"], "authentication" in bare) == ([], False)
    before = desk.get(f"{path}/signing_secret")["signing_secret"]
    after = desk.call("POST", f"{path}/signing_secret", status=201).json()["signing_secret"]
    assert before["secret"] != after["secret"]
    assert desk.get("webhooks?filter[name_contains]=pu")["meta"]["has_more"] is False
    desk.call("DELETE", path, status=204)
    desk.call("GET", path, status=404)


def test_trying_out_is_signed_with_the_test_secret(desk: Desk, receiver: Receiver) -> None:
    """A webhook that does not exist yet is tested with the public secret."""
    request = {"endpoint": receiver.url, "http_method": "POST", "request_format": "json", "payload": "{}"}
    answer = desk.call("POST", "webhooks/test", {"request": request}, status=200).json()["response"]
    assert answer["status"] == 200
    headers, raw, _ = receiver.calls[0]
    stamp = headers["x-zendesk-webhook-signature-timestamp"]
    assert headers["x-zendesk-webhook-signature"] == sign(TEST_SECRET, stamp, raw)
    elsewhere = {"request": {**request, "endpoint": "https://hooks.example"}}
    desk.call("POST", "webhooks/test", elsewhere, status=400)
