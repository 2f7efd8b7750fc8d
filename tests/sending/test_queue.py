"""Which of the claimed deliveries go now, which wait, and which are given back for later."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from pabal.domain.delivery import Attempt
from pabal.domain.domain_rate import DomainRates, parse_domain_rates
from pabal.domain.identity import DeliveryId
from pabal.domain.outcome import Outcome, Throttle, Verdict
from pabal.domain.retry import RetryPolicy
from pabal.ledger.port import Claimed, Settlement
from pabal.sending.ledger_thread import LedgerThread
from pabal.sending.limiter import Limiter
from pabal.sending.queue import Queue

START = datetime(2026, 11, 24, 9, tzinfo=UTC)
OTHER, SLOW = "other.example", "slow.example"


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def a_queue(rates: str = "", ledger: LedgerThread | None = None, now: datetime = START) -> Queue:
    def limiter(each):
        return Limiter(ledger, each.rate, now=lambda: now, name=each.name)

    return Queue(DomainRates(parse_domain_rates(rates)), limiter)


def some(domain: str, numbers: Sequence[int]) -> list[Claimed]:
    return [
        Claimed(delivery=DeliveryId(f"d{n}"), position=n, address=f"c{n}@{domain}") for n in numbers
    ]


def attempt(claimed: Claimed, begun_at: datetime = START) -> Attempt:
    return Attempt(
        delivery=claimed.delivery,
        number=1,
        failures=0,
        position=claimed.position,
        address=claimed.address,
        begun_at=begun_at,
    )


def throttle(
    queue: Queue,
    domain: str = SLOW,
    *,
    at: datetime = START,
    took: float = 0.1,
    in_flight: Collection[Attempt] = (),
) -> None:
    """Let a mail to a domain be refused that took so many seconds."""
    outcome = Outcome(verdict=Verdict.TRANSIENT, throttle=Throttle.DOMAIN)
    refused = attempt(some(domain, [999])[0], at - timedelta(seconds=took))
    decision = RetryPolicy().decide(outcome, failures=0, now=at, random=lambda: 0.5)
    settlement = Settlement(attempt=refused, outcome=outcome, decision=decision, at=at)
    queue.throttle(settlement, in_flight=in_flight)


def numbers(batch: Sequence[Claimed]) -> list[int]:
    return [each.position for each in batch]


def take(
    queue: Queue, room: int = 100, *, at: datetime = START, in_flight: Collection[Attempt] = ()
) -> list[int]:
    return numbers(queue.take(room, now=at, in_flight=in_flight))


def test_without_throttling_they_go_in_the_order_in_which_they_came() -> None:
    queue = a_queue()
    queue.add(some(OTHER, range(5)))
    queue.add(some(SLOW, range(5, 8)))
    assert take(queue, 3) == [0, 1, 2]
    assert (queue.ready, len(queue), queue.next_at(START, ())) == (5, 5, START)
    assert take(queue) == [3, 4, 5, 6, 7]
    assert queue.next_at(START, ()) is None


def test_nobody_waits_behind_a_domain_that_rests() -> None:
    queue = a_queue()
    throttle(queue)
    queue.add([*some(SLOW, range(10)), *some(OTHER, range(10, 14))])
    assert take(queue, 4) == [10, 11, 12, 13]


def test_who_cannot_go_within_a_second_is_put_off_for_as_long_as_it_takes() -> None:
    queue = a_queue()
    throttle(queue, took=0.1)  # one in 0.1 s: 10/s, and now 5/s behind a second
    queue.add(some(SLOW, range(10)))
    assert take(queue) == []
    put_off = queue.take_put_off()
    assert list(put_off) == [f"d{n}" for n in range(1, 10)]
    assert list(put_off.values()) == [after(1 + 0.2 * n) for n in range(1, 10)]
    assert list(queue) == ["d0"]
    assert not queue.has_put_off
    assert queue.next_at(START, ()) == after(1)


def test_however_many_are_put_off_they_come_back_within_the_minute() -> None:
    queue = a_queue()
    throttle(queue)
    queue.add(some(SLOW, range(1_000)))
    take(queue)
    moments = queue.take_put_off().values()
    assert max(moments) <= after(1) + timedelta(minutes=1)
    assert min(moments) > after(1)
    assert len(set(moments)) > 250


def test_behind_the_rest_one_goes_alone_and_the_others_when_it_is_accepted() -> None:
    queue = a_queue()
    throttle(queue, took=0.1)
    queue.add(some(SLOW, [0]))
    take(queue)
    queue.add(some(SLOW, [1, 2]))
    assert take(queue, at=after(1)) == [0]
    first = attempt(some(SLOW, [0])[0], after(1))
    assert take(queue, at=after(1.5), in_flight=[first]) == []
    assert queue.next_at(after(1.5), [first]) is None
    queue.accept(first)
    assert take(queue, at=after(1.5)) == [1]
    assert queue.next_at(after(1.5), ()) == after(1.5) + timedelta(seconds=1 / 5.02)


def test_what_went_before_the_throttle_does_not_hold_up_the_one_that_tries() -> None:
    queue = a_queue()
    throttle(queue)
    old = attempt(some(SLOW, [7])[0], after(-1))
    queue.add(some(SLOW, [0]))
    take(queue)
    assert take(queue, at=after(1), in_flight=[old]) == [0]


def test_the_rate_at_which_mails_went_is_what_was_under_way_by_how_long_it_took() -> None:
    queue = a_queue()
    others = [attempt(each) for each in [*some(SLOW, range(9)), *some(OTHER, range(9, 30))]]
    throttle(queue, took=0.5, in_flight=others)  # ten in half a second
    queue.add(some(SLOW, range(3)))
    take(queue)
    assert list(queue.take_put_off().values()) == [after(1.1), after(1.2)]


def test_those_that_waited_are_put_off_when_the_domain_throttles_again() -> None:
    queue = a_queue()
    throttle(queue, took=0.1)
    queue.add(some(SLOW, range(1)))
    take(queue)
    throttle(queue, at=after(1.2), took=0.1)
    assert list(queue) == ["d0"]  # until it is given back
    assert list(queue.take_put_off()) == ["d0"]
    assert list(queue) == []


def test_a_domain_is_forgotten_five_minutes_behind_its_last_throttle() -> None:
    """Those that waited for it go first."""
    queue = a_queue()
    throttle(queue, took=0.001)
    throttle(queue, "another.example", at=after(200))
    queue.add(some(SLOW, range(3)))
    assert take(queue, at=after(0.5)) == []
    assert queue.recover(after(299)) == []
    assert queue.recover(after(300)) == [SLOW]
    queue.add([*some("another.example", [3]), *some(OTHER, [4])])
    assert take(queue, at=after(200)) == [0, 1, 2, 4]


def test_a_million_domains_that_throttle_fit_into_memory() -> None:
    """The thousand that throttled last are remembered."""
    queue = a_queue()
    for n in range(1_010):
        throttle(queue, f"d{n}.example")
    queue.add(some("d0.example", [0]))
    queue.add(some("d1009.example", [1]))
    assert take(queue) == [0]


# Rates that were set


async def test_domains_of_one_rate_share_it_and_others_do_not_wait(ledger) -> None:
    queue = a_queue("daum.example,hanmail.example=4/s *.slow.example=1/s", ledger)
    mails = [*some("daum.example", range(4)), *some("hanmail.example", range(4, 8))]
    queue.add([*mails, *some("a.slow.example", [8, 9]), *some(OTHER, range(10, 12))])
    assert take(queue) == [10, 11]
    assert list(queue.take_put_off()) == ["d5", "d6", "d7"]
    await queue.ask()
    assert take(queue) == [0, 8]
    await queue.ask()
    assert take(queue) == []
    assert queue.next_at(START, ()) == after(0.25)


async def test_a_domain_with_a_set_rate_may_throttle_all_the_same(ledger) -> None:
    queue = a_queue("daum.example,hanmail.example=100/s", ledger)
    queue.add(some("daum.example", [0, 1]))
    take(queue)
    throttle(queue, "hanmail.example", took=0.01)
    await queue.ask()
    assert take(queue) == []
    assert list(queue.take_put_off()) == ["d1"]
    assert queue.recover(after(1_000)) == ["daum.example,hanmail.example"]
    await queue.ask()
    assert take(queue) == [0]


async def test_a_domain_may_throttle_while_the_ledger_is_asked(ledger) -> None:
    queue = a_queue("a.example=1/s b.example=1/s", ledger)
    queue.add([*some("a.example", [0]), *some("b.example", [1]), *some(SLOW, [2])])
    assert take(queue, 3) == [2]
    asking = asyncio.create_task(queue.ask())
    await asyncio.sleep(0)
    throttle(queue)
    await asking
    assert take(queue) == [0, 1]


# Whatever happens


domains = st.sampled_from([OTHER, SLOW, "a.example", "b.example"])
steps = st.one_of(
    st.tuples(st.just("add"), domains),
    st.tuples(st.just("throttle"), domains),
    st.tuples(st.just("accept"), domains),
    st.tuples(st.just("take"), st.integers(0, 20)),
    st.tuples(st.just("wait"), st.floats(0, 400)),
)


@given(st.lists(steps, max_size=60))
@example(
    [
        ("add", OTHER),
        ("throttle", OTHER),
        ("take", 1),
        ("throttle", OTHER),
        ("wait", 3.0),
        ("take", 0),
    ]
)
def test_each_goes_once_or_is_given_back_and_none_to_a_domain_that_rests(
    story: list[tuple[str, object]],
) -> None:
    queue, now, added, gone = a_queue(), START, 0, []
    resting: dict[str, datetime] = {}
    for what, argument in story:
        match what, argument:
            case "add", str(domain):
                queue.add(some(domain, range(added, added + 5)))
                added += 5
            case "throttle", str(domain):
                throttle(queue, domain, at=now, took=0)
                resting[domain] = now + timedelta(seconds=1)
            case "accept", str(domain):
                queue.accept(attempt(some(domain, [0])[0], now))
            case "wait", float(seconds):
                now += timedelta(seconds=seconds)
                queue.recover(now)
            case "take", int(room):
                batch = queue.take(room, now=now, in_flight=())
                assert len(batch) <= room
                for each in batch:
                    domain = each.address.partition("@")[2]
                    assert now >= resting.get(domain, now)
                gone += [each.delivery for each in batch]
        put_off = queue.take_put_off()
        assert all(moment > now for moment in put_off.values())
        gone += put_off
    gone += queue
    assert sorted(gone) == sorted(f"d{n}" for n in range(added))
