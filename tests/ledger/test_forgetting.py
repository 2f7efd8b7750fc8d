"""What is long over leaves the tables, and nothing that anybody asks for goes with it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from ledger.desk import ACCEPTED, BUSY, Database, Desk
from pabal.domain.delivery import State
from pabal.ledger.port import KEPT

LONG = KEPT.days + 1


@pytest.fixture
def limited(database: Database) -> Iterator[Desk]:
    """A desk that may send ten a day."""
    ledger = database.ledger(daily_limit=10)
    yield Desk(database, ledger)
    ledger.close()


def workers(desk: Desk) -> list[str]:
    with closing(desk.database.books()) as books:
        return sorted(books.workers(desk.now))


def minutes(desk: Desk) -> int:
    """How many minutes the quota is written down for."""
    with closing(desk.database.books()) as books:
        return len(books.minutes(desk.now))


def test_a_heartbeat_forgets_who_has_been_silent_for_a_month(desk: Desk) -> None:
    for day in range(3):
        desk.heartbeat(f"w{day}")
        desk.wait(days=1)
    desk.wait(days=KEPT.days - 2, hours=1)
    desk.heartbeat("heir")
    assert workers(desk) == ["heir", "w2"]


def test_workers_that_forget_at_the_same_moment_do_not_wait_for_each_other_for_ever(
    database: Database,
) -> None:
    """And each may be the one that another is about to forget."""
    desks = [Desk(database, database.ledger()) for _ in range(4)]
    names = [f"w{n}" for n in range(12)]
    for name in names:
        desks[0].heartbeat(name)

    def wake_up(number: int) -> None:
        desk = desks[number]
        desk.wait(days=LONG)
        for name in names[:: 1 if number % 2 else -1]:
            desk.heartbeat(name)
        desk.ledger.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(wake_up, range(4)))
    assert workers(desks[0]) == sorted(names)


def test_what_a_forgotten_worker_had_is_found_all_the_same(desk: Desk) -> None:
    """It died long ago, and nobody has worked since."""
    desk.start(3)
    desk.put_on_wire(1, worker="dead")
    desk.claim(1, worker="dead")
    desk.wait(days=LONG)
    desk.heartbeat("heir")
    assert "dead" not in workers(desk)
    assert desk.ledger.sweep(now=desk.now) == desk.ids(0)
    assert desk.claim(3, worker="heir") == desk.ids(1, 2)


def test_a_forgotten_worker_that_wakes_up_settles_and_goes_on(desk: Desk) -> None:
    """Its machine slept for a month; what it learns then is still the best evidence."""
    desk.start(3)
    attempts, claimed = desk.put_on_wire(1), desk.claim(1)
    desk.wait(days=LONG)
    desk.heartbeat("other")
    assert desk.begin(claimed).left == claimed
    desk.settle(attempts, ACCEPTED)
    assert desk.state(0) is State.SENT
    assert desk.put_on_wire(1) == list(desk.begin(desk.ids(1)).attempts)


def test_the_quota_of_a_month_ago_is_forgotten_and_todays_is_not(limited: Desk) -> None:
    limited.start(30)
    for _ in range(4):
        limited.settle(limited.put_on_wire(5), ACCEPTED)
        limited.wait(minutes=1)
    limited.wait(days=LONG)
    limited.settle(limited.put_on_wire(4), ACCEPTED)
    limited.wait(hours=23)
    limited.heartbeat()
    assert minutes(limited) == 1
    assert limited.ledger.quota_used(now=limited.now) == 4
    assert len(limited.put_on_wire(10)) == 6


def test_what_is_given_back_to_a_forgotten_minute_frees_nothing_today(limited: Desk) -> None:
    limited.start(30)
    late = limited.put_on_wire(10)
    limited.wait(days=LONG)
    limited.settle(limited.put_on_wire(10, worker="w2"), ACCEPTED)
    limited.settle(late, BUSY)
    assert limited.ledger.quota_used(now=limited.now) == 10
    limited.wait(minutes=2)
    assert limited.put_on_wire(1) == []


def test_a_clock_that_is_weeks_ahead_makes_nobody_forget_what_counts(limited: Desk) -> None:
    limited.start(30)
    limited.settle(limited.put_on_wire(10), ACCEPTED)
    limited.wait(days=28)
    limited.heartbeat("ahead")
    limited.wait(days=-28)
    assert limited.ledger.quota_used(now=limited.now) == 10
    assert limited.put_on_wire(1) == []
