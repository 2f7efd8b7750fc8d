"""A time by everybody's own clock is one moment for each, also where a clock jumps."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pabal.domain.local_time import LocalTime, first_anywhere, in_zone

NINE = datetime.fromisoformat("2026-12-01T09:00")
BY_ZONE = LocalTime(wall=NINE, attribute="zone", fallback="Asia/Seoul")


def test_everybody_gets_it_at_nine_by_their_own_clock() -> None:
    assert BY_ZONE.moment({"zone": "Europe/Berlin"}) == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert BY_ZONE.moment({"zone": " America/New_York "}) == datetime(2026, 12, 1, 14, tzinfo=UTC)


@pytest.mark.parametrize("name", ["", "KR", "../../etc/passwd", "/etc/localtime", "America", "\0"])
def test_whoever_has_no_zone_that_is_one_goes_by_the_organisations(name: str) -> None:
    assert BY_ZONE.moment({"zone": name}) == datetime(2026, 12, 1, 0, tzinfo=UTC)
    assert BY_ZONE.moment({}) == datetime(2026, 12, 1, 0, tzinfo=UTC)


def test_a_time_that_the_clock_jumps_over_is_as_long_before_the_jump() -> None:
    """RFC 5545 3.3.5: 02:30 is read by the offset before the gap, so the clock shows 03:30."""
    moment = in_zone(datetime.fromisoformat("2026-03-29T02:30"), "Europe/Berlin")

    assert moment == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert moment.astimezone(ZoneInfo("Europe/Berlin")).hour == 3


def test_of_a_time_that_the_clock_shows_twice_the_first_counts() -> None:
    """RFC 5545 3.3.5: nobody gets it an hour late, and nobody gets it twice."""
    moment = in_zone(datetime.fromisoformat("2026-10-25T02:30"), "Europe/Berlin")

    assert moment == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(
    wall=st.datetimes(
        datetime.fromisoformat("2020-01-01T00:00"), datetime.fromisoformat("2040-01-01T00:00")
    ),
    zone=st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"})),
)
def test_no_clock_shows_a_time_before_the_first_one_does(wall: datetime, zone: str) -> None:
    moment = in_zone(wall, zone)

    assert first_anywhere(wall) <= moment <= first_anywhere(wall) + timedelta(hours=27)
    shown = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert abs(shown - wall) <= timedelta(days=1), "a jump is at most a day: Samoa, 2011"
