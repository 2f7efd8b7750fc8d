"""What the engine promises of a campaign, whatever servers, people and processes do."""

import asyncio
import dataclasses
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import timedelta

import pytest

from builders.engine import CAMPAIGN, address_of, wall
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Happening, State
from pabal.domain.rate import Rate
from pabal.domain.suppression import EVERYTHING, Reason, Suppression
from pabal.ledger.port import RunState
from pabal.sending.engine import Ending
from pabal.sending.faults import Place
from pabal.transport.mailbox.script import DROP, Failure, FailureScript


def everybody(count):
    return Counter(address_of(n) for n in range(count))


def failing(**by_position):
    return FailureScript(
        by_recipient={address_of(name.removeprefix("c")): f for name, f in by_position.items()}
    )


async def until(condition, seconds=10.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def test_everybody_gets_one_mail(around):
    ledger = around.queue(300)
    assert await around.run() is Ending.DRAINED
    assert around.received.counts == everybody(300)
    assert ledger.counts(CAMPAIGN) == {State.SENT: 300}


async def test_an_empty_campaign_is_drained_at_once(around):
    around.queue(0)
    assert await around.run() is Ending.DRAINED


@pytest.mark.parametrize(
    "script",
    [
        failing(
            c1=Failure(replies=("451 4.3.0 busy",)),
            c2=Failure(replies=("451 4.3.0 busy",) * 2),
            c3=Failure(replies=("451 4.3.0 busy",) * 3),
            c4=Failure(replies=("451 4.3.0 busy",), always=True),
            c5=Failure(replies=("550 5.1.1 no such user",), always=True),
            c6=Failure(replies=("552 5.2.2 mailbox full",), always=True),
            c7=Failure(replies=("451 4.3.0 busy",), after_content=True),
        )
    ],
)
async def test_transient_failures_are_retried_three_times(around):
    """S22: 4yz again, at most three times; 5yz not again, except for a full mailbox."""
    ledger = around.queue(20)
    assert await around.run() is Ending.DRAINED
    assert around.received.counts == everybody(20) - Counter(map(address_of, (4, 5, 6)))
    assert ledger.counts(CAMPAIGN) == {State.SENT: 17, State.FAILED: 3}
    attempts = {d.position: d.attempts for d in ledger.deliveries(CAMPAIGN, limit=20)}
    assert [attempts[n] for n in range(8)] == [1, 2, 3, 4, 4, 1, 4, 2]


@pytest.mark.parametrize(
    "script", [failing(c3=Failure(replies=("550 5.1.1 no such user",), always=True))]
)
async def test_an_unknown_mailbox_is_not_mailed_again(around):
    """Rules 1a, 5.1.1: suppressed at once."""
    ledger = around.queue(5)
    await around.run()
    stop = ledger.suppressions([address_of(3)], [EVERYTHING])[address_of(3)]
    assert stop.reason is Reason.BOUNCE
    assert "no such user" in stop.detail


@pytest.mark.parametrize("script", [failing(c3=Failure(replies=(DROP,), after_content=True))])
async def test_no_answer_behind_the_final_dot_is_doubt_not_failure(around):
    """S24: the mail may have been taken, so it is not sent again by itself."""
    ledger = around.queue(5)
    assert await around.run() is Ending.DRAINED
    assert around.received.counts == everybody(5)
    (doubtful,) = ledger.deliveries(CAMPAIGN, state=State.DOUBTFUL)
    assert doubtful.position == 3


@pytest.mark.parametrize("script", [failing(c3=Failure(replies=(DROP,), after_content=True))])
async def test_a_campaign_may_choose_to_send_again_on_doubt(around):
    around.queue(5, on_doubt=OnDoubt.RESEND)
    assert await around.run() is Ending.DRAINED
    assert around.received.counts == everybody(5) + Counter([address_of(3)])


async def test_a_pause_acts_within_a_second_and_a_resume_sends_the_rest(around):
    ledger = around.queue(2000)
    running = asyncio.create_task(around.run())
    await until(lambda: around.received.counts.total() > 50)
    ledger.set_state(CAMPAIGN, RunState.PAUSED, reason="", now=wall())
    assert await asyncio.wait_for(running, 1) is Ending.PAUSED
    sent = around.received.counts.total()
    assert sent < 2000
    await asyncio.sleep(0.3)
    assert around.received.counts.total() == sent
    assert ledger.counts(CAMPAIGN) == {State.SENT: sent, State.QUEUED: 2000 - sent}
    ledger.set_state(CAMPAIGN, RunState.RUNNING, reason="", now=wall())
    assert await around.run() is Ending.DRAINED
    assert around.received.counts == everybody(2000)


async def test_a_cancel_ends_it_and_what_was_sent_stays_sent(around):
    ledger = around.queue(2000)
    running = asyncio.create_task(around.run())
    await until(lambda: around.received.counts.total() > 50)
    ledger.set_state(CAMPAIGN, RunState.CANCELLED, reason="", now=wall())
    assert await asyncio.wait_for(running, 1) is Ending.CANCELLED
    sent = around.received.counts.total()
    assert ledger.counts(CAMPAIGN) == {State.SENT: sent, State.CANCELLED: 2000 - sent}


async def test_a_stop_settles_what_is_on_the_wire_and_gives_the_rest_back(around):
    ledger = around.queue(2000)
    running = asyncio.create_task(around.run())
    await until(lambda: around.received.counts.total() > 50)
    around.stop.set()
    assert await running is Ending.STOPPED
    sent = around.received.counts.total()
    assert ledger.counts(CAMPAIGN) == {State.SENT: sent, State.QUEUED: 2000 - sent}
    around.stop.clear()
    assert await around.run(worker="worker-2") is Ending.DRAINED
    assert around.received.counts == everybody(2000)


async def test_several_workers_send_every_mail_once(around):
    ledger = around.queue(500)
    endings = await asyncio.gather(*(around.run(worker=f"worker-{n}") for n in range(4)))
    assert set(endings) == {Ending.DRAINED}
    assert around.received.counts == everybody(500)
    assert ledger.counts(CAMPAIGN) == {State.SENT: 500}


async def test_who_leaves_during_the_campaign_gets_nothing_more(around):
    """K4: the suppression is looked up right before the wire."""
    ledger = around.queue(400)
    running = asyncio.create_task(around.run(slots=2))
    await until(lambda: around.received.counts.total() > 5)
    ledger.suppress(
        Suppression(
            address=address_of(399), scope="list:1", reason=Reason.UNSUBSCRIBED, since=wall()
        )
    )
    assert await running is Ending.DRAINED
    assert around.received.counts == everybody(399)
    (skipped,) = ledger.deliveries(CAMPAIGN, state=State.SKIPPED)
    assert skipped.address == address_of(399)


async def test_a_server_that_is_down_pauses_the_campaign_and_costs_nobody_an_attempt(around):
    ledger = around.queue(20)
    await around.server.close()
    assert await around.run() is Ending.PAUSED
    run = ledger.run(CAMPAIGN)
    assert run.state is RunState.PAUSED
    assert run.reason
    assert ledger.counts(CAMPAIGN) == {State.QUEUED: 20}
    assert {d.failures for d in ledger.deliveries(CAMPAIGN)} == {0}


async def test_a_fault_of_ours_before_the_wire_pauses_the_campaign_and_costs_nobody_an_attempt(
    around,
):
    ledger = around.queue(20)

    async def render(attempt):
        raise KeyError("list-unsubscribe")

    around.render = render
    assert await around.run() is Ending.PAUSED
    assert "list-unsubscribe" in ledger.run(CAMPAIGN).reason
    assert ledger.counts(CAMPAIGN) == {State.QUEUED: 20}
    assert {d.failures for d in ledger.deliveries(CAMPAIGN)} == {0}
    assert not around.received.counts


async def test_a_fault_of_ours_at_the_wire_is_doubt_and_the_campaign_ends(around):
    ledger = around.queue(20)
    rendered = around.render

    async def render(attempt):
        mail = await rendered(attempt)
        return dataclasses.replace(mail, buffers=None) if attempt.position == 3 else mail

    around.render = render
    assert await around.run() is Ending.DRAINED
    (doubtful,) = ledger.deliveries(CAMPAIGN, state=State.DOUBTFUL)
    assert doubtful.address == address_of(3)
    assert around.received.counts[address_of(3)] == 0


async def test_the_quota_is_never_passed(around):
    around.daily_limit = 10
    ledger = around.queue(50)
    running = asyncio.create_task(around.run())
    await until(lambda: around.received.counts.total() == 10)
    await asyncio.sleep(0.3)
    around.stop.set()
    assert await running is Ending.STOPPED
    assert around.received.counts == everybody(10)
    assert ledger.counts(CAMPAIGN) == {State.SENT: 10, State.QUEUED: 40}


async def test_the_rate_is_kept(around):
    around.queue(12)
    started = wall()
    assert await around.run(rate=Rate(per_second=10)) is Ending.DRAINED
    assert wall() - started >= timedelta(seconds=0.8)
    assert around.received.counts == everybody(12)


async def test_a_locked_database_is_waited_for(around, tmp_path):
    """Locked by another process: the campaign goes on when it is free, nothing twice."""
    ledger = around.queue(300)
    running = asyncio.create_task(around.run())
    await until(lambda: around.received.counts.total() > 20)

    def hold():
        with closing(sqlite3.connect(tmp_path / "ledger.sqlite3", isolation_level=None)) as other:
            other.execute("begin immediate")
            asyncio.run(asyncio.sleep(1))
            other.execute("rollback")

    await asyncio.to_thread(hold)
    assert await running is Ending.DRAINED
    assert around.received.counts == everybody(300)
    assert ledger.counts(CAMPAIGN) == {State.SENT: 300}


@pytest.mark.parametrize("place", [Place.BEGUN, Place.SETTLED])
@pytest.mark.parametrize("nth", [1, 3, 10])
async def test_a_worker_that_dies_leaves_few_doubts_and_loses_nobody(around, place, nth):
    """At most as many doubts as slots; nobody twice, nobody lost."""
    ledger = around.queue(60)
    with pytest.raises(Died):
        await around.run(faults=DieAt(place, nth), slots=8)
    ledger.heartbeat("worker-1", until=wall() - timedelta(seconds=1))
    ledger.sweep(now=wall())
    assert await around.run(worker="worker-2") is Ending.DRAINED
    counts = ledger.counts(CAMPAIGN)
    assert counts.get(State.DOUBTFUL, 0) <= 8
    assert sum(counts.values()) == 60
    assert max(around.received.counts.values()) == 1
    doubtful = {d.address for d in ledger.deliveries(CAMPAIGN, state=State.DOUBTFUL)}
    assert set(everybody(60)) - set(around.received.counts) <= doubtful


class Died(BaseException):
    """What a kill looks like from inside: nothing behind it runs."""


class DieAt:
    """Dies at the n-th time that a place is reached, and at every place from then on."""

    def __init__(self, place, nth):
        self.place, self.left, self.dead = place, nth, False

    def __call__(self, place):
        if place is self.place:
            self.left -= 1
        if self.left <= 0 or self.dead:
            self.dead = True
            raise Died


async def test_the_history_tells_every_attempt(around):
    ledger = around.queue(1)
    await around.run()
    (delivery,) = ledger.deliveries(CAMPAIGN)
    history = [entry.happening for entry in ledger.history(delivery.id)]
    assert history[-2:] == [Happening.BEGUN, Happening.ACCEPTED]
