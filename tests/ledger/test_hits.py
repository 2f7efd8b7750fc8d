"""Opens and clicks are kept by the delivery, counted once, and prove that a mail arrived."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.desk import ACCEPTED, BUSY, NO_ANSWER, NO_SUCH_USER, Desk
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.delivery import State
from pabal.domain.engagement import ANY_LINK, Actor, Hit, Sign, actors
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source, event_id
from pabal.domain.identity import DeliveryId
from pabal.ledger.port import HITS_KEPT

OPEN, CLICK = EventKind.OPENED, EventKind.CLICKED


@pytest.fixture
def sent(desk: Desk) -> Desk:
    desk.start(4)
    desk.settle(desk.put_on_wire(4), ACCEPTED)
    return desk


def a_hit(desk, position=0, kind=CLICK, *, link=1, sign=Sign.BROWSER, minutes=1.0):
    return Hit(
        delivery=desk.id(position),
        kind=kind,
        link=link if kind is CLICK else ANY_LINK,
        sign=sign,
        at=desk.now + timedelta(minutes=minutes),
    )


def record(desk, *hits):
    for hit in hits:
        assert desk.ledger.record_hit(hit, policy=BouncePolicy(), now=desk.now)


def counts(desk):
    return desk.ledger.hit_counts(desk.campaign)


def test_alike_they_are_one_row_with_first_last_and_times(sent):
    record(sent, *(a_hit(sent, minutes=n) for n in (3, 1, 2, 2)))

    (hits,) = sent.ledger.hits(sent.id(0))
    moments = [(each - sent.now) / timedelta(minutes=1) for each in (hits.first_at, hits.last_at)]
    assert (moments, hits.times) == ([1, 3], 4)


def test_each_delivery_counts_once_by_who_is_nearest_to_a_person(sent):
    record(
        sent,
        a_hit(sent, 0, OPEN, sign=Sign.APPLE),
        a_hit(sent, 1, OPEN, sign=Sign.APPLE),
        a_hit(sent, 1, OPEN, sign=Sign.BROWSER),
        a_hit(sent, 2, OPEN, sign=Sign.GMAIL),
        a_hit(sent, 2, OPEN, sign=Sign.GMAIL),
    )
    record(sent, a_hit(sent, 0, link=1), a_hit(sent, 0, link=2, minutes=2), a_hit(sent, 3, link=2))

    assert counts(sent) == {
        (OPEN, ANY_LINK, Actor.MACHINE): 1,
        (OPEN, ANY_LINK, Actor.PERSON): 1,
        (OPEN, ANY_LINK, Actor.PROXY): 1,
        (CLICK, 1, Actor.PERSON): 1,
        (CLICK, 2, Actor.PERSON): 2,
        (CLICK, ANY_LINK, Actor.PERSON): 2,
    }


def test_what_turns_out_to_be_a_scanner_is_taken_back(sent):
    record(sent, a_hit(sent, link=1))
    assert counts(sent)[CLICK, ANY_LINK, Actor.PERSON] == 1

    record(sent, a_hit(sent, link=2))
    assert {actor for _, _, actor in counts(sent)} == {Actor.MACHINE}


def test_sooner_than_a_person_is_measured_from_the_servers_answer(sent):
    record(sent, a_hit(sent, minutes=0), a_hit(sent, 1, minutes=0.05), a_hit(sent, 2, minutes=0.1))

    assert counts(sent)[CLICK, ANY_LINK, Actor.MACHINE] == 2
    assert counts(sent)[CLICK, ANY_LINK, Actor.PERSON] == 1


@pytest.mark.parametrize("sign", [Sign.BROWSER, Sign.SCANNER, Sign.HEAD])
def test_whoever_asks_proves_that_a_doubtful_mail_was_sent(desk, sign):
    desk.start(2)
    desk.settle(desk.put_on_wire(2), NO_ANSWER)
    record(desk, a_hit(desk, 0, sign=sign))

    assert [desk.state(0), desk.state(1)] == [State.SENT, State.DOUBTFUL]
    (event,) = desk.ledger.events(desk.id(0))
    assert (event.kind, event.source) == (EventKind.DELIVERED, Source.LINK)
    record(desk, a_hit(desk, 0, sign=sign), a_hit(desk, 0, OPEN))
    assert len(desk.ledger.events(desk.id(0))) == 1


def test_a_filter_that_looks_before_the_server_answers_proves_nothing(desk):
    """The answer may be no; what was put off is sent again, and whoever looked was no person."""
    desk.start(2)
    attempts = desk.put_on_wire(2)
    record(desk, a_hit(desk, 0), a_hit(desk, 1))
    assert [desk.state(0), desk.state(1)] == [State.SENDING, State.SENDING]
    desk.settle(attempts[:1], BUSY)
    desk.settle(attempts[1:], NO_SUCH_USER)
    record(desk, a_hit(desk, 0), a_hit(desk, 1))

    assert [desk.state(0), desk.state(1)] == [State.QUEUED, State.FAILED]
    assert desk.ledger.events(desk.id(0)) == []
    assert {hits.sign for hits in desk.ledger.hits(desk.id(0))} == {Sign.SOON}


def test_nothing_is_kept_of_a_delivery_that_nobody_knows(sent):
    hit = a_hit(sent)
    stranger = Hit(delivery=DeliveryId("zzzzzzzz-1"), kind=CLICK, sign=hit.sign, at=hit.at)

    assert not sent.ledger.record_hit(stranger, policy=BouncePolicy(), now=sent.now)
    assert sent.ledger.hits(stranger.delivery) == []


def test_an_event_that_says_who_counts_once_however_often_it_is_told(sent):
    event = FeedbackEvent(
        id=event_id(Source.SES, "1"),
        kind=CLICK,
        at=sent.now,
        source=Source.SES,
        delivery=sent.id(0),
        proof=Proof.SEALED,
        hit=a_hit(sent),
    )
    for _time in range(3):
        sent.ledger.record_event(event, policy=BouncePolicy(), now=sent.now)

    assert [each.times for each in sent.ledger.hits(sent.id(0))] == [1]
    assert counts(sent)[CLICK, ANY_LINK, Actor.PERSON] == 1


def test_of_events_that_services_told_only_arrival_is_left(sent):
    event = replace(_told(a_hit(sent), 1), label="https://shop.example/?minji")
    sent.ledger.record_event(event, policy=BouncePolicy(), now=sent.now)
    sent.ledger.forget_hits(sent.address(0))

    (kept,) = sent.ledger.events(sent.id(0))
    assert (kept.kind, kept.label) == (EventKind.DELIVERED, "")
    again = sent.ledger.record_event(event, policy=BouncePolicy(), now=sent.now)
    assert not again.is_new, "told again it is not learnt anew"
    assert sent.ledger.hits(sent.id(0)) == []


def test_what_is_known_of_an_address_is_forgotten_and_stays_counted(sent):
    record(sent, a_hit(sent, 0), a_hit(sent, 1))
    sent.ledger.forget_hits(sent.address(0))

    assert sent.ledger.hits(sent.id(0)) == []
    assert len(sent.ledger.hits(sent.id(1))) == 1
    assert counts(sent)[CLICK, ANY_LINK, Actor.PERSON] == 2


def test_after_thirteen_months_it_is_forgotten_and_stays_counted(sent):
    record(sent, a_hit(sent, 0), a_hit(sent, 1, minutes=60 * 24 * 2))
    sent.wait(days=HITS_KEPT.days)
    sent.heartbeat()
    sent.database.expire(sent.now)
    assert len(sent.ledger.hits(sent.id(0))) == 1, "not a day too early"

    sent.wait(days=1)
    sent.heartbeat()
    sent.database.expire(sent.now)
    assert [len(sent.ledger.hits(sent.id(n))) for n in (0, 1)] == [0, 1]
    assert counts(sent)[CLICK, ANY_LINK, Actor.PERSON] == 2


@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_in_any_order_the_same_is_counted(sent, data):
    position = data.draw(st.integers(0, 1))
    hits = data.draw(
        st.lists(
            st.builds(
                a_hit,
                st.just(sent),
                st.just(position),
                link=st.integers(1, 4),
                sign=st.sampled_from([Sign.BROWSER, Sign.SCANNER, Sign.HEAD]),
                minutes=st.floats(0.1, 1),
            ),
            max_size=8,
        )
    )
    other = 3 - position
    for address in (sent.address(position), sent.address(other)):
        sent.ledger.forget_hits(address)
    before = counts(sent)
    record(sent, *hits)
    first = _grown(before, counts(sent))

    before = counts(sent)
    shuffled = data.draw(st.permutations(hits))
    record(sent, *(_of(hit, sent.id(other)) for hit in shuffled))
    assert _grown(before, counts(sent)) == first


def test_many_at_once_are_all_counted(sent):
    """Several processes, the same few deliveries, and events of SES among them."""
    hits = [
        a_hit(sent, n % 3, link=n % 5 + 1, minutes=n / 7, sign=[Sign.BROWSER, Sign.SCANNER][n % 2])
        for n in range(60)
    ]

    def work(part):
        ledger = sent.database.ledger()
        for number, hit in part:
            if number % 4:
                assert ledger.record_hit(hit, policy=BouncePolicy(), now=sent.now)
            else:
                ledger.record_event(_told(hit, number), policy=BouncePolicy(), now=sent.now)
        ledger.close()

    numbered = list(enumerate(hits))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, [numbered[n::4] for n in range(4)]))
    kept = [sent.ledger.hits(sent.id(position)) for position in range(3)]
    assert sum(each.times for found in kept for each in found) == 60
    expected = Counter((*key, actor) for found in kept for key, actor in actors(found).items())
    assert counts(sent) == dict(expected)


def _told(hit, number):
    return FeedbackEvent(
        id=event_id(Source.SES, str(number)),
        kind=hit.kind,
        at=hit.at,
        source=Source.SES,
        delivery=hit.delivery,
        proof=Proof.SEALED,
        hit=hit,
    )


def _of(hit, delivery):
    return Hit(delivery=delivery, kind=hit.kind, link=hit.link, sign=hit.sign, at=hit.at)


def _grown(before, after):
    grown = {key: n - before.get(key, 0) for key, n in after.items()}
    return {key: n for key, n in grown.items() if n}
