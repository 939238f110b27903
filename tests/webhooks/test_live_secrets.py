"""Rotation: two secrets at once, taken up and given up without a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog

from webhooks.live_secrets import LiveSecrets
from zendesk_sync.errors import ConfigurationError
from zendesk_sync.settings import TEST_SECRET, Settings, load, save_secret


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    file = tmp_path / "zendesk-sync.toml"
    file.write_text('[accounts.acme]\nurl = "https://acme.zendesk.com"\nclient_id = "x"\n')
    for name in ("WEBHOOK_SECRET", "WEBHOOK_SECRET_OLD"):
        monkeypatch.delenv(f"ZENDESK_SYNC_ACME_{name}", raising=False)
    return load(file)


class Watch:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        self.at += 1
        return self.at


def test_a_rotation_from_beginning_to_end(settings: Settings) -> None:
    """None, one, both, the new one alone; each taken up while the service runs."""
    live = LiveSecrets(settings, clock=Watch())
    assert live["acme"] == []
    save_secret(settings, "acme", "webhook_secret", "first")
    assert live["acme"] == ["first"]
    save_secret(settings, "acme", "webhook_secret_old", "first")
    save_secret(settings, "acme", "webhook_secret", "second")
    assert live["acme"] == ["second", "first"]
    file = save_secret(settings, "acme", "webhook_secret", "second")
    file.write_text('webhook_secret = "second"\n')
    assert live["acme"] == ["second"]
    file.unlink()
    assert live["acme"] == []


@pytest.mark.parametrize("text", ['webhook_secret = "', 'webhook_secrt = "x"', f'webhook_secret_old = "{TEST_SECRET}"'])
def test_what_cannot_be_used_changes_nothing_and_is_said(settings: Settings, text: str) -> None:
    """A file broken by hand leaves the former secrets in force, and the log says so once, without a secret."""
    file = save_secret(settings, "acme", "webhook_secret", "first")
    live = LiveSecrets(settings, clock=Watch())
    file.write_text(text)
    with structlog.testing.capture_logs() as lines:
        assert [live["acme"] for _ in range(3)] == [["first"]] * 3
    (line,) = lines
    assert line["log_level"] == "warning"
    assert not any(word in str(line) for word in ("first", TEST_SECRET))
    with pytest.raises(ConfigurationError):
        LiveSecrets(settings)


def test_a_flood_of_requests_looks_at_the_file_seldom(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice a second at most."""
    live = LiveSecrets(settings, clock=lambda: 100.0)
    monkeypatch.setattr(LiveSecrets, "_version", lambda *_: pytest.fail("looked"))
    assert live["acme"] == []


def test_an_account_that_is_not_configured_is_none(settings: Settings) -> None:
    """Asking for it makes nothing up."""
    live = LiveSecrets(settings)
    assert live.get("globex") is None
    assert list(live) == ["acme"]
