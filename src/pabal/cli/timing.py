"""When an operator wants a campaign sent."""

from collections.abc import Mapping
from datetime import datetime

from pabal.cli.errors import NoTime, TimeHasPassed
from pabal.domain.local_time import in_zone


def find_times(
    at: datetime | None, local_to: str, zone: str, *, now: datetime
) -> Mapping[str, object]:
    """Return the fields of a campaign that say when.

    at: what a clock shows, without a zone. local_to: the attribute that names everybody's zone;
    "" where the clock of `zone` counts for all.
    Raises NoTime: a zone without a time. TimeHasPassed: already, for somebody.
    """
    from pabal.console.campaigns.scheduling import at_local_time, at_moment

    if at is None:
        if local_to:
            raise NoTime
        return at_moment(None)
    times = at_local_time(at, local_to) if local_to else at_moment(in_zone(at, zone))
    first = times["scheduled_at"]
    if isinstance(first, datetime) and first <= now:
        raise TimeHasPassed(time=f"{at:%Y-%m-%d %H:%M}")
    return times
