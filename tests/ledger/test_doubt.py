"""What a dead worker had on the wire is doubtful, until somebody knows."""

import pytest

from ledger.desk import ACCEPTED, Desk
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Happening, IllegalTransition, State
from pabal.ledger.errors import CampaignOver
from pabal.ledger.port import RunState


def a_doubtful(desk: Desk) -> Desk:
    desk.start(1)
    desk.put_on_wire(1)
    desk.wait(minutes=1)
    desk.ledger.sweep(now=desk.now)
    return desk


def test_sweep_finds_only_what_dead_workers_were_sending(desk: Desk) -> None:
    desk.start(3)
    desk.put_on_wire(1, worker="dead")
    desk.claim(1, worker="dead")
    desk.wait(seconds=20)
    desk.put_on_wire(1, worker="alive")
    desk.wait(seconds=10)
    assert desk.ledger.sweep(now=desk.now) == desk.ids(0)
    assert desk.ledger.sweep(now=desk.now) == []
    assert desk.states() == {"doubtful": 1, "sending": 1, "queued": 1}
    assert desk.happenings(0) == ["enqueued", "begun", "lost sight"]


def test_sweep_queues_again_where_the_campaign_resends(desk: Desk) -> None:
    desk.start(1, on_doubt=OnDoubt.RESEND)
    desk.put_on_wire(1, worker="dead")
    desk.wait(minutes=1)
    assert desk.ledger.sweep(now=desk.now) == desk.ids(0)
    assert desk.happenings(0) == ["enqueued", "begun", "lost sight", "resent"]
    assert [attempt.number for attempt in desk.put_on_wire(1)] == [2]


def test_a_mail_that_kills_every_worker_is_not_sent_for_ever(desk: Desk) -> None:
    desk.start(1, on_doubt=OnDoubt.RESEND)
    for number in range(4):
        assert len(desk.put_on_wire(1, worker=f"w{number}")) == 1
        desk.wait(minutes=1)
        desk.ledger.sweep(now=desk.now)
    assert desk.state(0) is State.DOUBTFUL


def test_a_cancelled_campaign_resends_nothing_by_itself(desk: Desk) -> None:
    desk.start(1, on_doubt=OnDoubt.RESEND)
    desk.put_on_wire(1)
    desk.set_state(RunState.CANCELLED)
    desk.wait(minutes=1)
    desk.ledger.sweep(now=desk.now)
    assert desk.state(0) is State.DOUBTFUL


def test_a_person_finds_that_it_was_sent(desk: Desk) -> None:
    a_doubtful(desk)
    for _ in range(2):
        state = desk.ledger.resolve(
            desk.id(0), Happening.FOUND_SENT, note="server's log", now=desk.now
        )
        assert state is State.SENT
    assert desk.happenings(0)[2:] == ["lost sight", "found sent"]
    assert desk.ledger.history(desk.id(0))[-1].text == "server's log"


def test_a_person_sends_it_again(desk: Desk) -> None:
    a_doubtful(desk)
    state = desk.ledger.resolve(desk.id(0), Happening.RESENT, note="", now=desk.now)
    assert state is State.QUEUED
    desk.settle(desk.put_on_wire(1), ACCEPTED)
    assert desk.state(0) is State.SENT


def test_only_a_doubt_can_be_resolved(desk: Desk) -> None:
    desk.start(1)
    with pytest.raises(IllegalTransition):
        desk.ledger.resolve(desk.id(0), Happening.RESENT, note="", now=desk.now)
    with pytest.raises(IllegalTransition):
        desk.ledger.resolve(desk.id(5), Happening.RESENT, note="", now=desk.now)


def test_a_doubt_is_resolved_by_evidence_only(desk: Desk) -> None:
    a_doubtful(desk)
    with pytest.raises(IllegalTransition):
        desk.ledger.resolve(desk.id(0), Happening.ACCEPTED, note="", now=desk.now)


def test_a_finished_campaign_runs_again_for_what_is_sent_again(desk: Desk) -> None:
    a_doubtful(desk).set_state(RunState.FINISHED)
    assert desk.ledger.resolve(desk.id(0), Happening.RESENT, note="", now=desk.now) is State.QUEUED
    assert desk.ledger.run(desk.campaign).state is RunState.RUNNING
    assert desk.ledger.run(desk.campaign).finished_at is None
    assert list(desk.claim(5)) == [desk.id(0)]


def test_nothing_is_sent_again_in_a_campaign_that_was_cancelled(desk: Desk) -> None:
    a_doubtful(desk).set_state(RunState.CANCELLED)
    with pytest.raises(CampaignOver):
        desk.ledger.resolve(desk.id(0), Happening.RESENT, note="", now=desk.now)
    desk.ledger.resolve(desk.id(0), Happening.FOUND_SENT, note="", now=desk.now)
    assert desk.state(0) is State.SENT
