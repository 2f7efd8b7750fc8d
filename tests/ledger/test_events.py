"""What comes back is kept once, in any order, and does what follows from it."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.desk import ACCEPTED, NO_ANSWER, Desk
from pabal.domain.bouncing import BouncePolicy, Weight
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import State
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source, event_id
from pabal.domain.identity import DeliveryId
from pabal.domain.outcome import Reply
from pabal.domain.suppression import EVERYTHING, Reason

POLICY = BouncePolicy(soft=3, soft_span=timedelta(days=7))
GONE = Reply(code=550, enhanced="5.1.1", text="no such user")
FULL = Reply(code=552, enhanced="5.2.2", text="full")


def an_event(desk, position=0, kind=EventKind.BOUNCED, reply=FULL, *, days=0.0, label=""):
    return FeedbackEvent(
        id=event_id(Source.DSN, str(position), desk.campaign, kind.value, str(days), reply.text),
        kind=kind,
        at=desk.now + timedelta(days=days),
        source=Source.DSN,
        delivery=desk.id(position),
        proof=Proof.SEALED,
        reply=reply,
        label=label,
    )


def tell(desk, *events):
    return [desk.ledger.record_event(each, policy=POLICY, now=desk.now) for each in events]


def stop_of(desk, position=0):
    address = desk.address(position)
    stop = desk.ledger.suppressions([address], [EVERYTHING]).get(address)
    return stop.reason if stop else None


@pytest.fixture
def sent(desk: Desk) -> Desk:
    desk.start(6)
    desk.settle(desk.put_on_wire(6), ACCEPTED)
    return desk


def test_a_hard_bounce_stops_the_address_at_once(sent):
    """1a, 5.1.1: "suppress address? yes at once"."""
    (recorded,) = tell(sent, an_event(sent, reply=GONE))
    assert (recorded.delivery, recorded.weight, recorded.is_new) == (
        sent.id(0),
        Weight.HARD,
        True,
    )
    assert stop_of(sent) is Reason.BOUNCE
    assert stop_of(sent, 1) is None
    assert sent.state(0) is State.SENT


def test_told_again_it_changes_nothing(sent):
    event = an_event(sent, reply=GONE)
    tell(sent, event)
    before = sent.ledger.events(sent.id(0)), sent.ledger.event_counts(sent.campaign)
    sent.ledger.lift(sent.address(0), EVERYTHING)
    sent.wait(days=3)
    assert [each.is_new for each in tell(sent, event, event)] == [False, False]
    assert (sent.ledger.events(sent.id(0)), sent.ledger.event_counts(sent.campaign)) == before
    assert stop_of(sent) is None, "a person has lifted it, and the old news is none"


def test_what_came_back_is_told_oldest_first_and_counted(sent):
    tell(
        sent,
        an_event(sent, kind=EventKind.COMPLAINED, days=-1, label="abuse"),
        an_event(sent, kind=EventKind.DELIVERED, days=-2),
        an_event(sent, kind=EventKind.DELIVERED, days=-3),
        an_event(sent, 1, kind=EventKind.DELIVERED, days=-3),
    )
    told = sent.ledger.events(sent.id(0))
    assert [each.kind for each in told] == [
        EventKind.DELIVERED,
        EventKind.DELIVERED,
        EventKind.COMPLAINED,
    ]
    assert told[-1].label == "abuse"
    assert sent.ledger.event_counts(sent.campaign) == {
        (EventKind.DELIVERED, Weight.REACHED): 2,
        (EventKind.COMPLAINED, Weight.COMPLAINT): 1,
    }


@pytest.mark.parametrize("proof", [Proof.NAMED, Proof.NONE])
def test_of_what_proves_nothing_nothing_is_kept(sent, proof):
    """S26: "forged token ignored"."""
    (recorded,) = tell(sent, replace(an_event(sent, reply=GONE), proof=proof))
    assert recorded.delivery is None
    assert sent.ledger.events(sent.id(0)) == []
    assert stop_of(sent) is None


def test_a_delivery_of_somebody_else_is_not_known(sent):
    foreign = replace(an_event(sent, reply=GONE), delivery=DeliveryId("zzzzzzzz-1"))
    nameless = replace(an_event(sent, reply=GONE), delivery=None)
    assert [each.delivery for each in tell(sent, foreign, nameless)] == [None, None]


def address_in_campaigns(desk, count, address="again@and.example"):
    """Mail one address in several campaigns; return their desks."""
    desks = []
    for _ in range(count):
        other = Desk(desk.database, desk.ledger, now=desk.now)
        other.address = lambda _position: address
        other.start(1)
        other.settle(other.put_on_wire(1), ACCEPTED)
        desks.append(other)
    return desks


def test_soft_bounces_are_counted_over_campaigns_and_pause(desk):
    """1a: "after N soft bounces over >= M days: pause"."""
    first, second, third = address_in_campaigns(desk, 3)
    tell(first, an_event(first, days=-8))
    tell(second, an_event(second, days=-4))
    assert stop_of(first) is None
    tell(third, an_event(third))
    assert stop_of(first) is Reason.PAUSED


def test_a_mail_that_arrives_ends_the_count_and_the_pause(desk):
    desks = address_in_campaigns(desk, 3)
    for one, days in zip(desks, (-8, -4, 0), strict=True):
        tell(one, an_event(one, days=days))
    assert stop_of(desks[0]) is Reason.PAUSED
    tell(desks[1], an_event(desks[1], kind=EventKind.DELIVERED, days=-3))
    assert stop_of(desks[0]) is None


def test_any_order_of_telling_comes_to_the_same(desk):
    """SNS delivers "at least once, unordered"."""
    results = set()
    for order in permutations(range(4)):
        desks = address_in_campaigns(desk, 3, f"{'-'.join(map(str, order))}@and.example")
        events = [
            (desks[0], an_event(desks[0], days=-9)),
            (desks[1], an_event(desks[1], days=-5)),
            (desks[1], an_event(desks[1], kind=EventKind.DELIVERED, days=-4)),
            (desks[2], an_event(desks[2])),
        ]
        for index in order:
            one, event = events[index]
            tell(one, event, event)
        results.add(stop_of(desks[0]))
    assert results == {None}


@pytest.mark.parametrize("hard_first", [True, False])
def test_what_is_gone_stays_stopped_when_a_pause_would_end(desk, hard_first):
    one, two, three = address_in_campaigns(desk, 3)
    hard = (one, an_event(one, reply=GONE, days=-2))
    soft = [(each, an_event(each, days=days)) for each, days in ((one, -9), (two, -5), (three, -1))]
    reached = (two, an_event(two, kind=EventKind.OPENED))
    told = [hard, *soft, reached] if hard_first else [*soft, hard, reached]
    for who, event in told:
        tell(who, event)
    assert stop_of(one) is Reason.BOUNCE


def test_a_complaint_before_the_delivery_is_a_complaint(sent):
    tell(sent, an_event(sent, kind=EventKind.COMPLAINED, days=1))
    tell(sent, an_event(sent, kind=EventKind.DELIVERED))
    assert stop_of(sent) is Reason.COMPLAINT


def a_doubtful(desk, on_doubt=OnDoubt.ASK):
    desk.start(2, on_doubt=on_doubt)
    return desk.put_on_wire(1)


@pytest.mark.parametrize("kind", [kind for kind in EventKind if kind is not EventKind.REJECTED])
def test_what_comes_back_settles_a_doubt(desk, kind):
    """It was sent: something came back about it."""
    desk.settle(a_doubtful(desk), NO_ANSWER)
    assert desk.state(0) is State.DOUBTFUL
    tell(desk, an_event(desk, kind=kind))
    assert desk.state(0) is State.SENT
    assert desk.happenings(0)[-1] == "found sent"
    assert desk.ledger.history(desk.id(0))[-1].text.startswith("What came back")


def test_a_service_that_rejected_it_proves_nothing(desk):
    desk.settle(a_doubtful(desk), NO_ANSWER)
    tell(desk, an_event(desk, kind=EventKind.REJECTED))
    assert desk.state(0) is State.DOUBTFUL


@pytest.mark.parametrize("on_doubt", OnDoubt)
def test_a_bounce_that_is_faster_than_the_doubt_prevents_it(desk, on_doubt):
    """Else a campaign that resends on doubt would mail twice."""
    attempts = a_doubtful(desk, on_doubt)
    tell(desk, an_event(desk))
    assert desk.state(0) is State.SENDING
    desk.settle(attempts, NO_ANSWER)
    assert desk.happenings(0)[-2:] == ["lost sight", "found sent"]
    assert desk.state(0) is State.SENT


@pytest.mark.parametrize("on_doubt", OnDoubt)
def test_a_bounce_proves_what_a_dead_worker_had_sent(desk, on_doubt):
    a_doubtful(desk, on_doubt)
    tell(desk, an_event(desk))
    desk.wait(minutes=1)
    desk.ledger.sweep(now=desk.now)
    assert desk.state(0) is State.SENT


def test_what_waits_to_be_sent_again_is_not_when_it_is_proved_to_be_sent(desk):
    """A server that said "later" and sent it nevertheless, or a doubt that was resent."""
    desk.settle(a_doubtful(desk, OnDoubt.RESEND), NO_ANSWER)
    assert desk.happenings(0)[-1] == "resent"
    tell(desk, an_event(desk, kind=EventKind.DELIVERED))
    assert desk.state(0) is State.SENT
    assert desk.claim(10) == desk.ids(1)


def test_what_a_worker_has_claimed_again_does_not_begin_when_it_is_proved(desk):
    desk.settle(a_doubtful(desk, OnDoubt.RESEND), NO_ANSWER)
    claimed = desk.claim(10)
    tell(desk, an_event(desk, kind=EventKind.DELIVERED))
    begun = desk.begin(claimed)
    assert [attempt.delivery for attempt in begun.attempts] == desk.ids(1)
    assert list(begun.left) == desk.ids(0)


def test_what_was_never_begun_stays_queued_whatever_is_told(desk):
    desk.start(1)
    tell(desk, an_event(desk, kind=EventKind.DELIVERED))
    assert desk.state(0) is State.QUEUED


def test_words_from_anybody_can_be_kept(sent):
    awkward = Reply(code=550, enhanced="5.2.2", text="\0 \udcff 존재" + "x" * 9_000)
    tell(sent, replace(an_event(sent, reply=awkward), label="\0\udcff" * 400))
    (told,) = sent.ledger.events(sent.id(0))
    assert "존재" in told.text
    assert len(told.text) <= 500


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from(EventKind),
            st.sampled_from([GONE, FULL]),
            st.integers(-20, 0),
        ),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_shuffled_and_doubled_events_come_to_the_same(desk, told, dice):
    """Replayable: any order, any repetition."""

    def outcome(shuffle):
        other = Desk(desk.database, desk.ledger, now=desk.now)
        other.start(3)
        other.settle(other.put_on_wire(3), ACCEPTED)
        events = [an_event(other, n, kind, reply, days=days) for n, kind, reply, days in told]
        if shuffle:
            events += [dice.choice(events) for _ in range(3) if events]
            dice.shuffle(events)
        tell(other, *events)
        stopped = [stop_of(other, position) is not None for position in range(3)]
        return stopped, other.ledger.event_counts(other.campaign)

    assert outcome(shuffle=False) == outcome(shuffle=True)
