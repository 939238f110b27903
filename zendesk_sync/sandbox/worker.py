"""What goes on between the requests: jobs and webhook deliveries, on the server's own event loop."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from zendesk_sync.sandbox import delivery
from zendesk_sync.sandbox.model import jobs
from zendesk_sync.sandbox.state import State

log = logging.getLogger(__name__)
_TICK = 0.01


@asynccontextmanager
async def work(state: State) -> AsyncIterator[None]:
    """Keep working until the block ends; what is unfinished stays in the store."""
    async with httpx.AsyncClient(follow_redirects=False, trust_env=False) as client:
        task = asyncio.create_task(_loop(state, delivery.Courier(state, client)))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _loop(state: State, courier: delivery.Courier) -> None:
    """Look every few milliseconds while something waits; otherwise sleep until a request brings something."""
    async with asyncio.TaskGroup() as group:
        while True:
            try:
                jobs.advance(state)
                courier.send_due(group)
            except Exception:
                log.exception("the sandbox's worker failed and goes on")
            if jobs.active(state) or courier.waiting():
                await asyncio.sleep(_TICK)
            else:
                state.wake.clear()
                await state.wake.wait()
