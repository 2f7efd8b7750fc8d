"""What is read from reports, rule by rule."""

from datetime import UTC, datetime, timedelta

import pytest

from builders.returned import DELIVERY, FOUND_AT, SEALS, a_letter, a_sample, sealed
from pabal.domain.event import EventKind, Proof, Source
from pabal.domain.identity import CampaignId, delivery_id
from pabal.feedback.letter import Letter, Sort
from pabal.feedback.reading import read_letter
from pabal.feedback.report import address_in, moment, reply_in


def read(name, *changes):
    raw = a_sample(name).letter.raw.decode("utf-8", "surrogateescape")
    for before, after in changes:
        assert before in raw
        raw = raw.replace(before, after)
    return read_letter(a_letter(raw.encode("utf-8", "surrogateescape")), SEALS)


def the_event(name, *changes):
    (event,) = read(name, *changes).events
    return event


def test_a_bounce_says_who_when_and_why():
    """S20: "per-recipient fields Final-Recipient, Action, Status, Diagnostic-Code"."""
    event = the_event("sendmail-user-unknown")
    assert event.kind is EventKind.BOUNCED
    assert event.source is Source.DSN
    assert (event.delivery, event.proof) == (DELIVERY, Proof.SEALED)
    assert event.address == "woo@company.example"
    assert (event.reply.code, event.reply.enhanced) == (550, "5.1.1")
    assert event.reply.text == "550 5.1.1 <woo@company.example>... User unknown"
    assert event.at == datetime(2026, 11, 25, 0, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("failed", EventKind.BOUNCED),
        ("delayed", EventKind.DELAYED),
        ("delivered", EventKind.DELIVERED),
        ("relayed", EventKind.DELIVERED),
        ("expanded", EventKind.DELIVERED),
        ("invented", EventKind.BOUNCED),
    ],
)
def test_action_decides_and_status_where_there_is_no_known_action(action, kind):
    """S20: "decide by Action + Status, not by text"."""
    changes = ("Action: failed", f"Action: {action}"), ("could not", "was delivered, could")
    assert the_event("postfix-unknown-user", *changes).kind is kind


def test_what_the_sentences_say_is_not_read():
    """S20: the same fields under any words are the same event."""
    told = the_event("postfix-quota")
    lied = the_event("postfix-quota", ("I'm sorry to", "550 5.1.1 user unknown. I'm sorry to"))
    assert lied == told


@pytest.mark.parametrize(
    ("status", "quoted", "enhanced"),
    [
        ("5.1.1", "550 5.1.1 unknown", "5.1.1"),
        ("5.0.0", "550 5.1.1 unknown", "5.1.1"),
        ("5.1.1", "550 5.7.1 refused", "5.7.1"),
        ("5.1.1", "550 unknown", "5.1.1"),
        ("5.7.1", "550 5.1.1 unknown", "5.7.1"),
        ("5.0.0", "550 unknown", "5.0.0"),
        ("", "550 5.2.2 full", "5.2.2"),
    ],
)
def test_the_milder_of_two_codes_counts(status, quoted, enhanced):
    changes = (
        ("Status: 5.1.1", f"Status: {status}"),
        ("Diagnostic-Code: SMTP; 550 5.1.1", f"Diagnostic-Code: SMTP; {quoted}"),
    )
    assert the_event("sendmail-user-unknown", *changes).reply.enhanced == enhanced


def test_every_recipient_of_a_report_has_an_event():
    """S20: "group per message then per recipient"."""
    events = read("two-recipients").events
    assert [(event.address, event.kind) for event in events] == [
        ("kim@company.example", EventKind.BOUNCED),
        ("lee@company.example", EventKind.DELIVERED),
    ]
    assert len({event.id for event in events}) == 2


def test_the_envelope_tells_before_everything_else():
    """S26: "bounce to token -> right recipient"."""
    other = delivery_id(CampaignId("gw20ad25"), "2")
    raw = a_sample("postfix-unknown-user").letter.raw
    recipient = sealed(b"@VERP@@bounces.shop.example", other).decode()
    letter = Letter(raw=raw, found_at=FOUND_AT, recipient=recipient)
    assert read_letter(letter, SEALS).events[0].delivery == other


