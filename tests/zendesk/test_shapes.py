"""Records are read by several threads at once, from their first use on."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys, threading, time
from zendesk_sync.zendesk.client import decode
from zendesk_sync.zendesk.tickets import _Export
sys.setswitchinterval(1e-6)
AT = b'"created_at": "2026-03-02T10:00:00Z", "updated_at": "2026-03-02T10:00:00Z"'
TICKET = b'{"id": 1, "via": {"channel": "web"}, "custom_fields": [{"id": 1, "value": "x"}], %s}' % AT
BODY = b'{"tickets": [%s], "end_of_stream": true}' % TICKET
together, failures = threading.Barrier(8), []
def read(number):
    together.wait()
    time.sleep(number * 0.0003)
    try:
        assert decode(BODY, _Export, "export").tickets[0].id == 1
    except BaseException as error:
        failures.append(error)
threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(failures)
"""


def test_a_type_is_worked_out_by_one_thread() -> None:
    """Without that about one process in three dies in msgspec, so two of them see it more often than not."""
    running = [
        subprocess.Popen([sys.executable, "-c", CODE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60) for process in running]
    assert [(process.returncode, out) for process, (out, _) in zip(running, said, strict=True)] == [(0, "[]\n")] * 2
