"""What the tools of others say of Dockerfile, compose file and unit. Part of ``make package``, which installs them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.packaging.pins import ROOT

EXPOSURE: Final = 2.0
"""systemd rates 0 (nothing is exposed) to 10; above 2 a directive that hardens was lost."""


def run(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not on this machine")
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    done = run("hadolint", "--failure-threshold", "style", "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


def test_compose_reads_its_file(tmp_path: Path) -> None:
    """With every reference resolved: secrets, networks, volumes, dependencies, merges; the admin's profile too."""
    deploy = tmp_path / "deploy"
    shutil.copytree(ROOT / "deploy", deploy)
    done = run("docker-compose", "-f", "compose.yaml", "--profile", "admin", "config", "--format", "json", cwd=deploy)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    services = json.loads(done.stdout)["services"]
    assert set(services) == {"receiver", "worker", "admin", "postgres"}
    for name, one in services.items():
        assert one["read_only"] is True, name
        assert one["secrets"] == [{"source": "store_password", "target": "/run/secrets/store_password"}], name
    assert [mount["read_only"] for mount in services["worker"]["volumes"]] == [True]
    assert services["receiver"]["ports"][0]["host_ip"] == "127.0.0.1"


def test_systemd_reads_the_unit_and_finds_it_confined(tmp_path: Path) -> None:
    """Its one complaint may be that the program is not installed on this machine."""
    unit = ROOT / "deploy" / "zendesk-sync.service"
    done = run("systemd-analyze", "verify", str(unit))
    complaints = [line for line in done.stderr.splitlines() if "is not executable: No such file" not in line]
    assert not complaints
    rated = run("systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE * 10:.0f}", str(unit))
    assert rated.returncode == 0, rated.stdout.splitlines()[-1]
