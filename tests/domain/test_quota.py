"""No 24 hours ever hold more than the limit."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.quota import BUCKET, WINDOW, Quota, bucket_of, oldest_counted, split_over_days

moments = st.integers(0, 4 * 10**15).map(
    lambda micros: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
)
within_a_day = st.timedeltas(timedelta(0), WINDOW - timedelta(microseconds=1))


@given(moments, within_a_day)
def test_whatever_is_younger_than_a_day_counts(now: datetime, age: timedelta) -> None:
    assert bucket_of(now - age) >= oldest_counted(now)


@given(moments, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_whatever_is_a_day_and_a_bucket_old_is_free(now: datetime, more: timedelta) -> None:
    assert bucket_of(now - WINDOW - BUCKET - more) < oldest_counted(now)


@given(st.integers(0, 10_000), st.integers(0, 20_000))
def test_what_remains_is_never_negative(limit: int, used: int) -> None:
    quota = Quota(limit=limit, used=used)
    assert 0 <= quota.remaining <= limit
    assert quota.remaining == 0 or quota.remaining + used == limit


@given(st.integers(1, 5_000), st.integers(1, 1_000), st.integers(0, 2_000))
def test_a_mailing_is_split_without_loss_and_within_the_limit(
    recipients: int, limit: int, used: int
) -> None:
    quota = Quota(limit=limit, used=used)
    days = split_over_days(recipients, quota)
    assert sum(days) == recipients
    assert days[0] <= quota.remaining
    assert all(0 < day <= limit for day in days[1:])
    assert all(day == limit for day in days[1:-1])


def test_examples_of_splitting() -> None:
    assert split_over_days(200, Quota(limit=500, used=0)) == (200,)
    assert split_over_days(600, Quota(limit=500, used=400)) == (100, 500)
    assert split_over_days(600, Quota(limit=500, used=500)) == (0, 500, 100)
    assert split_over_days(1, Quota(limit=0, used=0)) == ()
    assert split_over_days(0, Quota(limit=500, used=0)) == (0,)
