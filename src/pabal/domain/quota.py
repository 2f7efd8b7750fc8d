"""The rolling 24-hour quota: arithmetic only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)
BUCKET = timedelta(minutes=1)  # reservations are counted a minute at a time


def bucket_of(moment: datetime) -> int:
    """Return the number of the minute since the epoch in which a reservation is counted."""
    return int(moment.timestamp() // BUCKET.total_seconds())


def oldest_counted(now: datetime) -> int:
    """Return the oldest bucket that still counts against the quota at `now`.

    A bucket counts until all of it is older than 24 hours, so that at no moment more
    than the limit lies inside any window.
    """
    return bucket_of(now - WINDOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What the last 24 hours have left.

    limit: messages in any 24 hours.
    used: messages reserved in the last 24 hours.
    """

    limit: int
    used: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


def split_over_days(recipients: int, quota: Quota) -> tuple[int, ...]:
    """Return how many recipients to mail today, tomorrow and so on; () if it never fits."""
    if quota.limit <= 0:
        return ()
    days = [min(recipients, quota.remaining)]
    while sum(days) < recipients:
        days.append(min(recipients - sum(days), quota.limit))
    return tuple(days)
