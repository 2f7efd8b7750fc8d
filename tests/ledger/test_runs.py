"""Pausing, resuming, cancelling, finishing."""

import threading

import pytest

from ledger.desk import ACCEPTED, Database, Desk
from pabal.domain.delivery import State
from pabal.ledger.port import RunState


def test_pause_and_resume(desk: Desk) -> None:
    desk.start(2)
    paused = desk.set_state(RunState.PAUSED, "login refused")
    assert (paused.state, paused.reason) == (RunState.PAUSED, "login refused")
    assert desk.set_state(RunState.PAUSED, "").reason == "login refused"
    assert desk.states() == {"queued": 2}
    resumed = desk.set_state(RunState.RUNNING)
    assert (resumed.state, resumed.reason, resumed.finished_at) == (RunState.RUNNING, "", None)
    assert len(desk.put_on_wire(2)) == 2


@pytest.mark.parametrize("end", [RunState.CANCELLED, RunState.FINISHED])
@pytest.mark.parametrize("later", RunState)
def test_an_end_is_an_end(desk: Desk, end: RunState, later: RunState) -> None:
    desk.start()
    ended = desk.set_state(end, "done")
    assert ended.finished_at == desk.now
    desk.wait(hours=1)
    assert desk.set_state(later, "other") == ended


def test_cancelling_cancels_what_is_queued_and_nothing_else(desk: Desk) -> None:
    desk.start(4)
    desk.settle(desk.put_on_wire(1), ACCEPTED)
    on_wire = desk.put_on_wire(1)
    desk.claim(1)
    desk.set_state(RunState.CANCELLED, "wrong coupon")
    assert desk.states() == {"sent": 1, "sending": 1, "cancelled": 2}
    assert desk.happenings(2) == ["enqueued", "cancelled"]
    delivery = desk.ledger.delivery(desk.id(3))
    assert delivery is not None
    assert delivery.last == "wrong coupon"
    desk.settle(on_wire, ACCEPTED)
    assert desk.state(1) is State.SENT


def test_cancelling_goes_in_stretches(desk: Desk) -> None:
    desk.start(4_500)
    desk.set_state(RunState.CANCELLED)
    assert desk.states() == {"cancelled": 4_500}


def test_what_is_enqueued_behind_a_cancel_is_cancelled(desk: Desk) -> None:
    desk.start(1)
    desk.set_state(RunState.CANCELLED)
    assert desk.ledger.enqueue(desk.campaign, desk.entries(3), now=desk.now) == 2
    assert desk.states() == {"cancelled": 3}
    assert desk.happenings(2) == ["enqueued", "cancelled"]


def test_nothing_begins_behind_a_cancel_while_workers_are_busy(database: Database) -> None:
    opener = Desk(database, database.ledger()).start(400)
    cancelled = threading.Event()
    begun_behind: list[str] = []

    def work(worker: str) -> None:
        desk = Desk(database, database.ledger(), campaign=opener.campaign)
        for _ in range(40):
            was_cancelled = cancelled.is_set()
            attempts = desk.put_on_wire(5, worker=worker)
            if was_cancelled:
                begun_behind.extend(attempt.delivery for attempt in attempts)
            desk.settle(attempts, ACCEPTED)
        desk.ledger.close()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    opener.set_state(RunState.CANCELLED)
    cancelled.set()
    for thread in threads:
        thread.join()
    assert begun_behind == []
    assert set(opener.states()) <= {"sent", "cancelled"}
    assert sum(opener.states().values()) == 400
    opener.ledger.close()
