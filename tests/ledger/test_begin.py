"""Beginning writes the intent, and lets nothing on the wire that must not go."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from ledger.desk import ACCEPTED, BUSY, LOGIN_REFUSED, NO_SUCH_USER, Database, Desk
from pabal.domain.suppression import EVERYTHING
from pabal.ledger.port import RunState


def stop(desk: Desk, position: int, *, scope: str = EVERYTHING) -> None:
    desk.ledger.suppress(desk.a_stop(position, scope=scope))


@pytest.mark.parametrize("hour", [0, 7, 21, 23])
def test_no_hour_of_the_night_holds_a_mail_back(desk: Desk, hour: int) -> None:
    """K9: “e-mail ad at 23:00 KST goes” (정보통신망법 50(3); 시행령 61(2)): e-mail is exempt."""
    midnight = desk.now.astimezone(ZoneInfo("Asia/Seoul")).replace(hour=0)
    desk.now = midnight + timedelta(hours=hour)
    desk.start(1)
    assert len(desk.put_on_wire(1)) == 1


def test_begin_returns_numbered_attempts(desk: Desk) -> None:
    desk.start(2)
    begun = desk.begin(desk.claim(2))
    assert [
        (each.delivery, each.number, each.failures, each.position) for each in begun.attempts
    ] == [
        (desk.id(0), 1, 0, 0),
        (desk.id(1), 1, 0, 1),
    ]
    assert {each.begun_at for each in begun.attempts} == {desk.now}
    assert [each.address for each in begun.attempts] == [desk.address(0), desk.address(1)]
    assert (begun.skipped, begun.left, begun.beyond_quota) == ([], [], [])
    assert desk.states() == {"sending": 2}
    assert desk.happenings(0) == ["enqueued", "begun"]


def test_begin_repeated_returns_the_same_attempts(desk: Desk) -> None:
    desk.start(2)
    claimed = desk.claim(2)
    first = desk.begin(claimed)
    desk.wait(seconds=1)
    assert desk.begin(claimed).attempts == first.attempts
    assert desk.happenings(0) == ["enqueued", "begun"]


def test_a_delivery_that_is_named_twice_begins_once(desk: Desk) -> None:
    desk.start(1)
    assert len(desk.begin(desk.claim(1) * 2).attempts) == 1


def test_only_what_this_worker_has_claimed_begins(desk: Desk) -> None:
    desk.start(3)
    desk.claim(1, worker="w1")
    desk.claim(1, worker="w2")
    begun = desk.begin([*desk.ids(0, 1, 2), "unknown-1"], worker="w2")
    assert [each.delivery for each in begun.attempts] == desk.ids(1)
    assert begun.left == [*desk.ids(0, 2), "unknown-1"]


def test_what_another_worker_is_sending_is_left(desk: Desk) -> None:
    desk.start(1)
    desk.put_on_wire(1, worker="w1")
    desk.heartbeat("w2")
    assert desk.begin(desk.ids(0), worker="w2").left == desk.ids(0)


def test_a_worker_whose_heartbeat_lapsed_begins_nothing_and_loses_its_claims(desk: Desk) -> None:
    desk.start(1)
    claimed = desk.claim(1)
    desk.wait(seconds=31)
    assert desk.begin(claimed).left == claimed
    desk.heartbeat()
    assert desk.begin(claimed).left == claimed
    assert desk.claim(1) == claimed


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.CANCELLED, RunState.FINISHED])
def test_nothing_begins_in_a_campaign_that_does_not_run(desk: Desk, state: RunState) -> None:
    desk.start(1)
    claimed = desk.claim(1)
    desk.set_state(state)
    begun = desk.begin(claimed)
    assert (begun.attempts, begun.left) == ([], claimed)


def test_a_claim_that_met_a_pause_is_free_behind_it(desk: Desk) -> None:
    desk.start(1)
    claimed = desk.claim(1)
    desk.set_state(RunState.PAUSED)
    desk.begin(claimed)
    desk.set_state(RunState.RUNNING)
    assert desk.claim(1) == claimed


@pytest.mark.parametrize("scope", [EVERYTHING, "list:1"])
def test_who_left_since_the_package_was_frozen_is_skipped(desk: Desk, scope: str) -> None:
    desk.start(2)
    claimed = desk.claim(2)
    stop(desk, 0, scope=scope)
    begun = desk.begin(claimed)
    assert begun.skipped == desk.ids(0)
    assert [each.delivery for each in begun.attempts] == desk.ids(1)
    assert desk.states() == {"skipped": 1, "sending": 1}
    assert desk.happenings(0) == ["enqueued", "suppressed"]
    assert desk.ledger.history(desk.id(0))[-1].text == "The recipient has unsubscribed."
    assert desk.begin(claimed).skipped == desk.ids(0)


def test_a_stop_in_another_scope_does_not_matter(desk: Desk) -> None:
    desk.start(1)
    stop(desk, 0, scope="list:2")
    assert len(desk.put_on_wire(1)) == 1


def test_the_whole_address_is_stopped_although_the_campaign_does_not_name_it(desk: Desk) -> None:
    desk.start(1, scopes=("list:1",))
    stop(desk, 0, scope=EVERYTHING)
    assert desk.put_on_wire(1) == []


def test_a_held_attempt_does_not_count_as_a_failure(desk: Desk) -> None:
    desk.start(1)
    desk.settle(desk.put_on_wire(1), LOGIN_REFUSED)
    [attempt] = desk.put_on_wire(1)
    assert (attempt.number, attempt.failures) == (2, 0)
    desk.settle([attempt], BUSY)
    desk.wait(seconds=15)
    [attempt] = desk.put_on_wire(1)
    assert (attempt.number, attempt.failures) == (3, 1)


def test_a_turn_settles_and_begins(desk: Desk) -> None:
    desk.start(4)
    first, second = desk.put_on_wire(2)
    claimed = desk.claim(2)
    begun = desk.ledger.turn(
        [desk.settlement(first, ACCEPTED), desk.settlement(second, BUSY)],
        claimed,
        worker="w1",
        now=desk.now,
    )
    assert [each.delivery for each in begun.attempts] == claimed
    assert desk.states() == {"sent": 1, "queued": 1, "sending": 2}


def test_a_turn_repeated_changes_nothing_more(desk: Desk) -> None:
    desk.start(4)
    first, second = desk.put_on_wire(2)
    claimed = desk.claim(2)
    settlements = [desk.settlement(first, ACCEPTED), desk.settlement(second, BUSY)]
    begun = desk.ledger.turn(settlements, claimed, worker="w1", now=desk.now)
    again = desk.ledger.turn(settlements, claimed, worker="w1", now=desk.now + timedelta(seconds=1))
    assert again == begun


def test_a_mailbox_that_is_refused_in_a_turn_is_not_begun_in_it(desk: Desk) -> None:
    other = Desk(desk.database, desk.ledger).start()
    desk.start(1)
    [entry] = other.entries(1)
    shared = type(entry)(delivery=entry.delivery, position=0, address=desk.address(0))
    other.ledger.enqueue(other.campaign, [shared], now=desk.now)
    [attempt] = desk.put_on_wire(1)
    begun = desk.ledger.turn(
        [desk.settlement(attempt, NO_SUCH_USER)], other.claim(1), worker="w1", now=desk.now
    )
    assert begun.skipped == other.ids(0)


def test_a_turn_with_nothing_is_nothing(database: Database, desk: Desk) -> None:
    begun = desk.start().ledger.turn([], [], worker="w1", now=desk.now)
    assert (begun.attempts, begun.left) == ((), ())
    desk.ledger.settle([])
