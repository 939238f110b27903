"""The first response is an answer: neither a receipt, nor an internal note, nor a mere "we are on it" (policy §5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zendesk_sync.errors import PolicyFileError
from zendesk_sync.policy.facts import Comment
from zendesk_sync.policy.first_reply import ReplyKind, counts, first_answer, first_reply, reply_kind
from zendesk_sync.policy.terms import Author
from zendesk_sync.policy_files import default_handbook, default_text, load_handbook

POLICY = default_handbook()
COUNTING = POLICY.model_copy(
    update={"first_response": POLICY.first_response.model_copy(update={"acknowledgements_count": True})}
)
AT = datetime(2026, 3, 2, 10, tzinfo=UTC)

MERE = [
    "We are on it.",
    "We\N{RIGHT SINGLE QUOTATION MARK}re on it… 👍",
    "On it!",
    "Hi Anna,\n\nWe're looking into this and will get back to you shortly.\n\nBest regards,\nBob",
    "Hi Anna\nWe are currently investigating the issue. We'll keep you posted.\nBob",
    "Hello,\nThank you for reaching out to Acme Support. Let me check this and get back to you.\nThanks,\nBob Miller",
    "Thanks for reporting this! Looking into it now.",
    "Thanks for your patience, our engineers are looking at this ticket (#123) and I will update you when I know more.",
    "Hey team! Acknowledged. We'll take a look and let you know.",
    "I've escalated this to our engineering team and will follow up with you as soon as I have an update.",
    "Dear Mr. O'Neil, thank you for contacting us. Someone from our team will be in touch within 2 business days.",
    "We have received your request and are working on it.\n\nOn Mon, 2 Mar 2026 at 10:01, Anna wrote:\n> All is down!",
    "Sorry for the inconvenience. We will investigate this immediately.",
    "Hallo Frau Weiß,\ndanke für Ihre Anfrage. Wir kümmern uns darum.\n\nMit freundlichen Grüßen\nBernd",
    "Guten Tag, wir prüfen das gerade und melden uns bald wieder bei Ihnen.",
    "Bonjour Madame Petit,\nNous avons bien reçu votre demande et nous revenons vers vous.\nCordialement,\nLuc",
]

RECEIPTS = [
    "Your request (#123) has been received and is being reviewed by our team.\n\nTo add comments, reply to this email.",
    "Hi Anna,\nYour ticket #42 has been created. We will get back to you within 24 hours.\nAcme Support Team",
    "This is an automated reply. Our docs at https://example.com may help: restart with --debug and send us the log.",
    "Dear customer,\nthis is an automatic response, please do not reply.\nWe have 24x5 support.",
    "You may find these articles useful:\n* How to restart\n\nThis message was generated automatically.",
    "Ihre Anfrage (#77) ist bei uns eingegangen und wird derzeit von unserem Team bearbeitet.",
    "Diese E-Mail wurde automatisch erzeugt. Sie finden Hilfe unter example.com.",
    "Votre demande (#12) a bien été reçue.",
    "Réponse automatique\nNotre centre d'aide est ouvert.",
]

ANSWERS = [
    "Hello",
    "Yes.",
    "Fixed.",
    "We are on it.\nFixed",
    "Please restart the search container; that clears the lock.",
    "We're looking into this. In the meantime, please set maxConns to 50, which works around it.",
    "We are on it. Which version do you run?",
    "Thanks for reporting this. Could you send us the logs of the gitserver container?",
    "I looked into it: the certificate has expired on Sunday. Renew it with `acme renew`.",
    "We are looking into this, it is caused by the upgrade to 5.1.",
    "Looking into this now.\n\nUpdate: it is a known bug in 5.1.2, fixed in 5.1.3.",
    "Your request has been received by the API, but the webhook answered with 500; rotate the secret.",
    "The automated reply says that your licence is over; I have renewed it.",
    'The mail that begins with "This is an automated message" comes from our monitoring and can be ignored.',
    "You're welcome!",
    "",
    "Ich habe das geprüft: der Fehler liegt am Proxy, bitte Port 443 öffnen.",
    "Wir kümmern uns darum. Bitte starten Sie den Dienst inzwischen neu.",
    "Nous regardons cela; en attendant, redémarrez le service.",
    "確認しています。再起動してください。",
    "We are on it 再起動してください",
]


def said(body: str, *, author: Author = Author.AGENT, public: bool = True, automatic: bool = False) -> Comment:
    return Comment(author, public, body, AT, automatic)


@pytest.mark.parametrize("body", MERE)
def test_a_reply_that_says_nothing_but_that_support_is_on_it_is_an_acknowledgement(body: str) -> None:
    assert reply_kind(said(body), POLICY) is ReplyKind.ACKNOWLEDGEMENT


@pytest.mark.parametrize("body", RECEIPTS)
def test_a_receipt_under_an_agents_name_is_automatic(body: str) -> None:
    assert reply_kind(said(body), POLICY) is ReplyKind.AUTOMATIC


@pytest.mark.parametrize("body", ANSWERS)
def test_whatever_says_more_or_is_in_doubt_is_an_answer(body: str) -> None:
    assert reply_kind(said(body), POLICY) is ReplyKind.ANSWER


@given(st.sampled_from(MERE + RECEIPTS[:2]), st.sampled_from(["\n\nPlease run `repair --all`.", " Set x to 50."]))
def test_one_instruction_more_makes_an_answer_of_it(body: str, more: str) -> None:
    """Also above a signature or a quotation, where it counts."""
    head, mark, rest = body.partition("\n\nBest regards")
    if "wrote:" in body or "Grüßen" in body or "Cordialement" in body or body.endswith(("Bob", "Miller", "Team")):
        head, mark, rest = "We are on it.", "", ""
    assert reply_kind(said(head + more + mark + rest), POLICY) is ReplyKind.ANSWER


@given(st.text(max_size=300))
def test_any_text_is_of_one_kind_and_notes_and_other_peoples_words_are_none(body: str) -> None:
    assert reply_kind(said(body), POLICY) is not ReplyKind.NONE
    for other in (said(body, public=False), said(body, author=Author.CE), said(body, author=Author.CUSTOMER)):
        assert reply_kind(other, POLICY) is ReplyKind.NONE
    assert reply_kind(said(body, automatic=True), POLICY) is ReplyKind.AUTOMATIC


def test_a_very_long_reply_is_an_answer_without_being_read() -> None:
    assert reply_kind(said("We are on it. " * 2000), POLICY) is ReplyKind.ANSWER
    assert reply_kind(said("We are on it. " * 200), POLICY) is ReplyKind.ANSWER


def test_the_first_answer_stops_the_clock_and_an_acknowledgement_only_where_the_policy_says_so() -> None:
    later = [AT + timedelta(minutes=minute) for minute in range(6)]
    told = [
        Comment(Author.CUSTOMER, True, "Hello?", later[0]),
        Comment(Author.AGENT, True, "Your request has been received.", later[1], automatic=True),
        Comment(Author.AGENT, False, "Restart it.", later[2]),
        Comment(Author.CE, True, "Any news from support?", later[3]),
        Comment(Author.AGENT, True, "We are on it.", later[4]),
    ]
    assert first_answer(told, POLICY) is None
    assert first_reply(told, POLICY) is None
    assert first_reply(told, COUNTING) == later[4]
    told += [Comment(Author.AGENT, True, "Restart it.", later[5])]
    assert first_reply(told, POLICY) == later[5]
    assert [counts(kind, COUNTING) for kind in ReplyKind] == [True, True, False, False]


def test_a_complete_policy_file_from_before_these_keys_still_loads(tmp_path: Path) -> None:
    text = default_text().partition("[replies.words]")[0].replace("acknowledgements_count = false", "")
    assert "acknowledgements_count" not in text.replace("first_response.acknowledgements_count", "")
    file = tmp_path / "handbook.toml"
    file.write_text(text)
    policy = load_handbook(file)
    assert policy.replies == POLICY.replies
    assert not policy.first_response.acknowledgements_count


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[replies.receipts]\nen = ['(']", "receipts.en: '(' is not an RE2 pattern"),
        ("[replies.receipts]\nen = ['x*']", "matches the empty text"),
        ("[replies.acknowledgements]\nen = ['<sooner>']", "uses <sooner>"),
        ("[replies.words]\nmine = ['a']", "replies.words: 'mine' is used by no pattern"),
        ("[first_response]\nacknowledgements_count = 1", "first_response.acknowledgements_count"),
    ],
)
def test_a_fault_in_these_patterns_is_named(tmp_path: Path, text: str, wrong: str) -> None:
    file = tmp_path / "handbook.toml"
    file.write_text(f'extends = "default"\n{text}\n')
    with pytest.raises(PolicyFileError) as caught:
        load_handbook(file)
    assert wrong in str(caught.value)
