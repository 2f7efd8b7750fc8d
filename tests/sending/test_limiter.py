"""The limiter keeps to the shared rate, and never holds more than a quarter of a second's mails."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from pabal.domain.rate import Rate
from pabal.ledger.sql.connect import open_ledger, open_session
from pabal.ledger.sql.schema import create_schema
from pabal.sending.ledger_thread import LedgerThread
from pabal.sending.limiter import Limiter


class HandClock:
    """A clock that a test moves."""

    def __init__(self):
        self.now = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture
async def ledger(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    create_schema(open_session(url))
    thread = LedgerThread(lambda: open_ledger(url, daily_limit=None))
    yield thread
    await thread.close()


async def granted_in(limiter, clock, seconds, step=0.05):
    total = 0
    for _step in range(round(seconds / step)):
        total += await limiter.grant(50)
        clock.advance(step)
    return total


async def test_without_a_rate_all_may_go(ledger):
    assert await Limiter(ledger, None, now=HandClock()).grant(50) == 50


@pytest.mark.parametrize("per_second", [1, 14, 200])
async def test_the_rate_is_kept_over_time(ledger, per_second):
    clock = HandClock()
    limiter = Limiter(ledger, Rate(per_second=per_second), now=clock)
    sent = await granted_in(limiter, clock, seconds=20)
    assert 0.85 * per_second * 20 <= sent <= per_second * 20 + per_second * 0.25 + 1


async def test_two_workers_share_one_rate(ledger):
    """The rate is the account's, however many workers there are."""
    clock = HandClock()
    limiters = [Limiter(ledger, Rate(per_second=10), now=clock) for _ in range(2)]
    total = 0
    for _step in range(200):
        total += sum(await asyncio.gather(*(limiter.grant(5) for limiter in limiters)))
        clock.advance(0.05)
    assert total <= 10 * 10 + 6


async def test_a_burst_goes_at_once(ledger):
    limiter = Limiter(ledger, Rate(per_second=1, burst=8), now=HandClock())
    assert await limiter.grant(20) == 8
    assert await limiter.grant(20) == 0
