"""Instants as the tables keep them: whole microseconds since the epoch, UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Twice the longest lease that the settings allow. What somebody waits for that lies further
# ahead was written by a clock that has been set back since, or by a machine's that is ahead.
LONGEST_WAIT = timedelta(minutes=20)


def to_micros(moment: datetime) -> int:
    """Raises TypeError: the moment has no time zone."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def beyond(now: datetime) -> int:
    """Return the moment behind which nothing is believed."""
    return to_micros(now + LONGEST_WAIT)
