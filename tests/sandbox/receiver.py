"""A web server that webhooks call, and short words for triggers."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.sandbox.conftest import Desk, Doc, until

_NOTHING: list[Doc] = []


class Receiver:
    """A web server that keeps what it receives and answers what it is told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes, str]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.silent = threading.Event()
        self.silent.set()
        """Cleared, calls are taken and not answered until it is set again."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _take(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                outer.calls.append(({name.lower(): value for name, value in self.headers.items()}, body, self.path))
                status, headers = outer.answers.pop(0) if outer.answers else (200, {})
                outer.silent.wait()
                self.send_response(status)
                for name, value in {**headers, "content-length": "0"}.items():
                    self.send_header(name, value)
                self.end_headers()

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _take  # noqa: N815 - the names that the base class looks for

            def handle(self) -> None:
                with contextlib.suppress(ConnectionError):  # a caller that has timed out has gone
                    super().handle()

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def bodies(self) -> list[str]:
        return [body.decode() for _, body, _ in self.calls]

    def stop(self) -> None:
        self.silent.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


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


def calling(desk: Desk, receiver: Receiver, body: str = "{{ticket.id}}", **more: Any) -> Doc:
    """Make a webhook which is called whenever anything happens to a ticket."""
    webhook = hook(desk, receiver.url, **more)
    trigger(desk, then("notification_webhook", [webhook["id"], body]))
    return webhook


def log_of(desk: Desk, webhook: Doc) -> list[Any]:
    """What the invocation log says, newest first: (status, status code)."""
    found = desk.get(f"webhooks/{webhook['id']}/invocations")["invocations"]
    return [(one["status"], one["status_code"]) for one in found]
