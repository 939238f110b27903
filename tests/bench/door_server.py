"""Servers for the bench, each in a process of its own: ``door STORE``, or ``bare``, which only answers 200."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import sqlalchemy as sa
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from webhooks import listener
from webhooks.app import PATH, create_app
from zendesk_sync.cli.common import configure_logging
from zendesk_sync.store import Store

SECRET = "a secret of the bench"


async def accept(_: Request) -> JSONResponse:
    return JSONResponse({"status": "accepted"})


def main() -> None:
    configure_logging("json", logging.INFO)
    with listener.bind("127.0.0.1", 0, "port") as listening:
        print(listening.getsockname()[1], flush=True)  # noqa: T201
        if sys.argv[1] == "bare":
            app = Starlette(routes=[Route(PATH, accept, methods=["POST"])])
            config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", http="h11")
            uvicorn.Server(config).run(sockets=[listening])
            return
        place = sa.make_url(sys.argv[2]) if "://" in sys.argv[2] else Path(sys.argv[2])
        with Store.open(place) as store:
            listener.listen(create_app(accounts={"acme": [SECRET]}, mark=store.mark), listening)


if __name__ == "__main__":
    main()
