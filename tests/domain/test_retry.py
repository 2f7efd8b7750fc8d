"""When a failed attempt is tried again: three times, within five minutes, or not at all."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.delivery import Happening
from pabal.domain.outcome import Outcome, Scope, Verdict
from pabal.domain.retry import RetryPolicy

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLICY = RetryPolicy()
dice = st.floats(0, 1, exclude_max=True)


def middle() -> float:
    return 0.5


def an_outcome(verdict: Verdict, scope: Scope = Scope.MESSAGE) -> Outcome:
    return Outcome(verdict=verdict, scope=scope)


@pytest.mark.parametrize(
    ("verdict", "happening"),
    [
        (Verdict.ACCEPTED, Happening.ACCEPTED),
        (Verdict.PERMANENT, Happening.REFUSED),
        (Verdict.UNKNOWN, Happening.LOST_SIGHT),
    ],
)
def test_only_a_transient_failure_is_tried_again(verdict: Verdict, happening: Happening) -> None:
    decision = POLICY.decide(an_outcome(verdict), failures=0, now=NOON, random=middle)
    assert (decision.happening, decision.not_before) == (happening, None)


@pytest.mark.parametrize(("failures", "seconds"), [(0, 15), (1, 45), (2, 120)])
def test_the_waits_are_15_45_and_120_seconds(failures: int, seconds: int) -> None:
    decision = POLICY.decide(
        an_outcome(Verdict.TRANSIENT), failures=failures, now=NOON, random=middle
    )
    assert decision.happening is Happening.DEFERRED
    assert decision.not_before == NOON + timedelta(seconds=seconds)


@given(st.integers(3, 10_000))
def test_the_fourth_failure_is_the_last(failures: int) -> None:
    decision = POLICY.decide(
        an_outcome(Verdict.TRANSIENT), failures=failures, now=NOON, random=middle
    )
    assert (decision.happening, decision.not_before) == (Happening.GAVE_UP, None)


@given(st.integers(0, 2), dice)
def test_no_wait_is_more_than_a_fifth_off(failures: int, roll: float) -> None:
    """So that a thousand failures of one moment do not come back in one moment."""
    wait = POLICY.wait(failures, lambda: roll)
    middle_wait = POLICY.waits[failures]
    assert middle_wait * 0.8 <= wait <= middle_wait * 1.2


@given(dice, dice, dice)
def test_all_retries_fit_into_five_minutes(first: float, second: float, third: float) -> None:
    rolls = (first, second, third)
    total = sum((POLICY.wait(n, lambda n=n: rolls[n]) for n in range(3)), timedelta())
    assert total < timedelta(minutes=5)


@pytest.mark.parametrize("verdict", [Verdict.TRANSIENT, Verdict.PERMANENT])
@pytest.mark.parametrize("failures", [0, 3, 99])
def test_a_failure_of_the_account_uses_up_no_ones_retries(verdict: Verdict, failures: int) -> None:
    """The server refuses us, not this recipient: the delivery is held."""
    decision = POLICY.decide(
        an_outcome(verdict, Scope.ACCOUNT), failures=failures, now=NOON, random=middle
    )
    assert (decision.happening, decision.not_before) == (Happening.HELD, None)


def test_a_doubt_stays_a_doubt_whomever_it_concerns() -> None:
    outcome = an_outcome(Verdict.UNKNOWN, Scope.ACCOUNT)
    decision = POLICY.decide(outcome, failures=0, now=NOON, random=middle)
    assert decision.happening is Happening.LOST_SIGHT


def test_a_policy_may_have_other_waits_or_none() -> None:
    never = RetryPolicy(waits=())
    decision = never.decide(an_outcome(Verdict.TRANSIENT), failures=0, now=NOON, random=middle)
    assert decision.happening is Happening.GAVE_UP
