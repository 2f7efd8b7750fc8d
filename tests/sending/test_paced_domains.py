"""A provider that throttles waits by itself: the others go on, and in the end all have it."""

import asyncio
import math
import time
from collections import Counter
from datetime import timedelta

import pytest

from builders.engine import CAMPAIGN, Surroundings, wall
from pabal.domain.delivery import State
from pabal.ledger.port import RunState
from pabal.sending.engine import Ending
from pabal.sending.faults import Place
from pabal.transport.smtp.settings import smtp_settings
from pabal.transport.smtp.transport import SmtpTransport
from servers.smtp import Conduct, Sink

SLOTS = 8
SLOW = "slow.example"
HASTE = 20  # seconds of the engine in one of ours


class Clock:
    """The wall clock, and faster from when it is told to hurry."""

    def __init__(self):
        self._began, self._started, self._haste = wall(), time.monotonic(), 1

    def __call__(self):
        seconds = self._haste * (time.monotonic() - self._started)
        return self._began + timedelta(seconds=seconds)

    def hurry(self):
        self._began, self._started, self._haste = self(), time.monotonic(), HASTE


def hasty():
    clock = Clock()
    clock.hurry()
    return clock


def most_offers(elapsed):
    """Those that were on the wire at first, and one alone behind each of 1, 2, 4 … s."""
    return SLOTS + int(math.log2(elapsed.total_seconds() + 1))


def domain_of(recipient):
    return recipient.rpartition("@")[2]


class Providers(dict):
    """What is said at RCPT, by recipient's domain; counts what was offered to each."""

    def __init__(self, **replies):
        super().__init__(replies)
        self.offers = Counter()
        self.greylists = False
        self.known = set()

    def get(self, recipient, default=None):
        self.offers[domain_of(recipient)] += 1
        if self.greylists and recipient not in self.known:
            self.known.add(recipient)
            return "450 4.2.0 Greylisted, come back later"
        return super().get(domain_of(recipient), default)


class Around(Surroundings):
    """One recipient in four is at the slow provider, the others at a dozen of their own."""

    def count(self, slow):
        received = Counter(domain_of(each) for each in self.received)
        return received[SLOW] if slow else received.total() - received[SLOW]

    async def until(self, condition, seconds=15.0):
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.01)


def address_of(position):
    return f"c{position}@" + (f"p{position % 12}.example" if position % 4 else SLOW)


@pytest.fixture
def providers():
    return Providers()


@pytest.fixture
async def around(around, providers):
    async with Sink(Conduct(replies_to=providers)) as sink:
        transport = SmtpTransport(smtp_settings(sink.url, connections=2))
        yield Around(
            url=around.url,
            opened=around.opened,
            transport=transport,
            received=sink.recipients,
            server=sink,
            address_of=address_of,
        )
        await transport.close()


def everybody(count):
    return sorted(map(address_of, range(count)))


@pytest.mark.parametrize("reply", ["421 4.7.0 too many", "451 4.7.500 server busy"])
async def test_the_others_go_on_and_the_throttled_ones_arrive_in_the_end(
    around, providers, reply, caplog
):
    providers[SLOW] = reply
    ledger = around.queue(200)
    claims, now = [], Clock()
    started = now()
    running = asyncio.create_task(around.run(slots=SLOTS, now=now, faults=claims.append))
    await around.until(lambda: around.count(slow=False) == 150)
    assert around.count(slow=True) == 0
    now.hurry()
    before, since = claims.count(Place.CLAIMED), now()
    await asyncio.sleep(6 / HASTE)
    # Twice a second it looks whether something is due; a loop would have done so all the time.
    assert claims.count(Place.CLAIMED) - before <= 4 * (now() - since).total_seconds() + 10
    assert providers.offers[SLOW] <= most_offers(now() - started)
    assert not running.done()  # those that wait are not forgotten
    del providers[SLOW]
    assert await running is Ending.DRAINED
    assert sorted(around.received) == everybody(200)
    assert ledger.counts(CAMPAIGN) == {State.SENT: 200}
    attempts = sum(each.attempts for each in ledger.deliveries(CAMPAIGN, limit=200))
    assert attempts <= 200 + SLOTS + 5
    assert {record.domain for record in caplog.records if hasattr(record, "domain")} == {SLOW}


async def test_a_long_stretch_of_one_domain_does_not_keep_the_others_waiting(around, providers):
    """A thousand of the throttled domain stand before the first of the others."""
    around.address_of = lambda n: f"c{n}@{SLOW if n < 1000 else 'other.example'}"
    providers[SLOW] = "421 4.7.0 too many"
    ledger = around.queue(1050)
    started = wall()
    running = asyncio.create_task(around.run(slots=SLOTS))
    await around.until(lambda: around.count(slow=False) == 50)
    assert providers.offers[SLOW] <= most_offers(wall() - started)
    ledger.set_state(CAMPAIGN, RunState.CANCELLED, reason="", now=wall())
    assert await running is Ending.CANCELLED
    counts = ledger.counts(CAMPAIGN)
    assert counts == {State.SENT: 50, State.CANCELLED: 1000}


