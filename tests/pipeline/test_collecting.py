"""Visits to the bounce mailbox: a mail is removed when what it tells is durable, not before."""

import asyncio
import logging
from datetime import timedelta

import pytest

from builders.returned import SEALS, sealed
from ledger.desk import ACCEPTED, Desk, fresh_schema
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.outcome import Reply
from pabal.domain.reputation import Harm, Limits
from pabal.domain.suppression import EVERYTHING, Reason
from pabal.domain.tracking import Tracking
from pabal.feedback.composing import bounce_of, complaint_about
from pabal.feedback.roads.maildir import Maildir
from pabal.ledger.errors import LedgerUnavailable
from pabal.ledger.port import RunState
from pabal.pipeline.local.rounds import Rounds
from pabal.pipeline.steps.feedback import Collected, Reader
from pabal.pipeline.words import PAUSES
from pabal.sending.measures import BOUNCE_MAILBOX, Measures

MAIL = b"List-Unsubscribe: <https://mail.shop.example/u/@TOKEN@>\r\nSubject: sale\r\n\r\nhello\r\n"
GONE = Reply(code=550, enhanced="5.1.1", text="no such user")
LIMITS = Limits(bounces=0.5, complaints=0.5, mails=4, people=2)
PERSON = b"From: kim@company.example\nSubject: when?\n\nwhen is it there?\n"
HOLIDAY = b"Auto-Submitted: auto-replied\nSubject: away\n\n550 5.1.1\n"
BOMB = b"Content-Type: message/rfc822\n\n" * 200


class Leavers:
    """An audience that only notes who left."""

    def __init__(self):
        self.left = []

    def leave(self, delivery, *, source, at):
        self.left.append((delivery, source))

    def allows(self, delivery):
        return Tracking.OFF


@pytest.fixture
def desk(tmp_path):
    database = fresh_schema(f"sqlite:///{tmp_path}/ledger.sqlite3")
    ledger = database.ledger()
    desk = Desk(database, ledger)
    desk.start(4)
    desk.settle(desk.put_on_wire(4), ACCEPTED)
    yield desk
    ledger.close()


@pytest.fixture
def box(tmp_path):
    return Maildir(tmp_path / "box")


@pytest.fixture
def leavers():
    return Leavers()


@pytest.fixture
def reader(desk, leavers):
    return Reader(
        seals=SEALS, audience=leavers, policy=BouncePolicy(), limits=LIMITS, now=lambda: desk.now
    )


def a_bounce(desk, position, reply=GONE, recipient=""):
    return bounce_of(
        MAIL,
        sender=sealed(b"@VERP@@bounces.shop.example", desk.id(position)).decode(),
        recipient=recipient or desk.address(position),
        reply=reply,
        now=desk.now,
    )


def a_complaint(desk, position):
    mail = sealed(MAIL, desk.id(position))
    return complaint_about(mail, to="fbl@shop.example", recipient="", now=desk.now)


def deliver(box, *mails):
    for moment, mail in enumerate(mails, 1):
        box.deliver(mail, moment=moment)


def mails_in(tmp_path, part):
    return len(list((tmp_path / "box" / part).iterdir()))


def reason_of(desk, position):
    stop = desk.ledger.suppressions([desk.address(position)], [EVERYTHING])
    return stop[desk.address(position)].reason if stop else None


def test_a_visit_applies_what_it_understands_and_leaves_the_rest(
    desk, box, reader, leavers, tmp_path
):
    deliver(box, a_bounce(desk, 0), a_complaint(desk, 1), PERSON, HOLIDAY, BOMB)
    stranger = a_bounce(desk, 2).replace(b"b+", b"b+zzzzzzzz-")
    box.deliver(stranger, moment=9)

    collected = reader.collect(box, desk.ledger)

    assert collected == Collected(applied=2, unproven=1, automatic=1, other=1, refused=1)
    assert [reason_of(desk, n) for n in range(3)] == [Reason.BOUNCE, Reason.COMPLAINT, None]
    assert leavers.left == [(desk.id(1), "complained")]
    assert (mails_in(tmp_path, "new"), mails_in(tmp_path, "cur")) == (0, 4)
    assert reader.collect(box, desk.ledger) == Collected()


def test_the_same_mail_by_two_roads_is_one_event(desk, box, reader):
    deliver(box, a_bounce(desk, 0), a_bounce(desk, 0))
    assert reader.collect(box, desk.ledger).applied == 2
    assert len(desk.ledger.events(desk.id(0))) == 1


class _GoesAway:
    """A ledger whose database goes away before or behind the n-th event is durable."""

    def __init__(self, ledger, at, *, behind):
        self._ledger = ledger
        self._left = at
        self._behind = behind

    def __getattr__(self, name):
        return getattr(self._ledger, name)

    def record_event(self, event, **terms):
        self._left -= 1
        if self._left == 0 and not self._behind:
            raise LedgerUnavailable(reason="restarted")
        recorded = self._ledger.record_event(event, **terms)
        if self._left == 0:
            raise LedgerUnavailable(reason="restarted")
        return recorded


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_database_that_goes_away_costs_nothing(desk, box, reader, leavers, at, behind):
    deliver(box, a_bounce(desk, 0), a_complaint(desk, 1), a_complaint(desk, 2))
    with pytest.raises(LedgerUnavailable):
        reader.collect(box, _GoesAway(desk.ledger, at, behind=behind))

    assert reader.collect(box, desk.ledger).applied == 4 - at
    assert [reason_of(desk, n) for n in range(3)] == [
        Reason.BOUNCE,
        Reason.COMPLAINT,
        Reason.COMPLAINT,
    ]
    assert {delivery for delivery, _ in leavers.left} == set(desk.ids(1, 2))
    assert [len(desk.ledger.events(desk.id(n))) for n in range(3)] == [1, 1, 1]


