"""Settling writes what became of an attempt, once."""

from dataclasses import replace

import pytest

from ledger.desk import ACCEPTED, BUSY, LOGIN_REFUSED, NO_ANSWER, NO_SUCH_USER, Desk
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Happening, State
from pabal.domain.outcome import Outcome, Reply, Verdict
from pabal.domain.retry import Decision
from pabal.domain.suppression import EVERYTHING, Reason
from pabal.ledger.port import RunState


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (ACCEPTED, State.SENT),
        (BUSY, State.QUEUED),
        (LOGIN_REFUSED, State.QUEUED),
        (NO_SUCH_USER, State.FAILED),
        (NO_ANSWER, State.DOUBTFUL),
    ],
)
def test_an_outcome_leads_to_its_state_once(desk: Desk, outcome: Outcome, state: State) -> None:
    desk.start(1)
    attempts = desk.put_on_wire(1)
    desk.settle(attempts, outcome)
    history = desk.ledger.history(desk.id(0))
    desk.settle(attempts, outcome)
    assert desk.state(0) is state
    assert desk.ledger.history(desk.id(0)) == history


def test_the_fourth_transient_failure_is_the_last(desk: Desk) -> None:
    desk.start(1)
    for _ in range(4):
        desk.settle(desk.put_on_wire(1), BUSY)
        desk.wait(minutes=3)
    assert desk.state(0) is State.FAILED
    assert desk.happenings(0)[-2:] == ["begun", "gave up"]
    assert desk.claim(1) == []


def test_history_says_what_the_server_said_and_to_whom(desk: Desk) -> None:
    desk.start(1)
    [attempt] = desk.put_on_wire(1, worker="host-1")
    desk.wait(seconds=2)
    desk.settle([attempt], BUSY)
    entry = desk.ledger.history(desk.id(0))[-1]
    assert (entry.happening, entry.attempt, entry.worker) == (Happening.DEFERRED, 1, "host-1")
    assert (entry.code, entry.enhanced, entry.text) == (451, "4.3.0", "Try again later")
    assert entry.at == desk.now
    delivery = desk.ledger.delivery(desk.id(0))
    assert delivery is not None
    assert delivery.last == "451 4.3.0 Try again later"
    assert delivery.not_before is not None


@pytest.mark.parametrize("text", ["a\0b", "half \ud83d", "길" * 5000, ""])
def test_whatever_a_server_says_can_be_kept(desk: Desk, text: str) -> None:
    desk.start(1)
    reply = Reply(code=451, text=text)
    desk.settle(desk.put_on_wire(1), Outcome(verdict=Verdict.TRANSIENT, reply=reply, text=text))
    delivery = desk.ledger.delivery(desk.id(0))
    assert delivery is not None
    assert delivery.last.startswith("451")
    assert len(delivery.last) < 1000


def test_an_old_attempt_cannot_settle_a_newer_one(desk: Desk) -> None:
    desk.start(1)
    [old] = desk.put_on_wire(1)
    desk.settle([old], BUSY)
    desk.wait(seconds=15)
    desk.put_on_wire(1)
    desk.settle([old], NO_SUCH_USER)
    assert desk.state(0) is State.SENDING


def test_two_answers_for_one_attempt_in_one_call_count_once(desk: Desk) -> None:
    desk.start(1)
    [attempt] = desk.put_on_wire(1)
    desk.ledger.settle([desk.settlement(attempt, BUSY), desk.settlement(attempt, BUSY)])
    assert desk.happenings(0) == ["enqueued", "begun", "deferred"]


def test_settling_what_is_not_known_changes_nothing(desk: Desk) -> None:
    desk.start(1)
    stranger = Desk(desk.database, desk.ledger).start(1)
    [attempt] = stranger.put_on_wire(1)
    unknown = replace(attempt, delivery=desk.id(7), position=7)
    desk.settle([unknown], ACCEPTED)
    assert desk.states() == {"queued": 1}


def test_an_answer_that_comes_late_settles_the_doubt(desk: Desk) -> None:
    desk.start(1)
    [attempt] = desk.put_on_wire(1)
    desk.wait(minutes=1)
    assert desk.ledger.sweep(now=desk.now) == desk.ids(0)
    assert desk.state(0) is State.DOUBTFUL
    desk.settle([attempt], ACCEPTED)
    assert desk.state(0) is State.SENT


def test_a_mailbox_that_does_not_exist_is_suppressed_everywhere(desk: Desk) -> None:
    desk.start(1)
    desk.settle(desk.put_on_wire(1), NO_SUCH_USER)
    found = desk.ledger.suppressions([desk.address(0)], ["list:9"])
    suppression = found[desk.address(0)]
    assert (suppression.scope, suppression.reason) == (EVERYTHING, Reason.BOUNCE)
    assert suppression.detail == "550 5.1.1 No such user"


@pytest.mark.parametrize("state", [RunState.CANCELLED, RunState.FINISHED])
@pytest.mark.parametrize("outcome", [BUSY, LOGIN_REFUSED])
def test_nothing_is_queued_again_in_a_campaign_that_has_ended(
    desk: Desk, state: RunState, outcome: Outcome
) -> None:
    desk.start(1)
    attempts = desk.put_on_wire(1)
    desk.set_state(state)
    desk.settle(attempts, outcome)
    assert desk.state(0) is State.CANCELLED


def test_no_answer_is_sent_again_where_the_campaign_says_so_but_not_for_ever(desk: Desk) -> None:
    desk.start(1, on_doubt=OnDoubt.RESEND)
    for _ in range(3):
        desk.settle(desk.put_on_wire(1), NO_ANSWER)
        assert desk.state(0) is State.QUEUED
    desk.settle(desk.put_on_wire(1), NO_ANSWER)
    assert desk.state(0) is State.DOUBTFUL


def test_a_decision_that_has_no_transition_is_refused_and_writes_nothing(desk: Desk) -> None:
    desk.start(1)
    [attempt] = desk.put_on_wire(1)
    with pytest.raises(Exception, match="cannot become"):
        desk.decide(attempt, Decision(happening=Happening.ENQUEUED), ACCEPTED)
    assert desk.state(0) is State.SENDING
