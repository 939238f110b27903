"""Our read path over one export, in a process of its own: ``REPORT URL TOKEN``.

Nothing is sent to a limit here: the time in which the rate is waited for counts for nobody.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from tests.bench.own_time import OwnTime


def main() -> None:
    report, url, token = sys.argv[1:]
    own = OwnTime(url)
    own.install()

    from pydantic import SecretStr

    from zendesk_sync.sync.connection import ONE_SHOT_PATIENCE_S
    from zendesk_sync.zendesk.auth import Bearer
    from zendesk_sync.zendesk.client import open_client
    from zendesk_sync.zendesk.tickets import Tickets

    count, cursor, done = 0, None, False
    with open_client(url, Bearer(SecretStr(token)), patience_s=ONE_SHOT_PATIENCE_S) as client:
        tickets = Tickets(client)
        real, cpu = time.perf_counter(), time.process_time()
        while not done:
            page = tickets.export(cursor=cursor, start_time=0 if cursor is None else None)
            count += len(page.tickets)
            cursor, done = page.after_cursor, page.end_of_stream
        told = {"tickets": count, "real_s": time.perf_counter() - real, "cpu_s": time.process_time() - cpu - own.cpu_s}
    Path(report).write_text(json.dumps(told))


if __name__ == "__main__":
    main()
