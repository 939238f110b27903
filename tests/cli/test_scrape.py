"""What a process of the service tells a monitoring system, put together from its configuration."""

from __future__ import annotations

from pathlib import Path

from tests.policy.facts import HANDBOOK
from tests.watched import Watch, watched
from zendesk_sync.cli.door import health
from zendesk_sync.report.recent import Recent
from zendesk_sync.settings import load


def scraped(folder: Path, service: str) -> str:
    """A process that serves ``acme`` alone."""
    file = folder / "zendesk-sync.toml"
    file.write_text(f'[service]\n{service}\n[accounts.acme]\nurl = "https://acme.zendesk.com"\n', encoding="utf-8")
    settings = load(file)
    with watched(Watch()) as store:
        recent = Recent(store=store, handbook=HANDBOOK, days=settings.service.board.days)
        assert recent.of("acme") is not None
        said = health(settings, HANDBOOK, store, recent)
        assert said.metrics is not None
        return said.metrics().decode()


def test_one_scrape_holds_everything(tmp_path: Path) -> None:
    """What this process counted, how things stand, the order, and the report as the board counts it."""
    found = scraped(tmp_path, "board = { days = 3 }")
    for line in (
        "# TYPE zendesk_sync_hints_total counter",
        "zendesk_sync_store_up 1.0",
        'zendesk_sync_number_one_holders{account="acme"} 1.0',
        'zendesk_sync_report_received_tickets{account="acme",customer_type="team",level="p2"} 0.0',
        'zendesk_sync_unsolved_p2_tickets{account="acme"} 3.0',
    ):
        assert line in found
    assert "globex" not in found


def test_without_a_history_nothing_is_said_of_it(tmp_path: Path) -> None:
    """An alert that it is not complete would never end."""
    found = scraped(tmp_path, "history_days = 0")
    assert "zendesk_sync_number_one_holders" in found
    assert "zendesk_sync_history" not in found
    assert "zendesk_sync_report" not in found
