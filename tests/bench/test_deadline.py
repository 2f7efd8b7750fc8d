"""The benchmark of the retry promise counts what happened, and its server refuses as told."""

import smtplib
from collections import Counter
from random import Random

import pytest
from bench.deadline import MAILS, Event, Told, seconds_to, sent_over_time, waiting_over_time
from bench.sink import running_server

from pabal.domain.delivery import Happening

PEOPLE = [f"c{number}@example.com" for number in range(120)]


@pytest.fixture
def refusing(tmp_path):
    """A server that refuses one in two; yields its port and what it noted."""
    notes = tmp_path / "notes"
    with running_server("bench.refusing", "7", "0.5", str(notes)) as port:
        yield port, notes


def submit(port, recipient):
    """Return the code of the server's refusal, and at which step; "" and 250 where it took it."""
    with smtplib.SMTP("127.0.0.1", port) as server:
        try:
            server.sendmail("news@hanbit.example", recipient, "Subject: x\r\n\r\nx\r\n")
        except smtplib.SMTPRecipientsRefused as refused:
            return "rcpt", refused.recipients[recipient][0]
        except smtplib.SMTPDataError as refused:
            return "content", refused.smtp_code
    return "", 250


def test_the_server_refuses_its_share_in_both_places_and_notes_it(refusing):
    port, notes = refusing
    said = [submit(port, recipient) for recipient in PEOPLE]
    steps = Counter(step for step, _ in said)
    assert 40 <= steps[""] <= 80
    assert min(steps["rcpt"], steps["content"]) >= 15
    assert notes.read_text().splitlines() == [
        f"{recipient} {code}" for recipient, (_, code) in zip(PEOPLE, said, strict=True)
    ]


def test_the_same_seed_refuses_the_same_mails_in_any_order(tmp_path):
    others = PEOPLE[:30]
    said = []
    for number in range(2):
        Random(number).shuffle(others)
        notes = tmp_path / f"notes-{number}"
        with running_server("bench.refusing", "7", "0.5", str(notes)) as port:
            said.append({recipient: submit(port, recipient) for recipient in others})
    assert said[0] == said[1]


def a_campaign():
    """Two mails: one taken at its second attempt, one given up."""
    story = [
        (1, "a", Happening.BEGUN, 1),
        (2, "a", Happening.DEFERRED, 1),
        (3, "b", Happening.BEGUN, 1),
        (4, "b", Happening.DEFERRED, 1),
        (17, "a", Happening.BEGUN, 2),
        (18, "a", Happening.ACCEPTED, 2),
        (19, "b", Happening.BEGUN, 2),
        (20, "b", Happening.GAVE_UP, 2),
    ]
    events = [Event(seconds=s, recipient=r, happening=h, attempt=a) for s, r, h, a in story]
    return Told(seed=1, events=events, accepted=["a"])


def test_a_mail_waits_from_its_refusal_to_its_next_attempt():
    assert waiting_over_time(a_campaign()) == [(0, 0), (2, 1), (4, 2), (17, 1), (19, 0)]


def test_a_mail_that_was_given_up_is_done_and_not_sent():
    told = a_campaign()
    assert list(told.done) == [18, 20]
    assert sent_over_time(told) == [(0, 0), (18, 1)]
    assert told.gave_up == 1


def test_a_campaign_with_mails_that_never_end_misses_the_deadline():
    assert seconds_to(a_campaign(), 1) == float("inf")
    assert seconds_to(a_campaign(), 2 / MAILS) == 20


@pytest.mark.parametrize(("accepted", "wrong"), [(["a"], 0), (["a", "a"], 1), ([], 1), (["b"], 2)])
def test_ledger_and_server_are_held_against_each_other(accepted, wrong):
    told = a_campaign()
    assert Told(seed=1, events=told.events, accepted=accepted).disagreements == wrong
