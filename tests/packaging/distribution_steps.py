"""Wheel and sdist at length: the sdist builds the same wheel, which does the main job. Part of ``make package``."""

from __future__ import annotations

import subprocess
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from tests.packaging import built
from tests.packaging.pins import ROOT


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(built.build("sdist", folder)) as archive:
        archive.extractall(folder, filter="data")
    (unpacked,) = (path for path in folder.iterdir() if path.is_dir())
    return unpacked


def test_the_sdist_builds_the_very_wheel_of_the_checkout(sdist: Path, tmp_path: Path) -> None:
    """Byte by byte, so that either can be checked against the other."""
    one, other = (built.build("wheel", tmp_path / name, source) for name, source in (("a", ROOT), ("b", sdist)))
    assert sha256(one.read_bytes()).hexdigest() == sha256(other.read_bytes()).hexdigest()


def test_the_sdist_holds_the_whole_project(sdist: Path) -> None:
    """Every tracked file but what only the repository needs."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    missing = {name for name in tracked if not (sdist / name).is_file()}
    assert missing <= {".ci/run"}, missing
    assert not list(sdist.rglob("*.secrets.toml"))


def test_the_installed_wheel_does_the_main_job(tmp_path: Path) -> None:
    """Local Zendesk, setup, service and table, from an environment where no checkout is."""
    command = built.install(built.build("wheel", tmp_path / "dist"), tmp_path / "venv")
    folder = tmp_path / "somewhere"
    folder.mkdir()
    done = built.run(command, "demo", "--exit", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "What stands in Zendesk now" in done.stdout
    assert not list(folder.iterdir()), "the demo leaves nothing behind"
