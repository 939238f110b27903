"""What a ticket's text supplies of the checklists (policy §6)."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError

from zendesk_sync.policy.facts import Comment
from zendesk_sync.policy.supply import read_supplied
from zendesk_sync.policy.supply_policy import Detectors
from zendesk_sync.policy.terms import ALL_ITEMS, Author, EngineeringItem, PresalesItem
from zendesk_sync.policy_files import default_text


@cache
def table() -> dict[str, Any]:
    """The detectors as the default policy file holds them."""
    return dict(tomllib.loads(default_text())["detectors"])


@cache
def detectors() -> Detectors:
    return Detectors.model_validate(table())


def supplied(description: str = "", *comments: Comment, subject: str = "", attachments: bool = False) -> set[str]:
    return set(read_supplied(subject, description, comments, detectors(), attachments=attachments))


def engineering(description: str, *comments: Comment, subject: str = "") -> set[str]:
    return supplied(description, *comments, subject=subject) & {item.value for item in EngineeringItem}


def says(author: Author, body: str, *, public: bool = True) -> Comment:
    return Comment(author, public, body)


# ---------------------------------------------------------------- subjects


@pytest.mark.parametrize(
    "subject",
    [
        "Invoices show the wrong VAT rate",
        "Re: [Ticket 12] Export to CSV hangs",
        "Question about webhook retries",
        "Totalausfall",
        "Suche liefert keine Treffer",
        "Impossible d'envoyer un rapport",
        "No se cargan los paneles",
        "帳票が印刷できません",
    ],
)
def test_a_subject_that_names_thing_and_trouble_is_a_summary(subject: str) -> None:
    assert "summary" in supplied(subject=subject)


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "Help",
        "Problem",
        "(no subject)",
        "Question",
        "URGENT!!!",
        "Re: Fwd: problem",
        "Please help",
        "Hilfe",
        "12345",
        "Follow-up: app",
        "Can anyone look at this log?",
        "Anfrage",
        "Aide",
        "Ayuda",
        "お問い合わせ",
    ],
)
def test_a_subject_that_names_nothing_is_no_summary(subject: str) -> None:
    assert "summary" not in supplied(subject=subject)


# ---------------------------------------------------------------- labels


@pytest.mark.parametrize(
    "text",
    [
        "Impact: two plants stand still",
        "- impact: nobody blocked",
        "**Impact:** two plants",
        "**Impact**\n\ntwo plants",
        "## Impact\n\ntwo plants",
        "IMPACT\ntwo plants",
        "Impact - two plants",
        "4) Impact: two plants",
        "| Impact | two plants |",
        "Business impact (who, how many): two plants",
        "Impact:\n- two plants",
        "Auswirkung: zwei Werke",
        "Conséquences : deux usines",
        "Impacto: dos plantas",
        "影響範囲\uff1a2工場",
        "Version: tbd; Impact: two plants",
    ],
)
def test_a_label_with_content_supplies_its_item(text: str) -> None:
    assert "impact" in supplied(text)


@pytest.mark.parametrize("answer", ["n/a", "N/A", "none", "None.", "no", "keine", "aucun", "ninguno", "なし"])
def test_none_is_an_answer(answer: str) -> None:
    assert supplied(f"Recent changes: {answer}") >= {"recent_changes"}


@pytest.mark.parametrize(
    "nothing",
    [
        "",
        "   ",
        "____",
        "...",
        "…",
        "-",
        "TBD",
        "todo",
        "<please fill in>",
        "[describe here]",
        "(please describe)",
        "?",
        "**",
        "y/n",
        "<!-- who is affected? -->",
        "to follow",
        "please fill in",
        "wird nachgereicht",
        "ご記入ください",
    ],
)
@pytest.mark.parametrize("label", ["Impact:", "## Impact\n", "- **Impact:**"])
def test_an_empty_heading_supplies_nothing(label: str, nothing: str) -> None:
    assert "impact" not in supplied(f"{label} {nothing}\n\nSeverity:\n")


def test_a_label_does_not_take_the_answer_of_the_next_one() -> None:
    assert engineering("Steps:\nExpected:\nActual: red\nVersion:\nAdditional information:\nnone") == set()


def test_several_labels_on_a_line_are_several_answers() -> None:
    assert engineering("Version: 9 | Hosting: our rack | Urgency: low") >= {"version", "environment", "urgency"}


def test_a_compound_heading_asks_for_both() -> None:
    assert engineering("Version / environment: see contract") >= {"version", "environment"}


def test_a_sentence_with_a_colon_is_no_heading() -> None:
    assert engineering("As I said to your colleague on the phone about every version: thanks") == set()


def test_an_empty_template_supplies_nothing_at_all() -> None:
    form = "Issue summary:\nWhat was attempted and expected:\nSteps taken:\nImpact:\nTDD link:\nSales cycle stage:\n"
    assert supplied(form) == set()


def test_a_filled_presales_template_supplies_the_six() -> None:
    form = (
        "- Summary: sign-in fails\n- Attempted / expected: SAML set-up, a working login\n- Steps: none so far\n"
        "- Impact: one evaluator\n- TDD: none\n- Stage: 3"
    )
    assert supplied(form) >= {item.value for item in PresalesItem}
    assert "reproduction" not in supplied(form), "in this template, steps are steps taken"
    assert "reproduction" in supplied("Steps: press save")


# ---------------------------------------------------------------- content

CONTENT = {
    "version": [
        "We run 4.2.1 here",
        "since v5.3 it hangs",
        "We're on build 2201",
        "Wir nutzen Version 12.4",
        "バージョンは8.1です",
    ],
    "environment": [
        "It runs on k8s",
        "docker compose, two nodes",
        "We host it on-prem",
        "our managed instance",
        "Installation auf einer VM",
        "hébergé sur nos serveurs sous Debian",
        "en la nube de Azure",
        "オンプレ環境です",
    ],
    "reproduction": [
        "Open any report -> click Export",
        "1. Open the list\n2. Click save\n3. Wait",
        "To reproduce, press save twice",
        "It happens every time we save",
        "Lässt sich jederzeit reproduzieren",
        "Pour reproduire il suffit d'ouvrir la liste",
        "Se puede reproducir siempre",
        "再現手順は以下の通りです",
    ],
    "expected_actual": [
        "I expected a file but got nothing",
        "It should show ten rows but shows two",
        "It returns red instead of green",
        "It used to take two seconds",
        "Wir hätten erwartet, dass es geht",
        "Le total devrait être de 10",
        "Esperábamos ver el total",
        "本来は表示されるはずです",
    ],
    "impact": [
        "About 500 developers are waiting",
        "Nobody is blocked",
        "Only me, the others are fine",
        "As a workaround they export by hand",
        "Betroffen sind zwei Standorte",
        "Aucun utilisateur ne peut travailler",
        "Nadie puede trabajar",
        "全ユーザーが使えません",
    ],
    "logs": [
        "Logs attached.",
        "Please find a screenshot attached",
        "2023-02-01T10:00:00Z ERROR it broke",
        "java.lang.IllegalStateException: no\n    at com.example.Main.run(Main.java:5)",
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError: 1',
        "There are no errors in the logs.",
        "Screenshot im Anhang",
        "Le journal est en pièce jointe",
        "Adjunto captura de pantalla",
        "ログを添付します",
    ],
    "recent_changes": [
        "It hangs since the upgrade",
        "We replaced the certificate last night",
        "Nothing has changed on our side",
        "Started after migrating the database",
        "Seit dem Update geht nichts",
        "Depuis la mise à jour, plus rien",
        "Desde la actualización no va",
        "アップデート後から発生しています",
    ],
    "attempts": [
        "We restarted it, no change",
        "Tried another browser",
        "I rolled back to the snapshot",
        "Cleared the cache without luck",
        "Ein Neustart hat nichts gebracht",
        "Nous avons redémarré le service",
        "Hemos reiniciado el servidor",
        "再起動しましたが改善しません",
    ],
    "urgency": [
        "We need it by Friday",
        "No hurry",
        "It must work before the release",
        "End of the month is fine",
        "Bitte bis Mittwoch",
        "C'est assez urgent",
        "Lo necesitamos antes del viernes",
        "今週中にお願いします",
    ],
    "tdd_link": ["https://docs.example.com/tdd/northwind", "there is no TDD yet"],
    "sales_stage": ["They are in stage 4", "The POC ends on 3 March", "tech win planned for June"],
}


@pytest.mark.parametrize(("item", "text"), [(item, text) for item, texts in CONTENT.items() for text in texts])
def test_recognisable_content_supplies_its_item(item: str, text: str) -> None:
    assert item in supplied(text)


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("version", "Our Postgres 14.5 talks to 10.0.4.12 since 12.03.2023"),
        ("version", "It takes 2.5 seconds and 1.2 GB"),
        ("environment", "Is it possible to run it on Kubernetes?"),
        ("environment", "Login goes through Azure AD"),
        ("reproduction", "We cannot reproduce it any more"),
        ("expected_actual", "The page shows an error"),
        ("expected_actual", "Everything works as expected"),
        ("impact", "Can this be switched off for all users?"),
        ("impact", "Hello everybody"),
        ("logs", "It says 'too many rows' and stops"),
        ("logs", "I can send you the logs if needed"),
        ("logs", "The volume is attached to the node"),
        ("recent_changes", "How do we upgrade from 4.0 to 4.3?"),
        ("attempts", "Users switch to the old tool instead"),
        ("urgency", "The banner appeared this morning"),
    ],
)
def test_what_only_looks_like_an_answer_supplies_nothing(item: str, text: str) -> None:
    assert item not in supplied(text)


def test_an_attached_file_is_a_log() -> None:
    assert supplied(attachments=True) == {"logs"}


def test_items_that_both_lists_share_are_supplied_under_both_names() -> None:
    found = supplied("We restarted it. I expected green.")
    assert found >= {"attempts", "steps_taken", "expected_actual", "attempted_expected"}


# ---------------------------------------------------------------- who wrote it


def test_every_author_can_supply() -> None:
    for author in Author:
        for public in (True, False):
            assert "version" in supplied("", says(author, "They run 4.2.1", public=public))


@pytest.mark.parametrize(
    "body",
    [
        "Which version are you on, 4.2.1 or 4.3.0?",
        "Could you attach the logs? Did a restart help, or is everyone blocked?",
        "Please send:\n- the version, such as 4.2.1\n- logs attached as a file\n\n- steps to reproduce",
        "Need: how many users, which logs, steps to reproduce",
        "Asked for the logs and which of the 500 users see it",
        "Bitte die Logs anhängen",
        "Merci de nous envoyer les logs en pièce jointe",
        "Por favor, adjunte los registros",
        "ログを添付してください",
    ],
)
def test_what_an_agent_asks_for_is_not_supplied(body: str) -> None:
    assert supplied("", says(Author.AGENT, body)) == set()


def test_an_agents_finding_beside_a_question_counts() -> None:
    assert supplied("", says(Author.AGENT, "They are on 4.2.1. Could you attach the logs?")) == {"version"}


def test_our_own_notes_supply_nothing() -> None:
    note = "Support priority (automatic note)\n\nBefore engineering reviews this p2:\n\nVersion: 4.2.1\nLogs attached"
    assert supplied("", says(Author.AGENT, note, public=False)) == set()


def test_quoted_mail_and_signatures_supply_nothing() -> None:
    assert supplied("Thank you\n\n> We run 4.2.1 on k8s, logs attached") == set()


# ---------------------------------------------------------------- the policy file


def changed(**keys: object) -> dict[str, Any]:
    return {**table(), **keys}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"logs": {"patterns": ["(unclosed"]}}, "logs.patterns"),
        ({"logs": {"patterns": ["(?=ahead)x"]}}, "RE2"),
        ({"logs": {"patterns": ["x*"]}}, "empty"),
        ({"logs": {"patterns": ["{nowhere} logs"]}}, "unknown word"),
        ({"logs": {"label": []}}, "Extra inputs"),
        ({"log": {"labels": ["log"]}}, "Extra inputs"),
        ({"logs": {"labels": ["one two three four five six seven eight"]}}, "more than 7 words"),
        ({"words": {"w": "{people}"}}, "cannot contain"),
    ],
)
def test_a_wrong_policy_file_is_refused_with_a_reason(keys: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        Detectors.model_validate(changed(**keys))


def test_a_team_can_add_its_own_words() -> None:
    logs = {**table()["logs"], "labels": ["flight recorder"]}
    team = Detectors.model_validate(changed(logs=logs))
    assert "logs" in read_supplied("", "Flight recorder: box 7", [], team)


def test_every_item_can_be_recognised() -> None:
    names = {*detectors().items}
    shared = {PresalesItem.ATTEMPTED_EXPECTED.value, PresalesItem.STEPS_TAKEN.value}
    assert names == set(ALL_ITEMS) - shared
    assert all(detector.labels and detector.patterns for detector in detectors().items.values())
