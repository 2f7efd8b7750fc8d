"""The bounces and complaints that we make ourselves are read like everybody's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.returned import DELIVERY, FOUND_AT, SEALS, sealed
from pabal.domain.bouncing import Weight, weigh_for
from pabal.domain.event import EventKind, Proof
from pabal.domain.outcome import Reply
from pabal.feedback.composing import bounce_of, complaint_about
from pabal.feedback.letter import Letter, Sort
from pabal.feedback.reading import read_letter

SENDER = sealed(b"@VERP@@bounces.shop.example").decode()
MAIL = sealed(
    b"From: news@shop.example\r\nList-Unsubscribe: <https://mail.shop.example/u/@TOKEN@>\r\n"
    b"Subject: sale\r\n\r\nhello\r\n"
)


def read(raw):
    return read_letter(Letter(raw=raw, found_at=FOUND_AT), SEALS)


@pytest.mark.parametrize(
    ("reply", "weight"),
    [
        (Reply(code=550, enhanced="5.1.1", text="no such user"), Weight.HARD),
        (Reply(code=552, enhanced="5.2.2", text="full"), Weight.SOFT),
        (Reply(code=550, enhanced="5.7.1", text="refused"), Weight.ABOUT_US),
    ],
)
def test_a_bounce_is_read_as_what_it_was_made(reply, weight):
    raw = bounce_of(MAIL, sender=SENDER, recipient="a@b.example", reply=reply, now=FOUND_AT)
    reading = read(raw)
    (event,) = reading.events
    assert reading.sort is Sort.BOUNCE
    assert (event.delivery, event.proof, event.kind) == (
        DELIVERY,
        Proof.SEALED,
        EventKind.BOUNCED,
    )
    assert weigh_for(event, "a@b.example") is weight


@pytest.mark.parametrize("recipient", ["a@b.example", ""])
def test_a_complaint_is_read_as_what_it_was_made(recipient):
    raw = complaint_about(MAIL, to="fbl@shop.example", recipient=recipient, now=FOUND_AT)
    (event,) = read(raw).events
    assert weigh_for(event, "a@b.example") is Weight.COMPLAINT
    kind = complaint_about(
        MAIL, to="fbl@shop.example", recipient="", now=FOUND_AT, feedback_type="not-spam"
    )
    assert weigh_for(read(kind).events[0], "a@b.example") is Weight.NOTHING


@given(st.binary(max_size=300))
def test_whatever_is_returned_the_report_in_front_is_read(mail):
    reply = Reply(code=550, enhanced="5.1.1")
    raw = bounce_of(mail, sender=SENDER, recipient="a@b.example", reply=reply, now=FOUND_AT)
    (event,) = read(raw).events
    assert event.reply.enhanced == "5.1.1"
