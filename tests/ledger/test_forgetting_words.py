"""Words of servers are forgotten when they are old; what happened and its codes stay."""

from datetime import timedelta

import pytest

from ledger.desk import ACCEPTED, BUSY, NO_SUCH_USER, Desk
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source
from pabal.domain.outcome import Reply


def texts(desk: Desk, position: int) -> list[str]:
    return [entry.text for entry in desk.ledger.history(desk.id(position)) if entry.text]


def last(desk: Desk, position: int) -> str:
    delivery = desk.ledger.delivery(desk.id(position))
    assert delivery is not None
    return delivery.last


def forget_all(desk: Desk, *, days: int, limit: int = 1_000) -> int:
    """Return in how many steps."""
    steps, behind = 0, 0
    before = desk.now - timedelta(days=days)
    while (
        done := desk.ledger.forget_replies(before=before, behind=behind, limit=limit)
    ) is not None:
        steps, behind = steps + 1, done
    return steps


@pytest.fixture
def answered(desk: Desk) -> Desk:
    """Three mails of a year ago, and one of today."""
    desk.start(4)
    desk.ledger.suppress(desk.a_stop(2))
    attempts = desk.begin(desk.claim(3)).attempts
    desk.settle(attempts[:1], ACCEPTED)
    desk.settle(attempts[1:], NO_SUCH_USER)
    desk.wait(days=366)
    desk.settle(desk.put_on_wire(1), BUSY)
    return desk


def test_old_words_go_and_codes_stay(answered: Desk) -> None:
    forget_all(answered, days=365)
    assert texts(answered, 0) == texts(answered, 1) == []
    refusal = answered.ledger.history(answered.id(1))[-1]
    assert (refusal.code, refusal.enhanced) == (550, "5.1.1")
    assert (last(answered, 0), last(answered, 1)) == ("250 2.0.0", "550 5.1.1")


def test_what_is_younger_stays(answered: Desk) -> None:
    forget_all(answered, days=365)
    assert texts(answered, 3) == ["Try again later"]
    assert "Try again later" in last(answered, 3)


def test_our_own_words_stay(answered: Desk) -> None:
    """Why somebody was skipped names nobody, and reports count it."""
    forget_all(answered, days=0)
    assert texts(answered, 2) == ["The recipient has unsubscribed."]
    assert last(answered, 2) == "The recipient has unsubscribed."


def test_it_is_done_in_steps_as_short_as_is_asked(answered: Desk) -> None:
    assert forget_all(answered, days=365, limit=1) >= 2
    assert texts(answered, 0) == texts(answered, 1) == []


def test_doing_it_again_changes_nothing(answered: Desk) -> None:
    forget_all(answered, days=365)
    once = answered.database.everything()
    forget_all(answered, days=365)
    assert answered.database.everything() == once


def test_details_of_events_go_some_at_a_time(answered: Desk) -> None:
    for number in range(3):
        event = FeedbackEvent(
            id=f"{answered.campaign} {number}",
            kind=EventKind.CLICKED,
            at=answered.now,
            source=Source.SES,
            delivery=answered.id(0),
            proof=Proof.SEALED,
            label="https://shop.example/",
            reply=Reply(code=0, text="Mozilla/5.0"),
        )
        answered.ledger.record_event(event, policy=BouncePolicy(), now=answered.now)
    young = answered.now
    answered.wait(days=366)
    assert answered.ledger.forget_details(before=young, limit=10) == 0
    before = answered.now - timedelta(days=365)
    done = [answered.ledger.forget_details(before=before, limit=2) for _ in range(3)]
    assert done == [2, 1, 0]
    told = answered.ledger.events(answered.id(0))
    assert {(event.kind, event.label, event.text) for event in told} == {
        (EventKind.CLICKED, "", "")
    }
