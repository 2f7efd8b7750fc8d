"""How old consents are, to the day: K11 has them confirmed every two years."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.consent import Ground, confirmation_due
from pabal.domain.grounds import Age, GroundCount, age_of

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("consented_at", "age"),
    [
        ("2026-11-25T12:00+09:00", Age.UNDER_ONE_YEAR),
        ("2025-11-25T12:01+09:00", Age.UNDER_ONE_YEAR),
        ("2025-11-25T11:59+09:00", Age.UNDER_TWO_YEARS),
        ("2024-11-26T00:00+09:00", Age.UNDER_TWO_YEARS),
        ("2024-11-25T23:59+09:00", Age.TWO_YEARS),
        ("2015-01-01T00:00+09:00", Age.TWO_YEARS),
    ],
)
def test_consents_are_counted_by_age(consented_at: str, age: Age) -> None:
    assert age_of(datetime.fromisoformat(consented_at), NOW) is age


@given(st.integers(0, 4_000), st.integers(0, 86_399))
def test_two_years_are_two_years_where_a_confirmation_is_due(days: int, seconds: int) -> None:
    """The count says what the notices do (정보통신망법 50(8))."""
    consented_at = NOW - timedelta(days=days, seconds=seconds)
    is_due = confirmation_due(consented_at, NOW) is not None
    assert (age_of(consented_at, NOW) is Age.TWO_YEARS) == is_due


@given(st.lists(st.tuples(st.sampled_from(Ground), st.integers(0, 2_000))))
def test_everybody_with_a_ground_is_counted_once(people: list[tuple[Ground, int]]) -> None:
    count = GroundCount(NOW)
    for ground, days in people:
        count.add(ground, NOW - timedelta(days=days))
    found = count.total()
    grounds = [ground for ground, _ in people]
    assert sum(found.consents.values()) == grounds.count(Ground.CONSENT)
    assert found.transactions == grounds.count(Ground.TRANSACTION)
