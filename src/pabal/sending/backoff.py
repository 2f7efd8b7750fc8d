"""How fast mails may go to a recipient domain that has asked for fewer."""

from datetime import datetime, timedelta

from pabal.domain.rate import Rate, Turn, next_turn

FIRST_REST = timedelta(seconds=1)
LONGEST_REST = timedelta(minutes=1)
WELL_AFTER = timedelta(minutes=5)
SLOWEST = 0.5  # mails/s
_GROWTH = 0.02  # mails/s, for each accepted mail: twice as fast in 35 s at any speed
_BURST = 0.1  # seconds' worth of mails that may go at once, since nobody wakes on the dot


class Backoff:
    """Halves the rate when the domain throttles, and raises it slowly, as TCP does (RFC 5681 3.1).

    It rests as well, and then one mail goes alone; the others go when that is accepted. If
    it is refused too, the rest is twice as long, and the rate stays, since it was not tried.

    It is a rate and not, as in Window, a number of attempts at once: of mails that a server
    passes on, the domain sees only how many come.

    rate: mails/s that went to the domain when it first throttled.
    """

    def __init__(self, *, rate: float, now: datetime) -> None:
        self._per_second = max(rate / 2, SLOWEST)
        self._pause(FIRST_REST, now)

    @property
    def per_second(self) -> float:
        return self._per_second

    @property
    def rest(self) -> timedelta:
        """How long the last rest is or was."""
        return self._rest

    @property
    def trying_since(self) -> datetime | None:
        """Since when one mail at a time goes; None where the domain accepts again."""
        return self._slowed_at if self._is_trying else None

    def throttle(self, *, begun_at: datetime, rate: float, now: datetime) -> bool:
        """Slow down further; return False where the reply belongs to the last throttle.

        begun_at: of the attempt that was refused. rate: mails/s at present.
        """
        if begun_at < self._slowed_at:
            return False
        if not self._is_trying:
            self._per_second = max(min(self._per_second, rate) / 2, SLOWEST)
        self._pause(min(2 * self._rest, LONGEST_REST), now)
        return True

    def accept(self, *, begun_at: datetime) -> None:
        """Speed up for an accepted mail, unless it went before the domain throttled."""
        if begun_at < self._slowed_at:
            return
        self._is_trying = False
        self._per_second += _GROWTH
        self._rest = max(self._rest / 2, FIRST_REST)

    def opens_at(self, now: datetime) -> datetime:
        """Return when the next mail may go; `now` where it may already."""
        return max(self._rest_until, self._turn(now).at)

    def go(self, now: datetime) -> None:
        """A mail goes."""
        self._paid_until = self._turn(now).paid_until

    def is_well(self, now: datetime) -> bool:
        """Whether the last throttle is so long ago that the domain is like any other."""
        return now - self._slowed_at >= WELL_AFTER

    def _pause(self, rest: timedelta, now: datetime) -> None:
        self._rest = rest
        self._is_trying = True
        self._slowed_at = now
        self._rest_until = self._paid_until = now + rest

    def _turn(self, now: datetime) -> Turn:
        burst = 1 + int(self._per_second * _BURST)
        rate = Rate(per_second=self._per_second, burst=burst)
        return next_turn(rate, self._paid_until, count=1, now=now)
