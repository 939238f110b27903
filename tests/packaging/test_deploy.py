"""Dockerfile, compose file and systemd unit keep what they promise, as far as their text can say it.

``make package`` runs their steps.
"""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.packaging import pins
from tests.packaging.dockerfile import Step, environment, in_context, stages, the
from zendesk_sync import __version__
from zendesk_sync.cli.main import app
from zendesk_sync.errors import ConfigurationError
from zendesk_sync.settings import Settings, load, load_secrets

ROOT: Final = pins.ROOT
DEPLOY: Final = ROOT / "deploy"
COMPOSE: Final[dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
OURS: Final = {name: one for name, one in COMPOSE["services"].items() if name != "postgres"}
FINAL: Final[list[Step]] = stages()[-1]
SECRET: Final = re.compile(r"(?i)(password|secret|token)(?!_FILE\b)\w*\s*[=:]\s*[^\s/]")


def commands() -> set[str]:
    """The commands that the program has."""
    from typer.main import get_command

    return set(get_command(app).commands)  # type: ignore[attr-defined]


def unit() -> configparser.ConfigParser:
    """The unit; of a key that is set several times all values, one a line."""
    merged: dict[str, dict[str, str]] = {}
    section = ""
    for line in (DEPLOY / "zendesk-sync.service").read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r"\[(\w+)\]", line):
            section = found[1]
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            seen = merged.setdefault(section, {})
            seen[key] = f"{seen[key]}\n{value}" if key in seen else value
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_dict(merged)
    return parser


@pytest.mark.parametrize("file", list(pins.FILES))
def test_the_image_installs_the_pins_of_requirements_txt(file: str) -> None:
    """Closed under what the service needs, nothing else; `make generated` brings it up to date."""
    assert (DEPLOY / file).read_text(encoding="utf-8") == pins.rendered(file), "run: make generated"


def test_the_image_holds_no_tool_of_development() -> None:
    text = (DEPLOY / "requirements.txt").read_text(encoding="utf-8")
    names = set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))
    assert {"httpx", "sqlalchemy", "psycopg-binary", "procrastinate"} <= names
    assert not {"pytest", "hypothesis", "mypy", "ruff", "playwright", "hatchling"} & names


def test_pins_are_chosen_for_the_python_of_the_image() -> None:
    for stage in stages():
        assert stage[0].rest.split()[0] == f"python:{pins.IMAGE['python_version']}-slim"


def test_every_install_step_is_pinned_by_hash_or_reads_no_registry() -> None:
    for stage in stages():
        for step in stage:
            for install in re.findall(r"pip install [^&]*", step.rest):
                assert "--require-hashes" in install or "--no-index" in install, install


def test_the_container_runs_as_nobody_and_stops_as_the_service_expects() -> None:
    """Exec form throughout, so that the signal reaches the service and not a shell."""
    assert the(FINAL, "USER").rest == "65532:65532"
    assert the(FINAL, "STOPSIGNAL").rest == "SIGTERM"
    assert the(FINAL, "ENTRYPOINT").words == ["zendesk-sync"]
    assert the(FINAL, "CMD").words == ["serve"]
    assert the(FINAL, "HEALTHCHECK").words[0] == "python"
    words = [step.word for step in FINAL]
    assert "RUN" not in words[words.index("USER") :], "nothing is installed by the user that the service runs as"


def test_no_secret_can_get_into_a_layer() -> None:
    """The build sees the package and the pins only, whatever lies in the checkout; and no variable holds a secret."""
    for file in ("acme.secrets.toml", "deploy/config/acme.secrets.toml", "deploy/secrets/store_password", ".env"):
        assert not in_context(file), file
    for file in ("zendesk-sync.toml", ".git/config", "zendesk_sync/acme.secrets.toml", "webhooks/zendesk-sync.db"):
        assert not in_context(file), file
    assert not in_context("zendesk_sync/__pycache__/errors.cpython-312.pyc")
    for stage in stages():
        for step in stage:
            assert step.word not in {"ADD", "ARG"}, step
            assert not SECRET.search(step.rest), step


