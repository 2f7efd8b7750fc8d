"""Instants as the tables keep them: whole microseconds since the epoch, UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST_LEASE = timedelta(minutes=10)  # as the settings allow


def to_micros(moment: datetime) -> int:
    """Raises TypeError: the moment has no time zone."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def beyond(now: datetime) -> int:
    """Return the moment behind which nothing lies that was written by the clock of `now`.

    A lease that holds for longer was written by a clock that has been set back since, or
    by another machine's that is ahead.
    """
    return to_micros(now + 2 * _LONGEST_LEASE)