def test_a_bounce_for_another_mailbox_stops_nobody(desk, box, reader):
    deliver(box, a_bounce(desk, 0, recipient="forwarded@elsewhere.example"))
    reader.collect(box, desk.ledger)
    assert reason_of(desk, 0) is None


def test_what_is_about_us_is_an_alarm_and_stops_nobody(desk, box, reader):
    """1a, 5.7.x: "no - stop the domain, alarm"."""
    refused = Reply(code=550, enhanced="5.7.26", text="unauthenticated")
    deliver(box, a_bounce(desk, 0, refused), a_bounce(desk, 0, refused), a_bounce(desk, 1, refused))
    assert reader.collect(box, desk.ledger) == Collected(applied=3, alarms=2)
    assert reason_of(desk, 0) is None


@pytest.fixture
def running(desk):
    """Six mails, of which four are sent: the campaign has something left to do."""
    desk.ledger.enqueue(desk.campaign, desk.entries(6), now=desk.now)
    return desk


def state_of(desk):
    run = desk.ledger.run(desk.campaign)
    return run.state, run.reason


def test_too_many_bounces_pause_the_campaign(running, box, reader):
    """SES: "bounce >= 5 % review, >= 10 % may pause": we come before it."""
    deliver(box, a_bounce(running, 0))
    reader.collect(box, running.ledger)
    assert state_of(running) == (RunState.RUNNING, "")
    deliver(box, a_bounce(running, 1))
    reader.collect(box, running.ledger)
    assert state_of(running) == (RunState.PAUSED, PAUSES[Harm.BOUNCES])
    assert running.claim(2) == []


def test_resumed_it_goes_on_until_as_much_comes_back_again(running, box, reader):
    mails = [a_complaint(running, 0), a_complaint(running, 1)]
    deliver(box, *mails)
    reader.collect(box, running.ledger)
    assert state_of(running) == (RunState.PAUSED, PAUSES[Harm.COMPLAINTS])

    running.set_state(RunState.RUNNING)
    deliver(box, *mails)
    reader.collect(box, running.ledger)
    assert state_of(running) == (RunState.RUNNING, ""), "they were told before"
    running.settle(running.put_on_wire(2), ACCEPTED)
    deliver(box, a_complaint(running, 4), a_complaint(running, 5))
    reader.collect(box, running.ledger)
    assert state_of(running)[0] is RunState.RUNNING, "two mails are too few to say"


def test_a_pause_that_was_lost_is_made_up_for(running, box, reader):
    """The event was durable, and then the database went away."""
    deliver(box, a_bounce(running, 0), a_bounce(running, 1))
    with pytest.raises(LedgerUnavailable):
        reader.collect(box, _GoesAway(running.ledger, 2, behind=True))
    assert state_of(running)[0] is RunState.RUNNING
    reader.collect(box, running.ledger)
    assert state_of(running)[0] is RunState.PAUSED


def test_what_has_ended_stays_ended_and_a_persons_pause_is_theirs(running, box, reader):
    running.set_state(RunState.PAUSED, "")
    deliver(box, a_bounce(running, 0), a_bounce(running, 1))
    reader.collect(box, running.ledger)
    assert state_of(running) == (RunState.PAUSED, "")
    running.set_state(RunState.CANCELLED, "wrong coupon")
    deliver(box, a_bounce(running, 2))
    reader.collect(box, running.ledger)
    assert state_of(running) == (RunState.CANCELLED, "wrong coupon")


def reached(measures):
    """What the alert PabalBounceMailbox looks at; None where it is not shown."""
    found = [each for each in measures.read() if each.metric is BOUNCE_MAILBOX]
    return next(iter(found[0].values.values())) if found else None


async def test_rounds_go_on_when_the_mailbox_is_back(desk, box, reader, tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="pabal.feedback")
    interval = timedelta(milliseconds=20)
    measures = Measures()
    rounds = Rounds(box, reader, desk.database.ledger, interval=interval, measures=measures)
    stop = asyncio.Event()
    assert reached(measures) is None
    going = asyncio.create_task(rounds.run(stop))
    while reached(measures) is None:
        await asyncio.sleep(0.01)
    assert reached(measures) == 0
    deliver(box, a_bounce(desk, 0), PERSON)
    while "1 applied, 0 unsubscribed, 1 kept for a person" not in caplog.text:
        await asyncio.sleep(0.01)
    stop.set()
    await going
    assert reached(measures) == 1
    assert reason_of(desk, 0) is Reason.BOUNCE
    assert {each.levelname for each in caplog.records if "no Maildir" in each.message} == {"ERROR"}
