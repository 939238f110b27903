"""The Dockerfile's own steps without a container engine: what they build runs read-only as nobody and does its job.

Part of ``make package``: it installs from the registry, and needs root on Linux for a file system of its own.
"""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.processes import ACCOUNT, configure, eventually, free_port, new_ticket, priority
from tests.packaging.box import PATHS, Box, building, context, interpreter
from tests.packaging.dockerfile import Step, environment, in_context, stages, the
from tests.packaging.pins import IMAGE, ROOT
from tests.packaging.test_deploy import COMPOSE, unit
from tests.postgres import postgres
from zendesk_sync import __version__
from zendesk_sync.sandbox import Sandbox

TRAPS: Final = ("acme.secrets.toml", "zendesk_sync/acme.secrets.toml", "zendesk_sync/zendesk-sync.db", ".env")
BUSY_S: Final = 120.0
"""A cold start from a file system in layers, on a machine with other work."""
CONFIG: Final = "/etc/zendesk-sync"


@dataclass(frozen=True, slots=True)
class Image:
    """What the Dockerfile made: its last stage's root, and how it wants to be run."""

    box: Box
    root: Path
    steps: list[Step]

    @property
    def environ(self) -> dict[str, str]:
        return environment(self.steps, {"PATH": PATHS})

    @property
    def user(self) -> str:
        return the(self.steps, "USER").rest

    @property
    def folder(self) -> str:
        return the(self.steps, "WORKDIR").rest

    def run(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return self.box.run(self.root, words, self.environ | environ, user=self.user, cwd=self.folder)


def build(box: Box, scratch: Path) -> Image:
    """Carry out every stage, with a trap in the checkout where no build may see it."""
    trap = scratch / "trap"
    trap.write_text("only-in-the-trap\n", encoding="utf-8")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = {name: ROOT / name for name in tracked.stdout.splitlines()} | dict.fromkeys(TRAPS, trap)
    seen = context({name: place for name, place in files.items() if in_context(name)}, scratch / "context")
    python, roots = interpreter(IMAGE["python_version"]), {}
    for number, steps in enumerate(stages()):
        name = steps[0].rest.partition(" AS ")[2] or f"stage-{number}"
        root = roots[name] = box.root(name, python)
        environ, folder = building(), "/"
        for step in steps:
            if step.word == "WORKDIR":
                folder = step.rest
                box.outside(f"mkdir -p {root}{folder}")
            elif step.word == "ENV":
                environ = environment([step], environ)
            elif step.word == "COPY":
                source = roots[step.flags["from"]] if "from" in step.flags else seen
                _copy(box, step, source, root, folder)
            elif step.word == "RUN":
                done = box.run(root, ["sh", "-c", step.rest], environ, cwd=folder)
                assert done.returncode == 0, f"{step.rest}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return Image(box, root, stages()[-1])


def _copy(box: Box, step: Step, source: Path, root: Path, folder: str) -> None:
    """COPY: a folder's content goes into the target, a file into the target's folder."""
    *names, target = step.plain.split()
    place = target if target.startswith("/") else f"{folder}/{target}"
    for name in names:
        box.outside(
            f"cd {source}\nif [ -d ./{name} ]; then mkdir -p {root}{place}; cp -a ./{name}/. {root}{place}\n"
            f"else case {place} in */|*/.) mkdir -p {root}{place};; esac; cp ./{name} {root}{place}; fi"
        )


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """The image, sealed: read-only but for its volume and /tmp."""
    with contextlib.ExitStack() as stack:
        try:
            box = stack.enter_context(Box())
        except OSError as error:
            pytest.skip(f"no file system of its own can be made here: {error}")
        made = build(box, tmp_path_factory.mktemp("image"))
        uid, gid = made.user.split(":")
        volume = the(made.steps, "VOLUME").words[0]
        box.seal(made.root, {volume: f"size=64m,mode=0700,uid={uid},gid={gid}", "/tmp": "size=16m,mode=1777,noexec"})
        yield made


def test_the_program_runs_as_nobody_on_a_read_only_root(image: Image) -> None:
    """It knows its version, has no capability, and can write nothing but its volume and /tmp."""
    told = image.run("zendesk-sync", "--version")
    assert (told.returncode, told.stdout.strip()) == (0, f"zendesk-sync {__version__}"), told.stderr
    status = image.run("sh", "-c", "id -u; grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status").stdout.split()
    assert status[0] == image.user.split(":", maxsplit=1)[0]
    assert set(status[2::2]) == {"0000000000000000", "1"}
    for place in ("/", "/opt/zendesk-sync", CONFIG, "/usr/local/bin"):
        assert image.run("sh", "-c", f"touch {place}/x").returncode != 0, place
    for place in (the(image.steps, "VOLUME").words[0], "/tmp"):
        assert image.run("sh", "-c", f"touch {place}/x && rm {place}/x").returncode == 0, place


def test_the_image_holds_the_package_and_neither_secrets_nor_an_installer(image: Image) -> None:
    assert image.run("grep", "-rlF", "only-in-the-trap", "/opt/zendesk-sync").stdout == ""
    assert image.run("python", "-c", "import pip").returncode != 0
    assert image.run("python", "-c", "import pytest").returncode != 0
    assert image.run("python", "-c", "import psycopg, procrastinate, webhooks.definitions").returncode == 0
    assert image.run("sh", "-c", "find /opt/zendesk-sync -name '*.pyc' | head -1").stdout, "bytecode is made at build"


def test_without_a_configuration_it_says_what_is_missing(image: Image) -> None:
    done = image.run("zendesk-sync", "serve")
    assert done.returncode == 2
    assert f"{CONFIG}/zendesk-sync.toml: no such configuration file" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_container_prioritises_a_ticket_and_stops_when_told(image: Image, tmp_path: Path) -> None:
    """Setup with the folder writable, then entry point and command of the image with it read-only; health both ways."""
    with Sandbox(fast=True) as zendesk:
        port = free_port()
        configure(tmp_path, zendesk.url, port, secret=zendesk.client_secret)
        config = tmp_path / "zendesk-sync.toml"
        volume = the(image.steps, "VOLUME").words[0]
        config.write_text(config.read_text().replace("[service]", f'[service]\nstore = "{volume}/zendesk-sync.db"'))
        _own(tmp_path, image.user)
        entry = the(image.steps, "ENTRYPOINT").words
        image.box.bind(tmp_path, image.root, CONFIG, read_only=False)
        setup = image.run(*entry, "setup", "apply", "--quiet")
        assert setup.returncode == 0, setup.stderr
        assert (tmp_path / f"{ACCOUNT}.secrets.toml").stat().st_mode & 0o777 == 0o600

        image.box.bind(tmp_path, image.root, CONFIG, read_only=True)
        health = the(image.steps, "HEALTHCHECK").words
        health_url = {"ZENDESK_SYNC_HEALTH_URL": f"http://127.0.0.1:{port}/readyz"}
        assert image.run(*health, **health_url).returncode == 1, "nothing runs yet"
        words = [*entry, *the(image.steps, "CMD").words]
        with _running(image, words, image.environ, tmp_path / "log"):
            assert image.run(*health, **health_url).returncode == 0
            _prioritises(zendesk)


def test_the_units_command_works_on_its_credentials(image: Image, tmp_path: Path) -> None:
    """The unit's start, environment and folders, laid out as systemd would: credentials read-only, state its own."""
    service = unit()["Service"]
    state = f"/var/lib/{service['StateDirectory']}"
    assert state == the(image.steps, "VOLUME").words[0], "the sealed root has this folder for it"
    with Sandbox(fast=True) as zendesk:
        configure(tmp_path, zendesk.url, free_port(), secret=zendesk.client_secret)
        config = tmp_path / "zendesk-sync.toml"
        config.write_text(config.read_text().replace("[service]", f'[service]\nstore = "{state}/unit.db"'))
        _own(tmp_path, image.user)
        image.box.bind(tmp_path, image.root, CONFIG, read_only=False)
        setup = image.run("zendesk-sync", "setup", "apply", "--quiet")
        assert setup.returncode == 0, setup.stderr
        for name in (line.split(":")[0] for line in service["LoadCredential"].splitlines()):
            (tmp_path / name).chmod(0o440)  # as an access list shows
        image.box.bind(tmp_path, image.root, CONFIG, read_only=True)
        environ = {"PATH": PATHS, "CREDENTIALS_DIRECTORY": CONFIG}
        for line in service["Environment"].splitlines():
            name, _, value = line.partition("=")
            environ[name] = value.replace("%d", CONFIG)
        with _running(image, service["ExecStart"].split(), environ, tmp_path / "log"):
            _prioritises(zendesk)


def test_the_compose_files_containers_share_the_work_over_postgres(image: Image, tmp_path: Path) -> None:
    """Its commands, environment, secret and configuration: admin sets up, receiver stores, worker writes the priority.

    Postgres is this machine's own, with the password that the compose file's would have.
    """
    shared, secrets = tmp_path / "config", tmp_path / "secrets"
    for folder in (shared, secrets):
        folder.mkdir()
    password = secrets / "store_password"
    password.write_text("from-the-secret-file\n", encoding="utf-8")
    services = COMPOSE["services"]
    with postgres() as database, Sandbox(fast=True) as zendesk:
        database.owned_database("zendesk_sync", "from-the-secret-file")
        port, telling = free_port(), {"receiver": free_port(), "worker": free_port()}
        configure(shared, zendesk.url, port, secret=zendesk.client_secret)
        template = (ROOT / "deploy" / "config" / "zendesk-sync.toml").read_text(encoding="utf-8")
        told = template.replace("https://sync.example.com", f"http://127.0.0.1:{port}").replace("8080", str(port))
        told = told.replace("postgres:5432", f"127.0.0.1:{database.port}").replace(
            "https://acme.zendesk.com", zendesk.url
        )
        config = shared / "zendesk-sync.toml"
        config.write_text(told, encoding="utf-8")
        _own(shared, image.user)
        image.box.outside(f"touch {image.root}/tmp/store_password")
        image.box.bind(password, image.root, "/tmp/store_password", read_only=True)

        def environ(name: str) -> dict[str, str]:
            there = dict(services[name]["environment"])
            assert there["ZENDESK_SYNC_STORE_PASSWORD_FILE"] == "/run/secrets/store_password"
            there["ZENDESK_SYNC_STORE_PASSWORD_FILE"] = "/tmp/store_password"
            there["ZENDESK_SYNC_HEALTH_URL"] = f"http://127.0.0.1:{telling[name]}/readyz"
            return image.environ | there

        entry = the(image.steps, "ENTRYPOINT").words
        image.box.bind(shared, image.root, CONFIG, read_only=False)
        setup = image.run(*entry, "setup", "apply", "--quiet")
        assert setup.returncode == 0, setup.stderr
        health = the(image.steps, "HEALTHCHECK").words
        with contextlib.ExitStack() as running:
            for name in ("receiver", "worker"):
                # One network for all here, so each needs a port of its own for what it tells.
                config.write_text(told.replace("9108", str(telling[name])), encoding="utf-8")
                words = [*entry, *services[name]["command"]]
                running.enter_context(_running(image, words, environ(name), tmp_path / name))
                health_url = environ(name)["ZENDESK_SYNC_HEALTH_URL"]
                assert image.run(*health, ZENDESK_SYNC_HEALTH_URL=health_url).returncode == 0, name
            _prioritises(zendesk)


def _own(folder: Path, user: str) -> None:
    """The folder and its files become the service user's, as the installation page says."""
    subprocess.run(["chown", "-R", user, str(folder)], check=True)


@contextlib.contextmanager
def _running(image: Image, words: list[str], environ: dict[str, str], log: Path) -> Iterator[None]:
    """The service while it runs; it starts, and ends with code 0 on the image's stop signal."""
    with log.open("w", encoding="utf-8") as out:
        process = image.box.start(image.root, words, environ, user=image.user, cwd=image.folder, log=out)
        try:
            begun = re.compile(r"\b(serving|working)\b")
            eventually(
                "the service starts", lambda: process.poll() is not None or bool(begun.search(log.read_text())), BUSY_S
            )
            assert process.poll() is None, log.read_text()
            yield
        finally:
            process.send_signal(signal.Signals[the(image.steps, "STOPSIGNAL").rest])
            code = process.wait(BUSY_S)
    assert code == 0, log.read_text()


def _prioritises(zendesk: Sandbox) -> None:
    """A new ticket has the official priority that its severity gives."""
    ticket = new_ticket(zendesk, severity=0)
    eventually("the ticket has its priority", lambda: priority(zendesk, ticket) == "urgent", BUSY_S)
