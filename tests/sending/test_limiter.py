"""The limiter keeps to the shared rate, and never holds more than a quarter of a second's mails."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from pabal.domain.rate import Rate
from pabal.sending.limiter import Limiter


class HandClock:
    """A clock that a test moves."""

    def __init__(self):
        self.now = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += timedelta(seconds=seconds)


async def begin(limiter, wanted):
    count = await limiter.grant(wanted)
    limiter.spend(count)
    return count


async def granted_in(limiter, clock, seconds, step=0.05):
    total = 0
    for _step in range(round(seconds / step)):
        total += await begin(limiter, 50)
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
        total += sum(await asyncio.gather(*(begin(limiter, 5) for limiter in limiters)))
        clock.advance(0.05)
    assert total <= 10 * 10 + 6


async def test_a_burst_goes_at_once(ledger):
    limiter = Limiter(ledger, Rate(per_second=1, burst=8), now=HandClock())
    assert await begin(limiter, 20) == 8
    assert await begin(limiter, 20) == 0


async def test_what_was_granted_and_did_not_begin_may_begin_later(ledger):
    clock = HandClock()
    limiter = Limiter(ledger, Rate(per_second=1, burst=8), now=clock)
    assert await limiter.grant(8) == 8
    limiter.spend(3)
    assert await begin(limiter, 20) == 5
    assert await begin(limiter, 20) == 0
    assert limiter.opens_at > clock()


async def test_a_limiter_of_another_name_has_a_rate_of_its_own(ledger):
    clock = HandClock()
    names = ("all", "naver.com")
    limiters = [Limiter(ledger, Rate(per_second=1), now=clock, name=name) for name in names]
    assert [await begin(limiter, 5) for limiter in limiters] == [1, 1]
    assert [await begin(limiter, 5) for limiter in limiters] == [0, 0]
