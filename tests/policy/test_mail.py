"""Claims about the writer's own words of a mail (policy §7)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zendesk_sync.policy.mail import OWN_NOTE, own_words

QUOTED = {
    "quoted lines": "Hello\n> old\n> older\nBye",
    "english": "Hello\n\nOn Mon, 3 Apr 2023 at 10:00, Ann <a@x.org> wrote:\n> old",
    "english, not marked": "Hello\n\nOn 3 April 2023 Ann wrote:\nold text of Ann",
    "english, wrapped": "Hello\n\nOn Mon, 3 Apr 2023 at 10:00, Ann Long-Name\n<a@x.org> wrote:\n\nold",
    "german": "Hello\n\nAm 03.04.2023 um 10:00 schrieb Ann <a@x.org>:\n\nold",
    "french": "Hello\n\nLe lun. 3 avr. 2023 à 10:00, Ann <a@x.org> a écrit :\n\nold",
    "spanish": "Hello\n\nEl lun, 3 abr 2023 a las 10:00, Ann (<a@x.org>) escribió:\n\nold",
    "japanese": "Hello\n\n2023年4月3日(月) 10:00 Ann <a@x.org>:\n\nold",
    "outlook": "Hello\n\n-----Original Message-----\nFrom: Ann\nold",
    "outlook, german": "Hello\n\n-----Ursprüngliche Nachricht-----\nold",
    "headers": "Hello\n\nFrom: Ann <a@x.org>\nSent: Monday\nTo: Bob\nSubject: x\n\nold",
    "headers, german": "Hello\n\nVon: Ann\nGesendet: Montag\nAn: Bob\nBetreff: x\n\nold",
    "headers, french": "Hello\n\nDe : Ann\nEnvoyé : lundi\nÀ : Bob\nObjet : x\n\nold",
    "headers, spanish": "Hello\n\nDe: Ann\nEnviado: lunes\nPara: Bob\nAsunto: x\n\nold",
    "headers, japanese": "Hello\n\n差出人: Ann\n送信日時: 月曜\n件名: x\n\nold",
    "headers, bold": "Hello\n\n*From:* Ann\n*Date:* Monday\n\nold",
    "forwarded": "Hello\n\n---------- Forwarded message ---------\nold",
    "forwarded, apple": "Hello\n\nBegin forwarded message:\n\nold",
    "reply above": "Hello\n##- Please type your reply above this line -##\nold",
    "signature": "Hello\n-- \nold\nold",
    "dashes": "Hello\n--\nold",
    "regards": "Hello\n\nKind regards,\nAnn Old\nOld GmbH",
    "regards, german": "Hello\n\nMit freundlichen Grüßen\nAnn Old",
    "regards, french": "Hello\n\nCordialement,\nAnn Old",
    "regards, spanish": "Hello\n\nUn saludo,\nAnn Old",
    "regards, japanese": "Hello\n\nよろしくお願いいたします。\nold",
    "thanks": "Hello\n\nThanks!\nAnn Old",
    "device": "Hello\n\nSent from my old phone",
    "device, german": "Hello\n\nVon meinem old iPhone gesendet",
    "legal": "Hello\n\nThis e-mail and any old attachments are confidential and intended only for\nthe old recipient.",
    "legal, german": "Hello\n\nDiese E-Mail enthält vertrauliche old Informationen.",
    "legal, french": "Hello\n\nCe message old est confidentiel.",
    "legal, spanish": "Hello\n\nEste mensaje old es confidencial.",
    "windows line ends": "Hello\r\n> old\r\n-- \r\nold",
}


@pytest.mark.parametrize("text", QUOTED.values(), ids=QUOTED)
def test_what_others_wrote_and_what_no_one_wrote_is_cut_off(text: str) -> None:
    assert "Hello" in own_words(text)
    assert "old" not in own_words(text).lower().replace("hello", "")


KEPT = {
    "plain": "Nobody can log in.\nSince eight.",
    "upgrade": "From: 4.2\nTo: 4.3\nThen it broke.",
    "thanks in the middle": "Thanks for the call.\nIt is down.",
    "words about mail": "The confidential report was mailed to everyone.",
    "a list": "- one\n- two\n-- three",
    "wrote": "Bob wrote a script that fails.",
    "closing far up": "Best regards\n" + "\n".join(f"line {number}" for number in range(20)),
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_everything_else_stays(text: str) -> None:
    assert own_words(text) == text


def test_an_answer_below_or_between_quoted_lines_counts() -> None:
    text = "On 3 April 2023 Ann wrote:\n> Is it down?\nYes, it is.\n> For all?\nFor all."
    assert own_words(text) == "Yes, it is.\nFor all."


def test_a_postscript_below_the_name_counts() -> None:
    assert own_words("Hello\n\nBest regards\nAnn\n\nPS: It is down for all of us.").endswith(
        "PS: It is down for all of us."
    )


def test_our_own_note_has_no_words_of_the_writer() -> None:
    assert own_words(f"\n{OWN_NOTE}\n\nEverything is down.") == ""


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    assert len(own_words(text)) <= len(text)


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\r\n"), max_size=30), max_size=8))
def test_quoted_lines_leave_nothing(lines: list[str]) -> None:
    assert own_words("\n".join(f"> {line}" for line in lines)) == ""


@given(st.text())
def test_once_is_enough_for_plain_words(text: str) -> None:
    """What is left of a text without any mail in it is the text."""
    plain = "".join(char for char in text if char.isascii() and char.isalpha())
    assert own_words(f"x {plain} x") == f"x {plain} x"


def _seconds(text: str) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        own_words(text)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize(
    "line",
    [
        "> a\n",
        "On 12:30 ",
        "On 12:30 wrote ",
        "From: a\n",
        "From: a\nDate: b",
        "this message ",
        "Best regards\n",
        "-",
        "\n",
        "* ",
        "@" * 50,
    ],
)
def test_time_grows_no_faster_than_the_text(line: str) -> None:
    """A megabyte at most; a quadratic reader would take sixteen times as long for four times the text."""
    count = 250_000 // len(line)
    assert _seconds(line * 4 * count) <= 8 * _seconds(line * count) + 0.05
