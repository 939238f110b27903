"""The distributions as a user gets them: built offline with the environment's own hatchling, installed outside."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Final

from tests.packaging.pins import ROOT

PATIENCE_S: Final = 120.0


def build(target: str, into: Path, source: Path = ROOT) -> Path:
    """Build ``wheel`` or ``sdist`` of a source tree; returns the file."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)],
        cwd=source,
        check=True,
        capture_output=True,
        timeout=PATIENCE_S,
    )
    (file,) = into.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return file


def install(wheel: Path, into: Path) -> Path:
    """Install the wheel alone into a new environment that sees this one's libraries; returns its ``zendesk-sync``.

    Files ending in ``.pth`` count only in an environment's own folder, so the checkout that this environment is
    linked to is not seen there.
    """
    venv.create(into, with_pip=False)
    (packages,) = into.glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    python = into / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--ignore-installed", str(wheel)], check=True, capture_output=True, timeout=PATIENCE_S)
    return into / "bin" / "zendesk-sync"


def run(command: Path, *words: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run an installed program with nothing of the checkout in sight."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("ZENDESK_SYNC_", "PYTHON"))}
    return subprocess.run(
        [str(command), *words],
        cwd=cwd,
        env={**clean, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
