"""A time by everybody's own clock, and what follows where a clock jumps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

FIRST_CLOCK = timezone(timedelta(hours=14))  # Pacific/Kiritimati; no clock is further ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTime:
    """When the clock where a recipient is shows a time.

    wall: what the clock shows, without a zone. attribute: of recipients, that names their zone
    as the tz database does. fallback: the zone of whoever has none.
    """

    wall: datetime
    attribute: str
    fallback: str

    def moment(self, attributes: Mapping[str, str]) -> datetime:
        """Return when it is time for somebody with these attributes, UTC."""
        return in_zone(self.wall, self.zone_of(attributes) or self.fallback)

    def zone_of(self, attributes: Mapping[str, str]) -> str:
        """Return somebody's zone; "" where nobody knows it."""
        name = attributes.get(self.attribute, "").strip()
        return name if name in _zones() else ""


def in_zone(wall: datetime, zone: str) -> datetime:
    """Return the moment at which the clock in a zone shows a time, UTC.

    A time that a clock jumps over counts as long before the jump as it would have without one,
    of one that it shows twice the first counts (RFC 5545 3.3.5).
    """
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def first_anywhere(wall: datetime) -> datetime:
    """Return when a time is first shown by any clock on Earth, UTC."""
    return wall.replace(tzinfo=FIRST_CLOCK).astimezone(UTC)


@cache
def _zones() -> frozenset[str]:
    """The zones that this computer knows: whatever else stands in an attribute is none."""
    return frozenset(available_timezones())
