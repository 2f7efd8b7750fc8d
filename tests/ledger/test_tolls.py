"""What a campaign has cost is counted from its last resumption, and as a whole for providers."""

from collections import defaultdict
from datetime import timedelta

import pytest

from ledger.desk import ACCEPTED, START, Desk
from pabal.domain.bouncing import BouncePolicy, Weight
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source, event_id
from pabal.domain.outcome import Reply
from pabal.domain.reputation import Toll
from pabal.ledger.port import CampaignToll, RunState

GONE = Reply(code=550, enhanced="5.1.1", text="no such user")


def tell(desk: Desk, position: int, kind: EventKind = EventKind.BOUNCED) -> None:
    event = FeedbackEvent(
        id=event_id(Source.DSN, desk.campaign, str(position), kind.value),
        kind=kind,
        at=desk.now,
        source=Source.DSN,
        delivery=desk.id(position),
        proof=Proof.SEALED,
        reply=GONE,
    )
    desk.ledger.record_event(event, policy=BouncePolicy(), now=desk.now)


@pytest.fixture
def sent(desk: Desk) -> Desk:
    """Of six mails, four are sent, one came back and one was reported."""
    desk.start(6)
    desk.settle(desk.put_on_wire(4), ACCEPTED)
    tell(desk, 0)
    tell(desk, 1, EventKind.COMPLAINED)
    return desk


def test_a_toll_counts_deliveries(sent: Desk) -> None:
    assert sent.ledger.toll(sent.campaign) == Toll(sent=4, bounces=1, complaints=1)
    tell(sent, 0)
    assert sent.ledger.toll(sent.campaign).bounces == 1


def test_resuming_pardons_what_came_back_before(sent: Desk) -> None:
    sent.set_state(RunState.PAUSED, "too much")
    tell(sent, 2)
    assert sent.ledger.toll(sent.campaign).bounces == 2, "a pause alone pardons nothing"
    sent.set_state(RunState.RUNNING)
    assert sent.ledger.toll(sent.campaign) == Toll()

    sent.settle(sent.put_on_wire(2), ACCEPTED)
    tell(sent, 4)
    assert sent.ledger.toll(sent.campaign) == Toll(sent=2, bounces=1)
    sent.set_state(RunState.RUNNING)
    assert sent.ledger.toll(sent.campaign).bounces == 1, "it ran already: nobody resumed it"
    sent.set_state(RunState.PAUSED)
    sent.set_state(RunState.RUNNING)
    assert sent.ledger.toll(sent.campaign) == Toll()


def test_the_same_is_counted_by_the_domain_that_mails_went_to(sent: Desk) -> None:
    """One bounce and one report of a delivery each, however often they are told."""
    tell(sent, 0)
    found = sent.ledger.tolls_by_domain(START)
    expected: dict[str, Toll] = defaultdict(Toll)
    harms = {0: Toll(bounces=1), 1: Toll(complaints=1)}
    for position in range(4):
        domain = sent.address(position).partition("@")[2]
        expected[domain] += Toll(sent=1) + harms.get(position, Toll())

    assert {each.to: each.toll for each in found} == expected
    assert {(each.campaign, each.started_at) for each in found} == {(sent.campaign, START)}
    assert sent.ledger.tolls_by_domain(START + timedelta(seconds=1)) == []


def test_providers_pardon_nothing(sent: Desk) -> None:
    sent.set_state(RunState.PAUSED)
    sent.set_state(RunState.RUNNING)
    whole = CampaignToll(
        campaign=sent.campaign, started_at=START, toll=Toll(sent=4, bounces=1, complaints=1)
    )
    later = Desk(sent.database, sent.ledger, now=START + timedelta(days=1)).start(1)
    untouched = CampaignToll(campaign=later.campaign, started_at=later.now, toll=Toll())
    assert sent.ledger.tolls(START) == [whole, untouched]
    assert sent.ledger.tolls(later.now) == [untouched]
    assert sent.ledger.overview(now=later.now).returned == {
        (EventKind.BOUNCED, Weight.HARD): 1,
        (EventKind.COMPLAINED, Weight.COMPLAINT): 1,
    }
