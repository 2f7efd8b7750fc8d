"""A domain that throttles gets what it bears: hardly more, and not much less."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.domain.rate import Rate, next_turn
from pabal.sending.backoff import FIRST_REST, LONGEST_REST, SLOWEST, WELL_AFTER, Backoff

START = datetime(2026, 11, 24, 9, tzinfo=UTC)
STEP = timedelta(milliseconds=20)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def a_backoff(rate: float = 100.0) -> Backoff:
    """A domain that has just throttled for the first time."""
    return Backoff(rate=rate, now=START)


def refuse(backoff: Backoff, seconds: float, *, rate: float = 1_000.0) -> bool:
    """Refuse a mail that has just gone."""
    return backoff.throttle(begun_at=after(seconds), rate=rate, now=after(seconds))


def test_the_first_throttle_halves_the_rate_and_rests_a_second() -> None:
    backoff = a_backoff(rate=100)
    assert backoff.per_second == 50
    assert backoff.rest == FIRST_REST == timedelta(seconds=1)
    assert backoff.opens_at(START) == after(1)


def test_as_long_as_nothing_is_accepted_the_rest_doubles_up_to_a_minute() -> None:
    """The rate stays: what it would bear is not known."""
    backoff = a_backoff(rate=100)
    rests, seconds = [], 0.0
    for _ in range(8):
        seconds += backoff.rest.total_seconds()
        assert refuse(backoff, seconds)
        rests.append(backoff.rest.total_seconds())
        assert backoff.opens_at(after(seconds)) == after(seconds) + backoff.rest
    assert rests == [2, 4, 8, 16, 32, 60, 60, 60]
    assert backoff.per_second == 50


def test_a_throttle_when_it_had_accepted_halves_the_rate_again() -> None:
    backoff = a_backoff(rate=100)
    rates = []
    for seconds in range(1, 9):
        backoff.accept(begun_at=after(seconds))
        refuse(backoff, seconds)
        rates.append(backoff.per_second)
    assert rates[:3] == pytest.approx([25, 12.5, 6.25], rel=0.01)
    assert rates[-1] == SLOWEST


def test_it_is_halved_from_what_went_and_not_from_what_might_have_gone() -> None:
    backoff = a_backoff(rate=1_000)
    backoff.accept(begun_at=after(1))
    refuse(backoff, 2, rate=10)
    assert backoff.per_second == 5


def test_refusals_of_mails_that_went_before_are_part_of_the_first() -> None:
    backoff = a_backoff(rate=100)
    assert not backoff.throttle(begun_at=after(-0.1), rate=100, now=after(5))
    assert (backoff.per_second, backoff.rest) == (50, FIRST_REST)


def test_behind_a_rest_one_goes_alone_until_it_is_accepted() -> None:
    backoff = a_backoff()
    assert backoff.trying_since == START
    backoff.accept(begun_at=after(-0.1))  # says nothing of the time behind the throttle
    assert backoff.trying_since == START
    backoff.accept(begun_at=after(1))
    assert backoff.trying_since is None


def test_accepted_mails_shorten_the_next_rest_again() -> None:
    backoff = a_backoff()
    for seconds in (1, 3, 7):
        refuse(backoff, seconds)
    assert backoff.rest == timedelta(seconds=8)
    backoff.accept(begun_at=after(15))
    refuse(backoff, 16)
    assert backoff.rest == timedelta(seconds=8)
    for _ in range(10):
        backoff.accept(begun_at=after(24))
    refuse(backoff, 25)
    assert backoff.rest == 2 * FIRST_REST


@pytest.mark.parametrize("rate", [4.0, 40.0, 400.0])
def test_it_speeds_up_slowly_at_any_speed(rate: float) -> None:
    """Twice as fast in about 35 s."""
    backoff = a_backoff(rate=rate)
    began = backoff.per_second
    now = after(1)
    while now < after(36):
        while backoff.opens_at(now) <= now:
            backoff.go(now)
            backoff.accept(begun_at=now)
        now += STEP
    assert 1.8 * began < backoff.per_second < 2.2 * began


def test_it_is_well_five_minutes_behind_the_last_throttle() -> None:
    backoff = a_backoff()
    refuse(backoff, 60)
    assert not backoff.is_well(after(60) + WELL_AFTER - STEP)
    assert backoff.is_well(after(60) + WELL_AFTER)


@given(
    rate=st.floats(0.001, 1e9),
    said=st.lists(st.tuples(st.booleans(), st.floats(0, 100), st.floats(0.001, 1e9))),
)
def test_whatever_is_said_it_stays_within_its_bounds(
    rate: float, said: list[tuple[bool, float, float]]
) -> None:
    backoff, now = a_backoff(rate=rate), START
    for accepted, seconds, going in said:
        now += timedelta(seconds=seconds)
        opens = backoff.opens_at(now)
        assert now <= opens <= now + LONGEST_REST
        assert backoff.per_second >= SLOWEST
        assert FIRST_REST <= backoff.rest <= LONGEST_REST
        backoff.go(opens)
        if accepted:
            backoff.accept(begun_at=opens)
        else:
            before, alone = backoff.per_second, backoff.trying_since is not None
            backoff.throttle(begun_at=opens, rate=going, now=opens)
            halved = max(min(going, before) / 2, SLOWEST)
            assert backoff.per_second == (before if alone else halved)
        now = opens


# A domain that bears so many mails a second, and a sender that has more


@dataclass
class Provider:
    """Takes mails at a rate and refuses the others; nobody at all for its first seconds."""

    rate: Rate
    shut: float = 0.0
    accepted: int = 0
    refused: int = 0
    paid_until: datetime = START

    def takes(self, now: datetime) -> bool:
        turn = next_turn(self.rate, self.paid_until, count=1, now=now)
        if turn.at > now or now < after(self.shut):
            self.refused += 1
            return False
        self.paid_until = turn.paid_until
        self.accepted += 1
        return True


@dataclass
class Sender:
    """Has mails without end, and as many under way as the backoff lets go."""

    provider: Provider
    latency: timedelta
    backoff: Backoff
    under_way: list[tuple[datetime, bool]] = field(default_factory=list)

    def send_until(self, end: datetime) -> None:
        now = START
        while now < end:
            self._hear(now)
            while self._may_go(now):
                self.backoff.go(now)
                self.under_way.append((now, self.provider.takes(now)))
            now += STEP

    def _hear(self, now: datetime) -> None:
        answered = [each for each in self.under_way if each[0] + self.latency <= now]
        self.under_way = [each for each in self.under_way if each not in answered]
        for begun_at, accepted in answered:
            if accepted:
                self.backoff.accept(begun_at=begun_at)
            else:
                rate = (1 + len(self.under_way)) / self.latency.total_seconds()
                self.backoff.throttle(begun_at=begun_at, rate=rate, now=now)

    def _may_go(self, now: datetime) -> bool:
        since = self.backoff.trying_since
        alone = since is None or not any(begun >= since for begun, _ in self.under_way)
        return alone and self.backoff.opens_at(now) <= now


@settings(max_examples=10, deadline=None)
@given(
    bears=st.floats(1, 60),
    burst=st.floats(0.1, 2),
    latency=st.sampled_from([0.05, 0.1, 0.5]),
    began=st.floats(1, 20),
)
def test_a_domain_gets_about_what_it_bears_and_refuses_little(
    bears: float, burst: float, latency: float, began: float
) -> None:
    """In five minutes; whatever its rate, and by how much the mails were too many at first."""
    provider = Provider(Rate(per_second=bears, burst=1 + int(bears * burst)))
    backoff = Backoff(rate=bears * began, now=START)
    Sender(provider, timedelta(seconds=latency), backoff).send_until(after(300))
    assert provider.accepted > 0.5 * bears * 300
    assert provider.refused < 0.1 * provider.accepted + 60


@given(shut=st.floats(1, 600), rate=st.floats(1, 1_000))
@settings(max_examples=10, deadline=None)
def test_a_domain_that_takes_nobody_is_asked_seldom(shut: float, rate: float) -> None:
    """One mail behind each rest: 1, 2, 4 … 60 s; and it is back within a minute."""
    provider = Provider(Rate(per_second=1e6, burst=1_000_000), shut=shut)
    sender = Sender(provider, timedelta(seconds=0.1), a_backoff(rate=rate))
    sender.send_until(after(shut + 65))
    assert provider.refused <= 6 + shut / 60
    assert provider.accepted > 0
