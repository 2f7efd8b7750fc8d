"""Killed between any two statements, nothing is lost or doubled: repeating mends it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.desk import ACCEPTED, BUSY, NO_SUCH_USER, Database, Desk, check_books
from ledger.saboteur import Saboteur
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Happening
from pabal.domain.engagement import Hit, Sign
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source
from pabal.domain.outcome import Reply
from pabal.domain.rate import Rate
from pabal.ledger.errors import LedgerUnavailable
from pabal.ledger.port import KEPT, RunState

_WORKER = Path(__file__).with_name("office_worker.py")


@dataclass(frozen=True)
class Scene:
    """What is there before, the call that is killed, and what it must have done once."""

    prepare: Callable[[Desk], Any]
    act: Callable[[Desk, Any], Any]
    states: dict[str, int]


def _enqueue_all(desk: Desk, _: None) -> None:
    desk.ledger.enqueue(desk.campaign, desk.entries(5), now=desk.now)


def _claimed(desk: Desk) -> Any:
    desk.start(5)
    desk.ledger.suppress(desk.a_stop(1))
    return desk.claim(4)


def _put_off(desk: Desk, claimed: Any) -> None:
    desk.put_off(claimed, seconds=60)
    assert desk.claim(5) in (desk.ids(4), [])  # by the second time it is claimed
    assert desk.ledger.next_due(desk.campaign, now=desk.now) == desk.now + timedelta(seconds=60)


def _begin(desk: Desk, claimed: Any) -> None:
    assert len(desk.begin(claimed).attempts) == 3


def _on_wire(desk: Desk) -> Any:
    desk.start(5)
    return desk.put_on_wire(3)


def _settle(desk: Desk, attempts: Any) -> None:
    outcomes = (ACCEPTED, BUSY, NO_SUCH_USER)
    desk.ledger.settle([desk.settlement(*pair) for pair in zip(attempts, outcomes, strict=True)])


def _turning(desk: Desk) -> Any:
    attempts = _on_wire(desk)
    return attempts, desk.claim(2)


def _turn(desk: Desk, prepared: Any) -> None:
    attempts, claimed = prepared
    settlements = [
        desk.settlement(*pair)
        for pair in zip(attempts, (ACCEPTED, BUSY, NO_SUCH_USER), strict=True)
    ]
    begun = desk.ledger.turn(settlements, claimed, worker="w1", now=desk.now)
    assert [attempt.delivery for attempt in begun.attempts] == claimed


def _adrift(desk: Desk, on_doubt: OnDoubt = OnDoubt.ASK) -> None:
    desk.start(5, on_doubt=on_doubt)
    desk.put_on_wire(3, worker=f"dead-{desk.campaign}")
    desk.wait(minutes=1)


def _doubtful(desk: Desk) -> None:
    _adrift(desk)
    desk.ledger.sweep(now=desk.now)


def _claim(desk: Desk, _: None) -> None:
    again = desk.claim(3)
    # A claim whose answer was lost stays with the worker until its heartbeat lapses.
    assert again in (desk.ids(0, 1, 2), desk.ids(3, 4))


def _heartbeat_behind_a_long_time(desk: Desk, _: None) -> None:
    desk.wait(days=KEPT.days + 1)
    desk.heartbeat("heir")


def _claimed_only(desk: Desk) -> Any:
    desk.start(5)
    return desk.claim(5)


def _release(desk: Desk, claimed: Any) -> None:
    desk.ledger.release(claimed, worker="w1")
    assert desk.ledger.next_due(desk.campaign, now=desk.now) == desk.now


def _lift(desk: Desk, _: None) -> None:
    stop = desk.a_stop(1)
    desk.ledger.lift(stop.address, stop.scope)
    assert desk.ledger.suppressions([stop.address], [stop.scope]) == {}


def _suppress(desk: Desk, _: None) -> None:
    stop = desk.a_stop(1)
    desk.ledger.suppress(stop)
    assert desk.ledger.suppressions([stop.address], [stop.scope]) == {stop.address: stop}


def _erase(desk: Desk, _: None) -> None:
    alias = f"erased:{desk.campaign}"
    desk.ledger.erase(desk.address(0), alias, now=desk.now)
    assert desk.ledger.find(desk.address(0)) == []
    assert [each.id for each in desk.ledger.find(alias)] == [desk.id(0)]


def _settled(desk: Desk) -> None:
    _settle(desk, _on_wire(desk))


def _forget_replies(desk: Desk, _: None) -> None:
    later = desk.now + timedelta(seconds=1)
    desk.ledger.forget_replies(before=later, behind=0, limit=1_000_000)
    assert {entry.text for entry in desk.ledger.history(desk.id(0))} == {""}


def _finished_with_doubts(desk: Desk) -> None:
    desk.start(1)
    desk.put_on_wire(1, worker=f"dead-{desk.campaign}")
    desk.wait(minutes=1)
    desk.ledger.sweep(now=desk.now)
    desk.set_state(RunState.FINISHED)


def _resend(desk: Desk, _: None) -> None:
    desk.ledger.resolve(desk.id(0), Happening.RESENT, note="asked", now=desk.now)
    assert desk.ledger.run(desk.campaign).state is RunState.RUNNING


def _pause(desk: Desk, _: None) -> None:
    assert desk.set_state(RunState.PAUSED, "a reason").reason == "a reason"


def a_hard_bounce(desk: Desk) -> FeedbackEvent:
    return FeedbackEvent(
        id=f"bounce {desk.campaign}",
        kind=EventKind.BOUNCED,
        at=desk.now,
        source=Source.DSN,
        delivery=desk.id(0),
        proof=Proof.SEALED,
        reply=Reply(code=550, enhanced="5.1.1"),
    )


def a_click(desk: Desk) -> Hit:
    return Hit(delivery=desk.id(0), kind=EventKind.CLICKED, sign=Sign.BROWSER, at=desk.now, link=1)


SCENES = {
    "open": Scene(lambda desk: None, lambda desk, _: desk.start(), {}),
    "enqueue": Scene(lambda desk: desk.start() and None, _enqueue_all, {"queued": 5}),
    "enqueue the rest": Scene(lambda desk: desk.start(2) and None, _enqueue_all, {"queued": 5}),
    "claim": Scene(lambda desk: desk.start(5) and None, _claim, {"queued": 5}),
    "put off": Scene(_claimed, _put_off, {"queued": 5}),
    "heartbeat": Scene(_adrift, _heartbeat_behind_a_long_time, {"sending": 3, "queued": 2}),
    "release": Scene(_claimed_only, _release, {"queued": 5}),
    "begin": Scene(_claimed, _begin, {"sending": 3, "skipped": 1, "queued": 1}),
    "settle": Scene(_on_wire, _settle, {"sent": 1, "failed": 1, "queued": 3}),
    "turn": Scene(_turning, _turn, {"sent": 1, "failed": 1, "queued": 1, "sending": 2}),
    "sweep": Scene(
        _adrift, lambda desk, _: desk.ledger.sweep(now=desk.now), {"doubtful": 3, "queued": 2}
    ),
    "sweep and resend": Scene(
        lambda desk: _adrift(desk, OnDoubt.RESEND),
        lambda desk, _: desk.ledger.sweep(now=desk.now),
        {"queued": 5},
    ),
    "cancel": Scene(
        _on_wire,
        lambda desk, _: desk.set_state(RunState.CANCELLED),
        {"sending": 3, "cancelled": 2},
    ),
    "enqueue into a cancelled campaign": Scene(
        lambda desk: desk.start(2) and desk.set_state(RunState.CANCELLED) and None,
        _enqueue_all,
        {"cancelled": 5},
    ),
    "resolve": Scene(
        _doubtful,
        lambda desk, _: desk.ledger.resolve(
            desk.id(0), Happening.FOUND_SENT, note="log", now=desk.now
        ),
        {"sent": 1, "doubtful": 2, "queued": 2},
    ),
    "resolve and run again": Scene(_finished_with_doubts, _resend, {"queued": 1}),
    "pause": Scene(lambda desk: desk.start(2) and None, _pause, {"queued": 2}),
    "suppress": Scene(lambda desk: desk.start(2) and None, _suppress, {"queued": 2}),
    "lift": Scene(
        lambda desk: desk.start(2) and desk.ledger.suppress(desk.a_stop(1)), _lift, {"queued": 2}
    ),
    "record event": Scene(
        _doubtful,
        lambda desk, _: desk.ledger.record_event(
            a_hard_bounce(desk), policy=BouncePolicy(), now=desk.now
        ),
        {"sent": 1, "doubtful": 2, "queued": 2},
    ),
    "erase": Scene(_claimed, _erase, {"skipped": 1, "queued": 4}),
    "forget replies": Scene(_settled, _forget_replies, {"sent": 1, "failed": 1, "queued": 3}),
    "record hit": Scene(
        _doubtful,
        lambda desk, _: desk.ledger.record_hit(a_click(desk), policy=BouncePolicy(), now=desk.now),
        {"sent": 1, "doubtful": 2, "queued": 2},
    ),
    "take turn": Scene(
        lambda desk: desk.start() and None,
        lambda desk, _: desk.ledger.take_turn(Rate(per_second=1), count=1, now=desk.now),
        {},
    ),
}


@pytest.fixture
def crew(database: Database) -> Iterator[Callable[[Saboteur | None], Desk]]:
    """Makes desks, with and without a saboteur, and closes their ledgers."""
    ledgers = []

    def desk(saboteur: Saboteur | None = None) -> Desk:
        ledger = database.ledger()
        if saboteur:
            ledger = database.sabotaged_ledger(getattr(saboteur, database.sabotage))
        ledgers.append(ledger)
        return Desk(database, ledger)

    yield desk
    for ledger in ledgers:
        ledger.close()


@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind"])
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_call_killed_at_any_statement_can_be_repeated(
    database: Database, crew: Callable[..., Desk], scene: Scene, behind: bool
) -> None:
    healthy, strikes = crew().ledger, 0
    while True:
        desk = Desk(database, healthy)
        prepared = scene.prepare(desk)
        saboteur = Saboteur(strikes + 1, behind=behind)
        victim = crew(saboteur)
        victim.campaign, victim.now = desk.campaign, desk.now
        if _survives(victim, scene, prepared):
            break
        strikes += 1
        scene.act(desk, prepared)
        assert desk.states() == scene.states
        desk.set_state(RunState.FINISHED)  # nobody sweeps it again
    assert not saboteur.struck
    assert strikes >= database.fewest_requests


def _survives(victim: Desk, scene: Scene, prepared: Any) -> bool:
    try:
        scene.act(victim, prepared)
    except LedgerUnavailable:
        return False
    return True


def test_the_same_ledger_goes_on_behind_a_lost_connection(crew: Callable[..., Desk]) -> None:
    desk = crew(Saboteur(3, behind=False))
    with pytest.raises(LedgerUnavailable):
        desk.start(5)
    desk.start(5)
    assert desk.states() == {"queued": 5}


def test_a_killed_process_leaves_doubts_for_what_was_on_the_wire_and_nothing_else(
    database: Database, crew: Callable[..., Desk]
) -> None:
    desk = crew().start(2_000)
    for number, turns in enumerate([3, 10, 25]):
        _work_and_be_killed(database, desk, f"victim{number}", turns)
        left = desk.states()
        assert left["sending"] <= 4
        assert (
            left["queued"] + left["sending"] + left.get("sent", 0) + left.get("doubtful", 0)
            == 2_000
        )
        desk.wait(minutes=1)
        assert len(desk.ledger.sweep(now=desk.now)) == left["sending"]
        check_books(database)
    assert desk.claim(1, worker="heir") != []


def _work_and_be_killed(database: Database, desk: Desk, name: str, turns: int) -> None:
    worker = subprocess.Popen(
        [sys.executable, str(_WORKER), database.url, desk.campaign, name],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(_WORKER.parent.parent)},
    )
    with worker:
        for _ in range(turns):
            assert worker.stdout is not None
            worker.stdout.readline()
        worker.kill()
