"""A clock that a correction of the machine's clock cannot move.

Retries, leases and the quota are about elapsed time. The wall clock is read once; from
then on the time that has passed is added, so that an hour's jump, forwards or back,
neither lapses leases nor postpones retries.
"""

from collections.abc import Callable
from datetime import datetime, timedelta


class SteadyClock:
    """Tells the time in UTC.

    wall: the wall clock, read once.
    monotonic: seconds that never jump.
    """

    def __init__(self, wall: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._started_at = wall()
        self._started = monotonic()

    def __call__(self) -> datetime:
        return self._started_at + timedelta(seconds=self._monotonic() - self._started)

    def drift(self) -> timedelta:
        """How far the wall clock has moved away; above 0 where it is ahead."""
        return self._wall() - self()
