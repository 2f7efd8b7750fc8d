"""Deliveries are added once, and each is claimed by one worker at a time."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.desk import ACCEPTED, BUSY, Database, Desk
from pabal.domain.campaign import OnDoubt
from pabal.domain.erasure import Aliases
from pabal.domain.suppression import EVERYTHING, Reason, Suppression
from pabal.ledger.errors import CampaignNotOpen
from pabal.ledger.port import RunState

ALIASES = Aliases((b"newest" * 6, b"oldest" * 6))


def test_open_twice_keeps_the_first(desk: Desk) -> None:
    first = desk.start().ledger.run(desk.campaign)
    desk.wait(hours=1)
    again = desk.ledger.open(desk.campaign, scopes=("all",), on_doubt=OnDoubt.RESEND, now=desk.now)
    assert again == first
    assert again.state is RunState.RUNNING
    assert again.scopes == ("all", "list:1")


def test_a_campaign_that_was_not_opened_is_named(desk: Desk) -> None:
    with pytest.raises(CampaignNotOpen) as error:
        desk.ledger.run(desk.campaign)
    assert desk.campaign in str(error.value)
    with pytest.raises(CampaignNotOpen):
        desk.ledger.enqueue(desk.campaign, desk.entries(1), now=desk.now)
    assert desk.ledger.claim(desk.campaign, worker="w1", limit=1, now=desk.now) == ()


def test_enqueue_counts_only_what_is_new(desk: Desk) -> None:
    desk.start()
    assert desk.ledger.enqueue(desk.campaign, desk.entries(3), now=desk.now) == 3
    assert desk.ledger.enqueue(desk.campaign, desk.entries(5), now=desk.now) == 2
    assert desk.ledger.enqueue(desk.campaign, [], now=desk.now) == 0
    assert desk.states() == {"queued": 5}
    assert desk.happenings(0) == ["enqueued"]


def test_enqueue_again_leaves_what_was_sent(desk: Desk) -> None:
    desk.start(2)
    desk.settle(desk.put_on_wire(1), ACCEPTED)
    assert desk.ledger.enqueue(desk.campaign, desk.entries(2), now=desk.now) == 0
    assert desk.states() == {"sent": 1, "queued": 1}


def test_claims_come_in_the_packages_order(desk: Desk) -> None:
    desk.start()
    desk.ledger.enqueue(desk.campaign, desk.entries(5, start=5), now=desk.now)
    desk.ledger.enqueue(desk.campaign, desk.entries(5), now=desk.now)
    desk.heartbeat()
    claimed = desk.ledger.claim(desk.campaign, worker="w1", limit=7, now=desk.now)
    assert [each.position for each in claimed] == list(range(7))
    assert [each.delivery for each in claimed] == desk.ids(*range(7))
    assert [each.address for each in claimed] == [desk.address(n) for n in range(7)]


def test_a_claim_is_not_given_twice_while_the_worker_lives(desk: Desk) -> None:
    desk.start(3)
    assert desk.claim(2, worker="w1") == desk.ids(0, 1)
    assert desk.claim(2, worker="w2") == desk.ids(2)
    assert desk.claim(2, worker="w1") == []


def test_claims_that_a_worker_does_not_know_of_come_back_to_it(desk: Desk) -> None:
    """Their answer was lost; nobody else may have them while the worker lives."""
    desk.start(5)
    desk.claim(3)
    assert desk.claim(1, worker="w2") == desk.ids(3)
    assert desk.claim(5, holding=desk.ids(1)) == desk.ids(0, 2, 4)
    assert desk.claim(5, holding=desk.ids(0, 1, 2, 4)) == []


def test_retries_that_a_worker_does_not_know_of_come_back_too(desk: Desk) -> None:
    desk.start(2)
    desk.settle(desk.put_on_wire(2), BUSY)
    desk.wait(seconds=15)
    desk.claim(2)
    assert desk.claim(2, holding=desk.ids(0)) == desk.ids(1)


def test_a_dead_workers_claims_are_free(desk: Desk) -> None:
    desk.start(2)
    desk.claim(2, worker="dead")
    desk.wait(seconds=29)
    assert desk.claim(2, worker="w1") == []
    desk.wait(seconds=1)
    assert desk.claim(2, worker="w1") == desk.ids(0, 1)
    assert desk.begin(desk.ids(0), worker="dead").left == desk.ids(0)


def test_a_claim_that_was_lost_and_is_free_again_is_not_given_twice(desk: Desk) -> None:
    """A worker that begins it from two places would send it twice."""
    desk.start(1)
    held = desk.claim(1, worker="slow")
    desk.wait(minutes=1)
    desk.ledger.release(desk.claim(1, worker="other"), worker="other")
    assert desk.claim(1, worker="slow", holding=held) == []
    assert [each.delivery for each in desk.begin(held, worker="slow").attempts] == held


def test_a_worker_that_never_said_it_lives_holds_nothing(desk: Desk) -> None:
    desk.start(1)
    desk.ledger.claim(desk.campaign, worker="silent", limit=1, now=desk.now)
    assert desk.claim(1, worker="w1") == desk.ids(0)


def test_released_claims_are_free_and_others_stay(desk: Desk) -> None:
    desk.start(3)
    desk.claim(2, worker="w1")
    desk.ledger.release(desk.ids(0, 1, 2), worker="w1")
    desk.ledger.release(desk.ids(0), worker="w2")
    assert desk.claim(1, worker="w2") == desk.ids(0)
    desk.ledger.release(desk.ids(0), worker="w1")
    assert desk.claim(3, worker="w3") == desk.ids(1, 2)


def test_what_is_put_off_waits_for_its_moment_whoever_claims(desk: Desk) -> None:
    desk.start(4)
    desk.put_off(desk.claim(3)[:2], seconds=10)
    assert desk.claim(4, worker="w2") == desk.ids(3)
    desk.wait(seconds=9.9)
    assert desk.claim(4, worker="w2", holding=desk.ids(3)) == []
    desk.wait(seconds=0.1)
    assert desk.claim(4, worker="w2", holding=desk.ids(3)) == desk.ids(0, 1)


def test_each_is_put_off_for_a_moment_of_its_own(desk: Desk) -> None:
    desk.start(3)
    first, second, third = desk.claim(3)
    moments = {first: desk.now + timedelta(seconds=3), second: desk.now + timedelta(seconds=1)}
    desk.ledger.put_off(moments, worker="w1")
    assert desk.ledger.next_due(desk.campaign, now=desk.now) == moments[second]
    desk.wait(seconds=1)
    assert desk.claim(3, holding=[third]) == [second]
    assert desk.ledger.next_due(desk.campaign, now=desk.now) == moments[first]


def test_being_put_off_is_no_attempt_and_no_failure(desk: Desk) -> None:
    desk.start(1)
    desk.put_off(desk.claim(1), seconds=10)
    delivery = desk.ledger.delivery(desk.id(0))
    assert delivery is not None
    assert (delivery.attempts, delivery.failures) == (0, 0)
    assert delivery.not_before == desk.now + timedelta(seconds=10)
    assert desk.ledger.deferred(desk.campaign) == 0
    assert desk.happenings(0) == ["enqueued"]
    desk.wait(seconds=10)
    desk.settle(desk.put_on_wire(1), ACCEPTED)
    assert desk.states() == {"sent": 1}


def test_a_retry_is_put_off_further_and_keeps_its_failures(desk: Desk) -> None:
    desk.start(1)
    desk.settle(desk.put_on_wire(1), BUSY)
    desk.wait(seconds=15)
    desk.put_off(desk.claim(1), seconds=60)
    desk.wait(seconds=59)
    assert desk.claim(1) == []
    desk.wait(seconds=1)
    (attempt,) = desk.put_on_wire(1)
    assert (attempt.number, attempt.failures) == (2, 1)


def test_only_ones_own_claims_that_were_not_begun_are_put_off(desk: Desk) -> None:
    desk.start(3)
    mine, begun = desk.claim(2)
    (others,) = desk.claim(1, worker="w2")
    desk.begin([begun])
    desk.put_off([mine, begun, others], seconds=10)
    assert desk.states() == {"queued": 2, "sending": 1}
    assert [each.delivery for each in desk.begin([others], worker="w2").attempts] == [others]
    assert desk.claim(3) == []
    desk.put_off([mine], seconds=100)  # no longer its own
    desk.wait(seconds=10)
    assert desk.claim(3) == [mine]


def test_a_cancel_reaches_what_was_put_off(desk: Desk) -> None:
    desk.start(2)
    claimed = desk.claim(2)
    desk.put_off(claimed[:1], seconds=10)
    desk.set_state(RunState.CANCELLED)
    desk.put_off(claimed[1:], seconds=10)
    assert desk.states() == {"cancelled": 2}


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.CANCELLED, RunState.FINISHED])
def test_a_campaign_that_is_not_running_gives_no_claims(desk: Desk, state: RunState) -> None:
    desk.start(1)
    desk.set_state(state)
    assert desk.claim(1) == []


def test_a_deferred_delivery_waits_and_then_goes_first(desk: Desk) -> None:
    desk.start(3)
    desk.settle(desk.put_on_wire(1), BUSY)
    assert desk.claim(1) == desk.ids(1)
    desk.wait(seconds=15)
    assert desk.claim(5) == desk.ids(0, 2)


def test_next_due_says_when_something_free_may_begin(desk: Desk) -> None:
    desk.start(2)
    assert desk.ledger.next_due(desk.campaign, now=desk.now) == desk.now
    first, second = desk.put_on_wire(2)
    assert desk.ledger.next_due(desk.campaign, now=desk.now) is None
    desk.settle([first], BUSY)
    due = desk.now + timedelta(seconds=15)
    desk.wait(seconds=1)
    desk.settle([second], BUSY)
    assert desk.ledger.next_due(desk.campaign, now=desk.now) == due
    assert desk.ledger.deferred(desk.campaign) == 2
    desk.wait(seconds=14.5)
    assert desk.ledger.next_due(desk.campaign, now=desk.now) == desk.now
    assert desk.claim(2) == desk.ids(0)
    assert desk.ledger.next_due(desk.campaign, now=desk.now) == due + timedelta(seconds=1)


def test_campaigns_do_not_see_each_other(desk: Desk) -> None:
    other = Desk(desk.database, desk.ledger).start(2)
    desk.start(2)
    assert desk.claim(5) == desk.ids(0, 1)
    assert other.states() == {"queued": 2}


@pytest.mark.parametrize("workers", [2, 5])
def test_workers_at_once_never_hold_one_delivery(database: Database, workers: int) -> None:
    recipients = 300
    opener = Desk(database, database.ledger()).start(recipients)

    def drain(worker: str) -> list[str]:
        desk = Desk(database, database.ledger(), campaign=opener.campaign)
        mine: list[str] = []
        while attempts := desk.put_on_wire(7, worker=worker):
            mine += [attempt.delivery for attempt in attempts]
            desk.settle(attempts, ACCEPTED)
        desk.ledger.close()
        return mine

    with ThreadPoolExecutor(workers) as pool:
        shares = list(pool.map(drain, [f"w{number}" for number in range(workers)]))

    begun = Counter(delivery for share in shares for delivery in share)
    assert set(begun.values()) == {1}
    assert opener.states() == {"sent": recipients} == {"sent": len(begun)}
    opener.ledger.close()


def test_who_was_erased_after_the_freeze_is_called_by_an_alias_and_not_mailed(desk: Desk) -> None:
    """The package still names the address; only the alias of it is known to be stopped."""
    desk.start()
    alias = ALIASES.of(desk.address(0))[-1]
    desk.ledger.suppress(
        Suppression(address=alias, scope=EVERYTHING, reason=Reason.ERASED, since=desk.now)
    )
    entries = [replace(each, aliases=ALIASES.of(each.address)) for each in desk.entries(2)]

    assert desk.ledger.enqueue(desk.campaign, entries, now=desk.now) == 2

    assert [attempt.delivery for attempt in desk.put_on_wire(2)] == [desk.id(1)]
    assert desk.ledger.delivery(desk.id(0)).address == alias
    assert desk.ledger.delivery(desk.id(1)).address == desk.address(1)
