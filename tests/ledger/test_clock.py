"""A clock that is set back, and a worker that starts behind it, hold nothing up."""

from datetime import timedelta

from ledger.desk import BUSY, Desk
from pabal.domain.rate import Rate


def test_a_worker_whose_heartbeat_is_an_hour_ahead_holds_nothing(desk: Desk) -> None:
    """It died before the clock was set back, or its machine's clock is wrong."""
    desk.start(2)
    desk.put_on_wire(1, worker="dead")
    desk.claim(1, worker="dead")
    desk.wait(hours=-1)
    assert desk.claim(2) == desk.ids(1)
    assert desk.ledger.sweep(now=desk.now) == desk.ids(0)


def test_the_longest_lease_is_believed(desk: Desk) -> None:
    desk.start(1)
    desk.heartbeat("other", lasting=timedelta(minutes=10))
    desk.ledger.claim(desk.campaign, worker="other", limit=1, now=desk.now)
    assert desk.claim(1) == []


def test_a_retry_that_was_put_off_by_a_clock_ahead_is_due(desk: Desk) -> None:
    desk.start(2)
    desk.settle(desk.put_on_wire(1), BUSY)
    desk.wait(hours=-1)
    assert desk.claim(2) == desk.ids(1)
    assert desk.claim(2, holding=desk.ids(1)) == desk.ids(0)


def test_what_was_put_off_by_a_clock_ahead_is_due(desk: Desk) -> None:
    desk.start(1)
    desk.put_off(desk.claim(1), seconds=60)
    desk.wait(hours=-1)
    assert desk.claim(1) == desk.ids(0)


def test_the_rate_is_not_used_up_by_a_clock_ahead(desk: Desk) -> None:
    rate = Rate(per_second=10)
    desk.ledger.take_turn(rate, count=5, now=desk.now)
    desk.wait(hours=-1)
    assert desk.ledger.take_turn(rate, count=5, now=desk.now) == desk.now
