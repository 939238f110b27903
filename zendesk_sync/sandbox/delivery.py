"""Delivers webhook calls: at most 12 seconds each, repeated by Zendesk's rules, each attempt written down.

Repeated: 409 up to three times; 429 and 503 with a `Retry-After` below 60 seconds; timeouts up to five times. Nothing
else; no redirect is followed. Source: Zendesk webhooks documentation, "Webhook retries", "Webhooks circuit breaker".
"""

import asyncio
import logging
import time
from collections import defaultdict

import httpx

from zendesk_sync.sandbox import outgoing
from zendesk_sync.sandbox.breaker import Breaker
from zendesk_sync.sandbox.model import deliveries
from zendesk_sync.sandbox.model.values import whole_number
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

log = logging.getLogger(__name__)
_REPEATS = {"conflict": 3, "timeout": 5, "wait": 5}
"""How often more; that 429 and 503 end at five is a guess, the others are documented."""
_LOGGED_BODY = 10_000
_TICK = 0.01


class Courier:
    """Takes calls out of the store as they become due; several may be on their way at once, in no promised order."""

    def __init__(self, state: State, client: httpx.AsyncClient) -> None:
        self._state = state
        self._client = client
        self._under_way: set[int] = set()
        self._breakers: defaultdict[str, Breaker] = defaultdict(lambda: Breaker(state.pace.breaker_calls))

    def waiting(self) -> bool:
        """Whether any call is still to be made or on its way."""
        return bool(self._state.store.index(deliveries.PENDING))

    def send_due(self, group: asyncio.TaskGroup) -> None:
        """Start every call that is due, unless deliveries are paused."""
        if self._state.faults.pause:
            return
        for call in deliveries.due(self._state):
            if call["id"] not in self._under_way:
                self._under_way.add(call["id"])
                group.create_task(self._deliver(call))

    async def _deliver(self, call: Doc) -> None:
        try:
            webhook = self._state.store.get(deliveries.WEBHOOK, call["webhook_id"])
            if webhook is None:
                self._state.store.delete(deliveries.PENDING, call["id"])
            else:
                await self._attempt(call, webhook)
        except Exception:
            log.exception("a webhook call could not be made")
            self._close(call, None, "failed", None)
        finally:
            self._under_way.discard(call["id"])

    async def _attempt(self, call: Doc, webhook: Doc) -> None:
        breaker = self._breakers[webhook["id"]]
        if breaker.is_open(self._state.clock.timestamp()):
            self._close(call, webhook, "circuit broken", None)
            return
        request = outgoing.build(self._state, webhook, call["payload"], call["invocation_id"])
        if request is None:
            log.warning("webhook %s is not delivered: its endpoint is not a loopback address", webhook["id"])
            self._close(call, webhook, "failed", None)
            return
        if outgoing.is_too_large(request):
            log.warning("webhook %s is not delivered: its payload is of 256 KB or more", webhook["id"])
            self._close(call, webhook, "failed", None)
            return
        call["attempts"] += 1
        attempt: Doc = {"created_at": self._state.now(), "request": outgoing.told(request, webhook), "response": None}
        try:
            answer = await self._send(request)
        except (httpx.TimeoutException, TimeoutError):
            breaker.record(self._state.clock.timestamp(), failed=True)
            self._again(call, webhook, "timeout", self._state.pace.webhook_retry, attempt, "timeout", None)
            return
        except httpx.HTTPError:
            breaker.record(self._state.clock.timestamp(), failed=True)
            self._close(call, webhook, "failed", None, attempt)
            return
        attempt["response"] = {
            "headers": [{"key": name, "value": value} for name, value in answer.headers.items()],
            "payload": answer.text[:_LOGGED_BODY],
        }
        self._judge(call, webhook, attempt, answer, breaker)

    def _judge(self, call: Doc, webhook: Doc, attempt: Doc, answer: httpx.Response, breaker: Breaker) -> None:
        status = answer.status_code
        word = verdict(status)
        breaker.record(self._state.clock.timestamp(), failed=word != "success")
        pause = _retry_after(answer)
        if status == 409:
            self._again(call, webhook, "conflict", self._state.pace.webhook_retry, attempt, word, status)
        elif status in {429, 503} and pause is not None:
            self._again(call, webhook, "wait", pause, attempt, word, status)
        else:
            self._close(call, webhook, word, status, attempt)

    async def _send(self, request: httpx.Request) -> httpx.Response:
        """Wait for the answer until 12 seconds have passed by the sandbox's clock.

        A clock that is moved by hand must not cut off an answer which is just on its way, so a little real time is
        granted first; and a clock that stands still never ends a call, so the client's own timeout counts as well.
        """
        task = asyncio.ensure_future(self._client.send(request))
        ends = self._state.clock.timestamp() + self._state.pace.webhook_timeout
        granted = time.monotonic() + self._state.pace.webhook_grace
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=_TICK)
                if self._state.clock.timestamp() >= ends and time.monotonic() >= granted and not task.done():
                    raise TimeoutError
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def _again(
        self, call: Doc, webhook: Doc, reason: str, pause: float, attempt: Doc, verdict_: str, status: int | None
    ) -> None:
        if call["attempts"] > _REPEATS[reason]:
            self._close(call, webhook, verdict_, status, attempt)
            return
        call["due"] = self._state.clock.timestamp() + pause
        with self._state.store.transaction():
            deliveries.log(self._state, call, webhook, {**attempt, "status": verdict_, "status_code": status})
            self._state.store.put(deliveries.PENDING, call["id"], call)

    def _close(
        self, call: Doc, webhook: Doc | None, verdict_: str, status: int | None, attempt: Doc | None = None
    ) -> None:
        told: Doc = {"created_at": self._state.now(), "request": None, "response": None, **(attempt or {})}
        with self._state.store.transaction():
            self._state.store.delete(deliveries.PENDING, call["id"])
            deliveries.log(self._state, call, webhook, {**told, "status": verdict_, "status_code": status})


def verdict(status: int) -> str:
    """Return the word for an answer in the invocation log. A redirect is not followed, so it has failed."""
    if status < 300:
        return "success"
    if status < 400:
        return "failed"
    if status == 429:
        return "throttled"
    return "client error" if status < 500 else "server error"


def _retry_after(answer: httpx.Response) -> float | None:
    seconds = whole_number(answer.headers.get("retry-after", ""))
    return float(seconds) if seconds is not None and seconds < 60 else None
