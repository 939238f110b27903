"""The wheel holds all that runs and nothing else, and works where no checkout is."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.e2e.processes import configure
from tests.packaging import built
from tests.packaging.pins import ROOT
from zendesk_sync import __version__
from zendesk_sync.sandbox import Sandbox

PACKAGES = ("zendesk_sync", "webhooks")
LEFT_OUT = ("__pycache__", ".pyc", ".db")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built.build("wheel", tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_every_file_of_the_packages_and_no_other(wheel: Path) -> None:
    """Policy, definitions, templates, seeds and type marks included; no test, no store, no secret."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and not any(mark in str(file) for mark in LEFT_OUT)
    }
    assert held == wanted


def test_the_installed_program_needs_no_checkout(wheel: Path, tmp_path: Path) -> None:
    """It is its own, judges a policy file by its own default policy, and plans an account by its own definitions."""
    command = built.install(wheel, tmp_path / "venv")
    folder = tmp_path / "somewhere"
    folder.mkdir()
    told = built.run(command, "--version", cwd=folder)
    assert (told.returncode, told.stdout.strip()) == (0, f"zendesk-sync {__version__}")
    ask = "import zendesk_sync, webhooks; print(zendesk_sync.__file__); print(webhooks.__file__)"
    places = built.run(command.with_name("python"), "-c", ask, cwd=folder).stdout.split()
    assert all(place.startswith(str(tmp_path / "venv")) for place in places), places

    (folder / "bad.toml").write_text('extends = "default"\nunheard_of = 1\n', encoding="utf-8")
    judged = built.run(command, "policy", "check", "bad.toml", cwd=folder)
    assert judged.returncode in {1, 2}
    assert "unheard_of" in judged.stdout + judged.stderr
    assert "Traceback" not in judged.stderr

    with Sandbox(fast=True) as zendesk:
        configure(folder, zendesk.url, 8080, secret=zendesk.client_secret)
        planned = built.run(command, "setup", "apply", "--dry-run", cwd=folder)
    assert planned.returncode == 0, planned.stderr
    assert "Sync mark" in planned.stdout
    assert "webhook" in planned.stdout
