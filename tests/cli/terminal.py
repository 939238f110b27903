"""A command on a real terminal, answered by somebody who waits for each question."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

ENOUGH_S = 60.0
HIDDEN = "not shown"
"""A question with these words expects that nothing is echoed."""


def answered(
    words: Iterable[str], dialogue: Iterable[tuple[str, str]], *, folder: Path, environ: Mapping[str, str]
) -> tuple[int, str]:
    """Run ``zendesk-sync`` and type each answer once its question is on the screen.

    Returns:
        The exit code, and all that was on the screen.
    """
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "zendesk_sync.cli.main", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env={**os.environ, **environ},
        start_new_session=True,
    )
    os.close(theirs)
    screen, shown, left, ends = "", 0, list(dialogue), time.monotonic() + ENOUGH_S
    try:
        while True:
            assert time.monotonic() < ends, f"still at: {screen[shown:]}"
            if left and left[0][0] in screen[shown:] and (HIDDEN not in screen[shown:] or not _echoes(ours)):
                shown = len(screen)
                os.write(ours, f"{left.pop(0)[1]}\n".encode())
            if not select.select([ours], [], [], 0.02)[0]:
                continue
            try:
                got = os.read(ours, 4096)
            except OSError:  # the other side has hung up
                break
            screen += got.decode(errors="replace").replace("\r\n", "\n")
        code = child.wait(ENOUGH_S)
    finally:
        child.kill()
        os.close(ours)
    assert not left, f"never asked: {left[0][0]}\n{screen}"
    return code, screen


def _echoes(terminal: int) -> bool:
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