def test_the_build_sees_all_that_it_copies() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines() or [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
    for step in (step for stage in stages() for step in stage if step.word == "COPY" and "from" not in step.flags):
        for source in step.plain.split()[:-1]:
            files = [name for name in tracked if name == source or name.startswith(f"{source}/")]
            assert files, source
            assert all(in_context(name) for name in files if "__pycache__" not in name), source


def test_no_file_names_a_registry() -> None:
    """Only an image's short name says where things come from; the machine's own configuration says the rest."""
    for file in [ROOT / "Dockerfile", *ROOT.glob("requirements*.txt"), *(p for p in DEPLOY.rglob("*") if p.is_file())]:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host", text), file
        for image in re.findall(r"(?m)^(?:FROM|\s+image:) (\S+)", text):
            assert re.fullmatch(r"[a-z-]+:[\w.-]+", image), image


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_every_container_is_confined(name: str) -> None:
    """Read-only, no capability, no way to new ones, limits; temporary files in memory; secrets by file only."""
    one = COMPOSE["services"][name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert one["mem_limit"]
    assert one["pids_limit"]
    assert all("size=" in place for place in one["tmpfs"])
    assert one["secrets"] == ["store_password"]
    assert "privileged" not in one
    for variable, value in one["environment"].items():
        assert variable.endswith("_FILE") or not SECRET.search(f"{variable}={value}"), variable


def test_compose_commands_exist() -> None:
    for name, one in OURS.items():
        first = one["command"][0]
        assert first in commands() or first == "--help", name


def test_the_receiver_is_reached_from_this_machine_only_and_postgres_from_inside() -> None:
    published = {name: one.get("ports") for name, one in COMPOSE["services"].items() if one.get("ports")}
    assert published == {"receiver": ["127.0.0.1:8080:8080"]}
    assert COMPOSE["services"]["postgres"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_services_wait_for_postgres_and_only_admin_writes_the_configuration() -> None:
    for name, one in OURS.items():
        assert one["depends_on"]["postgres"]["condition"] == "service_healthy"
        (mount,) = one["volumes"]
        source, target, *mode = mount.split(":")
        assert environment(FINAL, {})["ZENDESK_SYNC_CONFIG"] == f"{target}/zendesk-sync.toml"
        assert (DEPLOY / source / "zendesk-sync.toml").is_file()
        assert mode == ([] if name == "admin" else ["ro"])
        assert one["image"] == f"zendesk-sync:{__version__}"


def test_the_configuration_for_compose_fits_the_compose_file() -> None:
    """It loads, and its ports, store and driver are those that the containers count on."""
    settings: Settings = load(DEPLOY / "config" / "zendesk-sync.toml", {})
    service = settings.service
    assert (service.host, service.port) == ("0.0.0.0", 8080)
    assert OURS["receiver"]["environment"]["ZENDESK_SYNC_HEALTH_URL"] == (
        f"http://127.0.0.1:{service.metrics_port}/readyz"
    )
    environ = COMPOSE["services"]["postgres"]["environment"]
    assert service.store == f"postgresql://{environ['POSTGRES_USER']}@postgres:5432/{environ['POSTGRES_DB']}"
    assert service.driver == "loop"


def test_the_unit_is_hardened_and_restarts() -> None:
    service = unit()["Service"]
    wanted = {
        "DynamicUser": "yes",
        "StateDirectory": "zendesk-sync",
        "ProtectSystem": "strict",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "Restart": "always",
        "RestartPreventExitStatus": "2",
        "KillSignal": "SIGTERM",
    }
    assert {key: service.get(key) for key in wanted} == wanted
    assert service["ExecStart"] == "/opt/zendesk-sync/bin/zendesk-sync serve"


def test_the_unit_takes_configuration_and_secrets_as_credentials() -> None:
    """They lie side by side there, where the service looks for secrets; and no secret is in the environment."""
    service = unit()["Service"]
    credentials = dict(line.split(":", 1) for line in service["LoadCredential"].splitlines())
    assert set(credentials) == {"zendesk-sync.toml", "acme.secrets.toml"}
    assert all(Path(place).name == name for name, place in credentials.items())
    variables = dict(line.split("=", 1) for line in service["Environment"].splitlines())
    assert variables["ZENDESK_SYNC_CONFIG"] == "%d/zendesk-sync.toml"
    assert not any(re.search("SECRET|TOKEN|PASSWORD", name) for name in variables)


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_credential_of_systemd_is_private_though_its_mode_shows_the_groups_bit(tmp_path: Path) -> None:
    """The access list that lets the service read it shows there; anywhere else the same mode is refused."""
    (tmp_path / "zendesk-sync.toml").write_text('[accounts.acme]\nurl = "https://acme.zendesk.com"\n', encoding="utf-8")
    secrets = tmp_path / "acme.secrets.toml"
    secrets.write_text('token = "private-value"\n', encoding="utf-8")
    secrets.chmod(0o440)
    settings = load(tmp_path / "zendesk-sync.toml", {})
    assert load_secrets(settings, "acme", {"CREDENTIALS_DIRECTORY": str(tmp_path)}).token is not None
    with pytest.raises(ConfigurationError, match="chmod 600"):
        load_secrets(settings, "acme", {"CREDENTIALS_DIRECTORY": str(tmp_path / "elsewhere")})
    secrets.chmod(0o444)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        load_secrets(settings, "acme", {"CREDENTIALS_DIRECTORY": str(tmp_path)})
