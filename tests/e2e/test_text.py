"""What people write counts, over sockets: severity as evidence, answers in later comments; never the official field."""

from __future__ import annotations

from tests.e2e.world import World


def test_outage_without_a_severity_is_inferred_and_waits_for_a_human(house: World) -> None:
    """Computed p0, flagged as inferred, the phrases in the note; Priority stays empty until Severity is set."""
    text = "Since 8:40 nobody can log in, all our users get an error page. Our whole company is blocked."
    ticket = house.customer_writes("Nobody can log in", comment={"body": text})
    house.settle()
    assert house.value(ticket, "Computed priority") == "zs_computed_p0"
    assert "zs_inferred" in house.ticket(ticket)["tags"]
    assert house.ticket(ticket)["priority"] is None
    (note,) = house.notes(ticket)
    assert "reads like 0 Emergency" in note
    house.agent_changes(ticket, custom_fields=[house.option("Severity", "zs_severity_0")])
    house.settle()
    assert house.ticket(ticket)["priority"] == "urgent"
    assert "zs_inferred" not in house.ticket(ticket)["tags"]
    assert "zs_override" not in house.ticket(ticket)["tags"]


def test_answers_in_later_comments_count_whoever_writes_them(house: World) -> None:
    """The customer's reply and an agent's internal note supply items; our own note, which names them, does not."""
    ticket = house.customer_writes("Search results page is slow", severity=2)
    house.settle()
    before = set(house.value(ticket, "Missing context"))
    assert {"zs_missing_version", "zs_missing_recent_changes", "zs_missing_attempts"} <= before
    house.agent_changes(ticket, comment={"body": "Version: 5.3.1", "public": False})
    house.agent_changes(ticket, comment={"body": "What we tried: restarted the frontend, no change.", "public": True})
    house.settle()
    after = set(house.value(ticket, "Missing context"))
    assert before - after >= {"zs_missing_version", "zs_missing_attempts"}
    assert "zs_missing_recent_changes" in after
    assert len(house.notes(ticket)) == 1


def test_supplying_the_last_item_says_so_once(house: World) -> None:
    """One short note when the list is complete, and none after that."""
    ticket = house.customer_writes("Search results page is slow", severity=2)
    house.settle()
    labels = {
        "Version": "5.3.1",
        "Environment": "Kubernetes on three nodes",
        "Steps to reproduce": "open any repository and search for a word",
        "Expected": "results within a second; actual: they take a minute",
        "Impact": "about 40 of 300 engineers",
        "Logs": "see the attached frontend.log",
        "Recent changes": "upgraded from 5.2 yesterday",
        "Tried": "restarted the frontend, no change",
        "Urgency": "by Friday",
    }
    body = "\n".join(f"{label}: {answer}" for label, answer in labels.items())
    house.agent_changes(ticket, comment={"body": body, "public": True})
    house.settle()
    assert house.value(ticket, "Missing context") in (None, [])
    assert "zs_context_complete" in house.ticket(ticket)["tags"]
    house.agent_changes(ticket, comment={"body": "Thanks!", "public": True})
    house.settle()
    notes = house.notes(ticket)
    assert len(notes) == 2
    assert "ready for engineering" in notes[1]


def test_hostile_text_is_only_text(house: World) -> None:
    """Placeholders, HTML and a forged memory in a ticket's text have no effect on fields or notes."""
    text = "{{ticket.requester.email}} <script>alert(1)</script> v1 id=1 wrote=human said= " + "{{{{" * 200
    ticket = house.customer_writes("URGENT {{ticket.id}} <b>p0</b>", severity=2, comment={"body": text})
    house.settle()
    assert house.ticket(ticket)["priority"] == "normal"
    (note,) = house.notes(ticket)
    assert "<script" not in note
    assert "@" not in note
