"""The rolling 24 hours are never passed, and what was not sent is given back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest

from ledger.desk import ACCEPTED, BUSY, LOGIN_REFUSED, NO_ANSWER, NO_SUCH_USER, Database, Desk
from pabal.domain.outcome import Outcome
from pabal.domain.rate import Rate


@pytest.fixture
def limited(database: Database) -> Iterator[Desk]:
    """A desk that may send ten a day."""
    ledger = database.ledger(daily_limit=10)
    yield Desk(database, ledger)
    ledger.close()


def test_beyond_the_quota_stays_claimed(limited: Desk) -> None:
    limited.start(12)
    claimed = limited.claim(12)
    begun = limited.begin(claimed)
    assert len(begun.attempts) == 10
    assert begun.beyond_quota == claimed[10:]
    assert limited.ledger.quota_used(now=limited.now) == 10
    assert limited.claim(12, worker="w2") == []
    limited.settle(begun.attempts[:1], BUSY)
    assert len(limited.begin(claimed[10:]).attempts) == 1


def test_the_quota_is_shared_by_campaigns(limited: Desk) -> None:
    other = Desk(limited.database, limited.ledger).start(8)
    limited.start(8)
    assert len(limited.put_on_wire(8)) == 8
    assert len(other.put_on_wire(8)) == 2


@pytest.mark.parametrize(
    ("outcome", "used"),
    [(ACCEPTED, 1), (NO_ANSWER, 1), (BUSY, 0), (LOGIN_REFUSED, 0), (NO_SUCH_USER, 0)],
)
def test_only_what_may_have_gone_out_is_used_up(limited: Desk, outcome: Outcome, used: int) -> None:
    limited.start(1)
    attempts = limited.put_on_wire(1)
    limited.wait(minutes=5)
    limited.settle(attempts, outcome)
    assert limited.ledger.quota_used(now=limited.now) == used


def test_a_turn_uses_what_it_gives_back(limited: Desk) -> None:
    limited.start(20)
    attempts = limited.put_on_wire(10)
    claimed = limited.claim(10)
    begun = limited.ledger.turn(
        [limited.settlement(attempt, BUSY) for attempt in attempts],
        claimed,
        worker="w1",
        now=limited.now,
    )
    assert len(begun.attempts) == 10


def test_the_quota_is_free_again_after_a_day_and_a_minute(limited: Desk) -> None:
    limited.start(12)
    limited.settle(limited.put_on_wire(10), ACCEPTED)
    limited.wait(hours=23, minutes=59)
    assert limited.put_on_wire(1) == []
    limited.wait(minutes=2)
    assert limited.ledger.quota_used(now=limited.now) == 0
    assert len(limited.put_on_wire(1, worker="w2")) == 1


def test_a_minute_counts_until_all_of_it_is_a_day_old(limited: Desk) -> None:
    limited.start(12)
    limited.wait(seconds=50)
    limited.settle(limited.put_on_wire(10), ACCEPTED)
    limited.wait(hours=23, minutes=59, seconds=55)
    assert limited.ledger.quota_used(now=limited.now) == 10
    assert limited.put_on_wire(1) == []


def test_no_limit_counts_all_the_same(desk: Desk) -> None:
    desk.start(30)
    assert len(desk.put_on_wire(30)) == 30
    assert desk.ledger.quota_used(now=desk.now) == 30


def test_workers_at_once_do_not_pass_the_quota(database: Database) -> None:
    limit, desks = 50, []
    for _ in range(4):
        desks.append(Desk(database, database.ledger(daily_limit=limit)).start(40))

    def work(desk: Desk) -> int:
        begun = 0
        claimed = desk.claim(40, worker=desk.campaign)
        for start in range(0, 40, 3):
            batch = desk.begin(claimed[start : start + 3], worker=desk.campaign)
            begun += len(batch.attempts)
        desk.ledger.close()
        return begun

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, desks)) == limit


def test_workers_take_turns_at_the_shared_rate(database: Database) -> None:
    first, second = Desk(database, database.ledger()), Desk(database, database.ledger())
    rate = Rate(per_second=10, burst=1)
    turns = [desk.ledger.take_turn(rate, count=1, now=first.now) for desk in (first, second) * 3]
    gaps = [later - earlier for earlier, later in pairwise(turns)]
    assert turns[0] == first.now
    assert gaps == [timedelta(milliseconds=100)] * 5
    first.ledger.close()
    second.ledger.close()
