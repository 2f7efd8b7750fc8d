"""Whom a throttling reply slows down, and by how much."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from pabal.domain.classify import classify
from pabal.domain.delivery import Attempt
from pabal.domain.domain_rate import DomainRates
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.outcome import Reply, Stage
from pabal.domain.retry import RetryPolicy
from pabal.ledger.port import Claimed, Settlement
from pabal.sending.depth import Depth
from pabal.sending.pace import Pace
from pabal.sending.queue import Queue

START = datetime(2026, 11, 24, 9, tzinfo=UTC)
SLOTS = 16
RATE = Reply(code=454, text="Throttling failure: Maximum sending rate exceeded.")
CONNECTIONS = Reply(code=432, enhanced="4.3.2", text="Concurrent connections limit exceeded")
TOO_MANY = Reply(code=421, enhanced="4.7.0", text="too many mails")
GREYLISTED = Reply(code=451, enhanced="4.7.1", text="come back later")
BUSY = Reply(code=451, enhanced="4.3.0", text="busy")
NOBODY = Reply(code=550, enhanced="5.1.1", text="no such user")
KEPT = Reply(code=250, enhanced="2.0.0", text="OK")


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Story:
    """Replies to mails that went to domains at certain seconds."""

    def __init__(self) -> None:
        self.queue = Queue(DomainRates(), lambda rate: pytest.fail("no rate is set"))
        self.policy = RetryPolicy()
        self.pace = Pace(
            CampaignId("0test000"),
            self.queue,
            depth=Depth(SLOTS, SLOTS),
            policy=self.policy,
            random=lambda: 0.5,
            now=START,
        )

    def hear(
        self,
        reply: Reply,
        domain: str = "a.example",
        *,
        stage: Stage = Stage.RCPT,
        at: float,
        begun: float | None = None,
    ) -> None:
        attempt = Attempt(
            delivery=DeliveryId("0test000-1"),
            number=1,
            failures=0,
            position=0,
            address=f"c@{domain}",
            begun_at=after(at if begun is None else begun),
        )
        outcome = classify(reply, stage=Stage.CONTENT if reply is KEPT else stage)
        decision = self.policy.decide(outcome, failures=0, now=after(at), random=lambda: 0.5)
        settlement = Settlement(attempt=attempt, outcome=outcome, decision=decision, at=after(at))
        self.pace.heed(settlement, in_flight=())

    def goes(self, domain: str, *, at: float) -> bool:
        """Whether a mail to the domain would go."""
        claimed = Claimed(delivery=DeliveryId("0test000-9"), position=9, address=f"x@{domain}")
        self.queue.add([claimed])
        taken = [self.queue.take(1, now=after(at), in_flight=()) for _ in range(2)]
        return [claimed] in taken


@pytest.mark.parametrize(
    ("reply", "stage"),
    [
        (RATE, Stage.CONTENT),
        (CONNECTIONS, Stage.RCPT),
        (TOO_MANY, Stage.MAIL),
        (GREYLISTED, Stage.MAIL),
    ],
)
def test_what_the_server_asks_for_slows_everybody(reply: Reply, stage: Stage) -> None:
    story = Story()
    story.hear(reply, stage=stage, at=1)
    assert (story.pace.most, story.pace.rest_until) == (SLOTS // 2, after(2))
    assert story.goes("a.example", at=1)


def test_those_that_went_together_halve_it_once_however_late_they_are_answered() -> None:
    story = Story()
    for n in range(10):
        story.hear(RATE, begun=0, at=1 + n)
    assert (story.pace.most, story.pace.rest_until) == (SLOTS // 2, after(2))
    story.hear(RATE, begun=12, at=12)
    assert story.pace.most == SLOTS // 4


def test_what_a_provider_asks_for_slows_its_domain_alone(caplog: pytest.LogCaptureFixture) -> None:
    story = Story()
    with caplog.at_level(logging.INFO, "pabal.mail"):
        story.hear(TOO_MANY, "a.example", at=1)
    assert (story.pace.most, story.pace.rest_until) == (SLOTS, START)
    assert not story.goes("a.example", at=1)
    assert story.goes("b.example", at=1)
    (record,) = caplog.records
    assert (record.domain, record.levelno) == ("a.example", logging.WARNING)
    assert "a.example wait 1 s" in record.getMessage()


@pytest.mark.parametrize("reply", [GREYLISTED, BUSY, NOBODY])
def test_what_concerns_one_recipient_slows_nobody(reply: Reply) -> None:
    story = Story()
    for n in range(50):
        story.hear(reply, f"d{n % 7}.example", at=n)
    assert (story.pace.most, story.pace.rest_until) == (SLOTS, START)
    assert story.goes("d1.example", at=50)


def test_three_domains_that_throttle_in_a_row_are_the_server() -> None:
    story = Story()
    story.hear(TOO_MANY, "a.example", at=1)
    story.hear(TOO_MANY, "b.example", at=2)
    assert story.pace.most == SLOTS
    story.hear(TOO_MANY, "c.example", at=3)
    assert (story.pace.most, story.pace.rest_until) == (SLOTS // 2, after(4))
    assert story.goes("z.example", at=4)


def test_replies_that_come_in_behind_the_third_say_nothing_further() -> None:
    """They are to mails that went with the others."""
    story = Story()
    for n in range(16):
        story.hear(TOO_MANY, f"d{n}.example", begun=0, at=1)
    assert story.pace.most == SLOTS // 2
    assert [story.goes(f"d{n}.example", at=1) for n in range(5)] == [False] * 3 + [True] * 2
    assert story.goes("d0.example", at=2)


def test_providers_that_all_take_nobody_are_each_asked_seldom() -> None:
    """Also where they are the last of a campaign, and taken for the server."""
    story = Story()
    for at in (0, 1, 3):
        for domain in ("a.example", "b.example", "c.example"):
            story.hear(TOO_MANY, domain, at=at)
    assert not any(story.goes(f"{each}.example", at=6.9) for each in "ab")


def test_an_accepted_mail_in_between_shows_that_they_are_not() -> None:
    story = Story()
    for n in range(6):
        story.hear(TOO_MANY, f"d{n}.example", at=n / 10)
        story.hear(KEPT, "z.example", at=n / 10)
    assert story.pace.most == SLOTS
    assert not any(story.goes(f"d{n}.example", at=0.5) for n in range(6))


def test_accepted_mails_open_the_window_again() -> None:
    story = Story()
    story.hear(RATE, at=0)
    for _ in range(51):
        story.hear(KEPT, at=2)
    assert story.pace.most == SLOTS // 2 + 1


def test_a_server_that_lets_nobody_in_is_waited_for_and_then_given_up() -> None:
    story = Story()
    waits = [wait.total_seconds() for wait in story.policy.waits]
    at = 0.0
    for wait in waits:
        story.hear(TOO_MANY, stage=Stage.CONNECT, at=at)
        story.hear(TOO_MANY, stage=Stage.CONNECT, at=at)  # it went together with the first
        assert story.pace.rest_until == after(at + wait)
        at += wait
    assert not story.pace.halted
    story.hear(TOO_MANY, stage=Stage.CONNECT, at=at)
    assert story.pace.halted == TOO_MANY.text


def test_a_refused_account_stops_it_all_at_once() -> None:
    story = Story()
    story.hear(Reply(code=550, enhanced="5.7.1", text="who are you"), stage=Stage.MAIL, at=0)
    assert story.pace.halted == "who are you"