@pytest.mark.parametrize(
    ("name", "proof", "delivery"),
    [
        ("sealed-only-inside", Proof.SEALED, DELIVERY),
        ("sealed-only-in-the-link", Proof.SEALED, DELIVERY),
        ("complaint-named-only", Proof.NAMED, DELIVERY),
        ("complaint-nothing-left", Proof.NONE, None),
        ("forged-seal", Proof.NAMED, DELIVERY),
    ],
)
def test_a_delivery_is_proved_or_only_named(name, proof, delivery):
    """S26: "forged token ignored"; S21: "VERP / Feedback-ID / token in Message-ID"."""
    event = the_event(name)
    assert (event.proof, event.delivery) == (proof, delivery)


def test_a_complaint_says_what_it_is():
    """S21: "part message/feedback-report with Feedback-Type"."""
    event = the_event("yahoo-complaint")
    assert event.kind is EventKind.COMPLAINED
    assert (event.label, event.address) == ("abuse", "dana@yahoo.example")
    assert read("yahoo-complaint").sort is Sort.COMPLAINT


@pytest.mark.parametrize(
    "name", ["ooo-outlook-korean", "left-company", "receipt-deleted", "sieve-vacation"]
)
def test_an_automatic_answer_is_no_event(name):
    """S12: "out-of-office sample must not count as bounce"."""
    reading = read(name)
    assert (reading.sort, reading.events) == (Sort.AUTOMATIC_ANSWER, ())


def test_a_bounce_that_is_marked_as_an_automatic_answer_is_a_bounce():
    """S12: servers mark their own reports, and may."""
    assert b"Auto-Submitted: auto-replied" in a_sample("gmail-no-such-user").letter.raw
    assert read("gmail-no-such-user").sort is Sort.BOUNCE


def test_no_event_lies_in_the_future():
    assert the_event("date-in-the-future").at == FOUND_AT
    assert the_event("date-is-nonsense").at == FOUND_AT


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Kim <Kim@Company.Example>", "kim@company.example"),
        ("민수@한국.kr", "민수@xn--3e0b707e.kr"),
        ("a@b", "a@b"),
        ("nobody", ""),
        ("", ""),
        ("<>", ""),
    ],
)
def test_an_address_is_known_in_every_spelling(text, address):
    assert address_in(text) == address


@pytest.mark.parametrize(
    ("text", "code", "enhanced"),
    [
        ("550 5.1.1 no such user", 550, "5.1.1"),
        ("550-5.1.1 no such user", 550, "5.1.1"),
        ("host mx[203.0.113.25] said: 550 5.1.1 <a@b>", 550, "5.1.1"),
        ("#5.1.0 Address rejected.", 0, "5.1.0"),
        ("no mailbox here (#5.1.1)", 0, "5.1.1"),
        ("250-example greets 550", 250, ""),
        ("198.51.100.7 is listed, call 02-555-1234", 0, ""),
        ("delivered by 5.1.1.10", 0, ""),
        ("user unknown", 0, ""),
    ],
)
def test_a_reply_is_found_among_other_numbers(text, code, enhanced):
    reply = reply_in(text)
    assert (reply.code, reply.enhanced) == (code, enhanced)


@pytest.mark.parametrize("text", ["", "32 Nov", "Wed, 99 Jan 2026 00:00:00 +9999", "0", "x" * 500])
def test_a_date_that_is_none_is_the_moment_of_reading(text):
    assert moment(text, latest=FOUND_AT) == FOUND_AT
    assert moment("Wed, 25 Nov 2026 09:00 -0000", latest=FOUND_AT) < FOUND_AT
    assert FOUND_AT - moment("Wed, 25 Nov 2026 20:00:00 +0900", latest=FOUND_AT) == timedelta(
        hours=1
    )
