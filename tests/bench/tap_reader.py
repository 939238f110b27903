"""tap-zendesk over one export, run by an interpreter that has it installed: ``REPORT URL TOKEN``.

Nothing of this project is imported. The tap is used as it is but for the address of its ticket stream, which it spells
out itself; of its streams only the tickets are read, and what it hands on goes where standard output goes. The pauses
that it makes for the tickets' audits, also where nobody asked for audits, are left out and told apart.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any


def main() -> None:
    report, url, token = sys.argv[1:]
    tap: Any = importlib.import_module("tap_zendesk")
    streams: Any = importlib.import_module("tap_zendesk.streams")
    discover: Any = importlib.import_module("tap_zendesk.discover")
    singer: Any = importlib.import_module("singer")
    streams.Tickets.endpoint = url + "/api/v2/incremental/tickets/cursor.json"
    config = {"subdomain": "bench", "access_token": token, "start_date": "2000-01-01T00:00:00Z"}
    tickets = streams.Tickets(None, config)
    schema = singer.resolve_schema_references(tickets.load_schema(), discover.load_shared_schema_refs())
    metadata = tickets.load_metadata()
    next(one for one in metadata if not one["breadcrumb"])["metadata"]["selected"] = True
    stream = {"stream": "tickets", "tap_stream_id": "tickets", "schema": schema, "metadata": metadata}
    catalog = importlib.import_module("singer.catalog").Catalog.from_dict({"streams": [stream]})
    count, pauses, write = 0, 0.0, singer.write_record

    def counted(*args: Any, **known: Any) -> None:
        nonlocal count
        count += 1
        write(*args, **known)

    def paused(seconds: float) -> None:
        nonlocal pauses
        pauses += seconds

    singer.write_record = counted
    setattr(time, "sleep", paused)  # noqa: B010
    real, cpu = time.perf_counter(), time.process_time()
    tap.do_sync(None, catalog, {}, config)
    real_s, cpu_s = time.perf_counter() - real, time.process_time() - cpu
    told = {"tickets": count, "real_s": real_s, "cpu_s": cpu_s, "paused_s": pauses}
    Path(report).write_text(json.dumps(told))


if __name__ == "__main__":
    main()
