"""Mails leave at most as fast as the rate says, whoever asks when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.rate import Rate, next_turn

START = datetime(2026, 11, 25, tzinfo=UTC)

rates = st.builds(
    lambda per_second, burst: Rate(per_second=per_second, burst=burst),
    st.floats(0.1, 1_000),
    st.integers(1, 50),
)
requests = st.lists(
    st.tuples(st.timedeltas(timedelta(0), timedelta(seconds=10)), st.integers(1, 20)),
    min_size=1,
    max_size=40,
)


def take_turns(rate: Rate, requests: list[tuple[timedelta, int]]) -> list[tuple[datetime, int]]:
    now, paid_until, turns = START, None, []
    for pause, count in requests:
        now += pause
        turn = next_turn(rate, paid_until, count=count, now=now)
        paid_until = turn.paid_until
        assert turn.at >= now
        turns.append((turn.at, count))
    return turns


@given(rates, requests)
def test_any_stretch_of_time_holds_no_more_than_burst_and_rate(
    rate: Rate, requests: list[tuple[timedelta, int]]
) -> None:
    """A group larger than the burst goes at once when its turn comes, and pays behind it."""
    turns = take_turns(rate, requests)
    for first in range(len(turns)):
        sent = 0
        for at, count in turns[first:]:
            sent += count
            seconds = (at - turns[first][0]).total_seconds()
            largest = max(rate.burst, turns[first][1], count) + count
            slack = 1e-5 * rate.per_second * len(turns) + 1e-6
            assert sent <= seconds * rate.per_second + largest + slack


@given(rates, requests)
def test_turns_come_in_the_order_of_asking_for_single_mails(
    rate: Rate, requests: list[tuple[timedelta, int]]
) -> None:
    turns = [at for at, _ in take_turns(rate, [(pause, 1) for pause, _ in requests])]
    assert turns == sorted(turns)


@given(rates, st.timedeltas(timedelta(hours=1), timedelta(days=1)))
def test_who_was_idle_may_send_a_burst_at_once(rate: Rate, idle: timedelta) -> None:
    turns = take_turns(rate, [(timedelta(0), 1), (idle, rate.burst)])
    assert turns[-1][0] == START + idle


def test_one_by_one_without_a_burst() -> None:
    turns = take_turns(Rate(per_second=10), [(timedelta(0), 1)] * 4)
    assert [(at - START).total_seconds() for at, _ in turns] == [0, 0.1, 0.2, 0.3]


def test_a_burst_goes_first_and_the_rest_at_the_rate() -> None:
    turns = take_turns(Rate(per_second=10, burst=3), [(timedelta(0), 1)] * 5)
    assert [(at - START).total_seconds() for at, _ in turns] == [0, 0, 0, 0.1, 0.2]


@pytest.mark.parametrize(("per_second", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_rate_that_never_sends_is_refused(per_second: float, burst: int) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Rate(per_second=per_second, burst=burst)
