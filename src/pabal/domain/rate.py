"""How fast mails may leave: a token bucket as arithmetic on instants (GCRA)."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most `per_second` messages/s over time, and `burst` messages at once."""

    per_second: float
    burst: int = 1

    def __post_init__(self) -> None:
        if self.per_second <= 0 or self.burst < 1:
            raise ValueError("a rate is above 0 messages/s with a burst of at least 1")

    @property
    def gap(self) -> timedelta:
        return timedelta(seconds=1 / self.per_second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """When a group of messages may go, and what to remember for the next group.

    at: the group's first moment.
    paid_until: pass it to the next `next_turn`.
    """

    at: datetime
    paid_until: datetime


def next_turn(rate: Rate, paid_until: datetime | None, *, count: int, now: datetime) -> Turn:
    """Give `count` messages their turn.

    paid_until: what the turn before returned; None for the first.
    """
    due = now if paid_until is None else max(paid_until, now)
    at = max(now, due - rate.gap * max(0, rate.burst - count))
    return Turn(at=at, paid_until=due + rate.gap * count)
