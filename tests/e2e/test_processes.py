"""The service as a process: killed, stopped, started without Zendesk; real time, so few and short."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.processes import (
    ACCOUNT,
    call,
    command,
    configure,
    eventually,
    free_port,
    is_up,
    new_ticket,
    post_hint,
    priority,
    run,
)
from zendesk_sync.sandbox import Sandbox
from zendesk_sync.store.store import Store


@pytest.fixture
def zendesk() -> Iterator[Sandbox]:
    with Sandbox(fast=True) as running:
        yield running


@pytest.fixture
def ready(zendesk: Sandbox, tmp_path: Path) -> tuple[Path, int]:
    """A configured folder whose account is set up; the port that the service will listen on."""
    port = free_port()
    configure(tmp_path, zendesk.url, port, secret=zendesk.client_secret)
    code, out, err = run(tmp_path, "setup", "apply")
    assert code == 0, err
    assert "signing secret is now in" in out
    return tmp_path, port


def test_sigkill_between_200_and_the_write_loses_nothing(zendesk: Sandbox, ready: tuple[Path, int]) -> None:
    """The hint is on the disk when Zendesk hears 200: after kill -9 and a restart the ticket is done."""
    folder, port = ready
    service = command(folder, "serve")
    eventually("the service is up", lambda: is_up(port))
    webhook = call(zendesk, "GET", "/api/v2/webhooks").json()["webhooks"][0]["id"]
    ticket = new_ticket(zendesk, 1)
    path = f"/api/v2/webhooks/{webhook}/invocations"
    eventually(
        "the webhook was answered 200",
        lambda: [i["status"] for i in call(zendesk, "GET", path).json()["invocations"]] == ["success"],
    )
    service.kill()
    service.communicate()
    assert priority(zendesk, ticket) is None
    again = command(folder, "serve")
    eventually("the ticket is done", lambda: priority(zendesk, ticket) == "high")
    again.terminate()
    again.communicate()
    notes = call(zendesk, "GET", f"/api/v2/tickets/{ticket}/comments").json()["comments"]
    assert sum(not note["public"] for note in notes) == 1


def test_sigterm_stops_cleanly(ready: tuple[Path, int]) -> None:
    """Exit code 0, and the store can be opened at once by the next process."""
    folder, port = ready
    service = command(folder, "serve")
    eventually("the service is up", lambda: is_up(port))
    service.send_signal(signal.SIGTERM)
    _, err = service.communicate(timeout=20)
    assert service.returncode == 0
    assert "Traceback" not in err
    Store.open(folder / "zendesk-sync.db").close()


def test_serve_starts_without_zendesk_stores_hints_and_catches_up(tmp_path: Path) -> None:
    """The door answers 200 while Zendesk is away; when it is back the ticket is done."""
    data, port, address = tmp_path / "zendesk.db", free_port(), free_port()
    with Sandbox(data, port=address, fast=True) as zendesk:
        configure(tmp_path, zendesk.url, port, secret=zendesk.client_secret)
        assert run(tmp_path, "setup", "apply")[0] == 0
        call(zendesk, "POST", "/sandbox/webhooks", {"drop_next": 1})
        ticket = new_ticket(zendesk, 1)
    service = command(tmp_path, "serve")
    eventually("the service is up without Zendesk", lambda: is_up(port))
    assert post_hint(tmp_path, port, ticket).status_code == 200
    assert post_hint(tmp_path, port, ticket, secret="not the secret").status_code == 401
    with Sandbox(data, port=address, fast=True) as zendesk:
        eventually("the ticket is done", lambda: priority(zendesk, ticket) == "high")
        service.terminate()
        service.communicate()
    assert service.returncode == 0


def test_a_second_service_on_the_same_store_is_refused(ready: tuple[Path, int]) -> None:
    """One process a store: the second says which file is held, and ends with 2."""
    folder, port = ready
    service = command(folder, "serve")
    eventually("the service is up", lambda: is_up(port))
    code, _, err = run(folder, "serve", "--port", "0")
    service.terminate()
    service.communicate()
    assert code == 2
    assert "zendesk-sync.db" in err
    assert "Traceback" not in err


def test_sweep_once_dry_run_shows_everything_and_sends_nothing(zendesk: Sandbox, ready: tuple[Path, int]) -> None:
    """The preview is what apply then does: the same tickets, and the second preview is empty."""
    folder, _ = ready
    tickets = [new_ticket(zendesk, severity) for severity in (0, 1)]
    call(zendesk, "POST", "/sandbox/clock", {"advance_seconds": 120})
    code, out, _ = run(folder, "sweep", "--once", "--dry-run")
    assert code == 0
    assert "2 tickets looked at, 2 would change. Nothing was sent" in out
    assert "computed  empty → p0" in out
    assert [priority(zendesk, ticket) for ticket in tickets] == [None, None]
    code, out, err = run(folder, "sweep", "--once")
    assert code == 0, err
    assert "Up to date." in out
    assert [priority(zendesk, ticket) for ticket in tickets] == ["urgent", "high"]
    code, out, _ = run(folder, "explain", str(tickets[0]))
    assert code == 0
    assert "sla-severity-0" in out
    assert "Nothing to write" in out
    code, _, err = run(folder, "explain", "999")
    assert code == 2
    assert "has no ticket 999" in err
    assert run(folder, "setup", "apply")[1].startswith("keep")


def test_wrong_client_secret_is_one_message_and_exit_code_2(zendesk: Sandbox, tmp_path: Path) -> None:
    """For serve and for one-shot commands alike; the secret itself is never shown."""
    configure(tmp_path, zendesk.url, free_port(), secret="wrong-and-private")
    for words in (("serve",), ("sweep", "--once"), ("setup", "apply"), ("explain", "1")):
        code, out, err = run(tmp_path, *words)
        assert code == 2, words
        assert zendesk.url in err
        assert "wrong-and-private" not in out + err
        assert "Traceback" not in err
        assert err.count("error:") == 1


def test_unreachable_zendesk_is_one_message_and_exit_code_2(tmp_path: Path) -> None:
    """One-shot commands say what could not be reached."""
    port = free_port()
    configure(tmp_path, f"http://127.0.0.1:{port}", free_port(), secret="s")
    code, _, err = run(tmp_path, "explain", "1")
    assert code == 2
    assert f"127.0.0.1:{port}" in err
    assert "Traceback" not in err


def test_secret_that_setup_renews_reaches_a_running_service(zendesk: Sandbox, ready: tuple[Path, int]) -> None:
    """The signing secret is reset in Zendesk, setup runs again: the door takes the new one up by itself."""
    folder, port = ready
    service = command(folder, "serve")
    eventually("the service is up", lambda: is_up(port))
    webhook = call(zendesk, "GET", "/api/v2/webhooks").json()["webhooks"][0]["id"]
    fresh = call(zendesk, "POST", f"/api/v2/webhooks/{webhook}/signing_secret").json()["signing_secret"]["secret"]
    assert post_hint(folder, port, 1, secret=fresh).status_code == 401
    assert run(folder, "setup", "apply")[0] == 0
    assert post_hint(folder, port, 1, secret=fresh).status_code == 200
    service.terminate()
    service.communicate()


def test_misspelled_customer_field_is_named(ready: tuple[Path, int]) -> None:
    """A wrong key would make every customer unknown, so it is said at once."""
    folder, _ = ready
    file = folder / "zendesk-sync.toml"
    file.write_text(file.read_text() + f'[accounts.{ACCOUNT}.customers]\nplan_field = "nope"\n')
    code, _, err = run(folder, "sweep", "--once", "--dry-run")
    assert code == 2
    assert f"account {ACCOUNT}: customers.plan_field" in err
    assert "zs_plan" in err


def test_terminated_demo_leaves_nothing_behind(tmp_path: Path) -> None:
    """SIGTERM in the middle: the service is stopped and the folder with the secret is gone."""
    demo = command(tmp_path, "demo", TMPDIR=str(tmp_path))
    eventually("the service writes its log", lambda: any(tmp_path.glob("zendesk-sync-demo-*/serve.log")))
    demo.terminate()
    out, err = demo.communicate(timeout=30)
    assert "Traceback" not in out + err
    assert list(tmp_path.glob("zendesk-sync-demo-*")) == []


def test_demo_shows_the_main_job_and_ends(tmp_path: Path) -> None:
    """``demo --exit``: every step happens, the table is there, and nothing is left behind."""
    code, out, err = run(tmp_path, "demo", "--exit", TMPDIR=str(tmp_path))
    assert code == 0, err
    for step in ("a webhook announces a new ticket", "the webhook is lost, the sweep finds the ticket"):
        assert step in out
    assert out.count("★") == 1
    assert "This ticket's webhook got lost" in out
    assert "p1 human" in out
    assert ACCOUNT not in out
    assert list(tmp_path.glob("zendesk-sync-demo-*")) == []