async def test_a_throttle_that_lasts_longer_than_the_retries_costs_few_of_them(around, providers):
    """Of two minutes; the others are not tried at all, and wait."""
    providers[SLOW] = "421 4.7.0 too many"
    ledger, now = around.queue(100), hasty()
    started = now()
    running = asyncio.create_task(around.run(slots=SLOTS, now=now))
    await around.until(lambda: around.count(slow=False) == 75)
    await asyncio.sleep(120 / HASTE)
    assert providers.offers[SLOW] <= most_offers(now() - started) + 1
    assert ledger.counts(CAMPAIGN).get(State.FAILED, 0) <= 2
    around.stop.set()
    assert await running is Ending.STOPPED


async def test_who_was_tried_has_three_retries_as_ever(around, providers):
    around.address_of = lambda n: f"c{n}@{'other.example' if n else SLOW}"
    providers[SLOW] = "421 4.7.0 too many"
    ledger = around.queue(10)
    assert await around.run(slots=SLOTS, now=hasty()) is Ending.DRAINED
    (failed,) = ledger.deliveries(CAMPAIGN, state=State.FAILED)
    assert (failed.address, failed.attempts) == (f"c0@{SLOW}", 4)
    assert ledger.counts(CAMPAIGN) == {State.SENT: 9, State.FAILED: 1}


async def test_a_stop_gives_everything_back_and_another_worker_sends_it(around, providers):
    providers[SLOW] = "421 4.7.0 too many"
    ledger = around.queue(100)
    running = asyncio.create_task(around.run(slots=SLOTS, now=hasty()))
    await around.until(lambda: around.count(slow=False) == 75)
    around.stop.set()
    assert await running is Ending.STOPPED
    assert ledger.counts(CAMPAIGN) == {State.SENT: 75, State.QUEUED: 25}
    around.stop.clear()
    del providers[SLOW]
    assert await around.run(worker="worker-2", now=hasty()) is Ending.DRAINED
    assert sorted(around.received) == everybody(100)


async def test_a_pause_acts_while_a_domain_rests(around, providers):
    providers[SLOW] = "421 4.7.0 too many"
    ledger = around.queue(100)
    running = asyncio.create_task(around.run(slots=SLOTS))
    await around.until(lambda: around.count(slow=False) == 75)
    ledger.set_state(CAMPAIGN, RunState.PAUSED, reason="", now=wall())
    assert await asyncio.wait_for(running, 1) is Ending.PAUSED
    del providers[SLOW]
    ledger.set_state(CAMPAIGN, RunState.RUNNING, reason="", now=wall())
    assert await around.run(worker="worker-2", now=hasty()) is Ending.DRAINED
    assert sorted(around.received) == everybody(100)


async def test_several_workers_find_out_by_themselves(around, providers):
    providers[SLOW] = "451 4.7.500 server busy"
    around.queue(300)
    now = Clock()
    started = now()
    workers = [
        asyncio.create_task(around.run(worker=f"worker-{n}", slots=SLOTS, now=now))
        for n in range(3)
    ]
    await around.until(lambda: around.count(slow=False) == 225)
    assert providers.offers[SLOW] <= 3 * most_offers(now() - started)
    del providers[SLOW]
    now.hurry()
    assert set(await asyncio.gather(*workers)) == {Ending.DRAINED}
    assert sorted(around.received) == everybody(300)


async def test_greylisting_costs_everybody_one_retry_and_slows_nobody(around, providers, caplog):
    providers.greylists = True
    ledger = around.queue(100)
    assert await around.run(slots=SLOTS) is Ending.DRAINED
    assert sorted(around.received) == everybody(100)
    assert {each.attempts for each in ledger.deliveries(CAMPAIGN, limit=100)} == {2}
    assert not [record for record in caplog.records if hasattr(record, "domain")]


async def test_a_server_that_throttles_holds_everybody_up(around, providers):
    around.server.conduct.replies["content"] = "454 Throttling failure: Maximum rate exceeded"
    around.queue(100)
    running = asyncio.create_task(around.run(slots=SLOTS))
    await around.until(lambda: providers.offers.total() == SLOTS)
    await asyncio.sleep(0.5)  # of the second for which all rest
    assert providers.offers.total() == SLOTS
    del around.server.conduct.replies["content"]
    assert await running is Ending.DRAINED
    assert sorted(around.received) == everybody(100)


async def test_one_domain_throttles_while_rates_are_set_for_all_others(around, providers):
    providers[SLOW] = "421 4.7.0 too many"
    around.queue(200)
    now = hasty()
    started = now()
    rates = " ".join(f"p{n}.example=1000/s" for n in range(12))
    running = asyncio.create_task(around.run(slots=SLOTS, now=now, domain_rates=rates))
    await around.until(lambda: around.count(slow=False) == 150)
    assert providers.offers[SLOW] <= most_offers(now() - started)
    del providers[SLOW]
    assert await running is Ending.DRAINED
    assert sorted(around.received) == everybody(200)


async def test_a_set_rate_holds_for_all_workers_together(around, providers):
    ledger = around.queue(120)
    started = wall()
    workers = [
        asyncio.create_task(
            around.run(worker=f"worker-{n}", slots=SLOTS, domain_rates=f"{SLOW}=15/s")
        )
        for n in range(2)
    ]
    await around.until(lambda: around.count(slow=False) == 90)
    assert around.count(slow=True) < 25
    assert set(await asyncio.gather(*workers)) == {Ending.DRAINED}
    assert wall() - started >= timedelta(seconds=(30 - 2 * 4) / 15)
    assert sorted(around.received) == everybody(120)
    assert {each.attempts for each in ledger.deliveries(CAMPAIGN, limit=120)} == {1}
