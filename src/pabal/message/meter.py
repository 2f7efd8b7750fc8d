"""What a template may use up for one recipient: memory first, then time.

Memory is counted, not measured: everything that a template can make or repeat spends an
estimate in bytes before or as it is made. The count is the same on every machine, so
what passed preflight passes when it is sent. The clock (of this thread's own work, not
of the wall) is only there for what the count underrates.
"""

from collections.abc import Callable
from time import thread_time

from pabal.message.source import Limits

_ALLOWANCE = 16  # times the output of one field
_PRINTED = 3  # times the output of one field, for all fields together
_OVERHEAD = 64  # bytes that even the smallest step costs
_GLANCE = 64  # steps between two looks at the clock


class LimitReached(Exception):
    """A template has used up what it may; the text says what."""


class Meter:
    """Counts for one rendering at a time."""

    __slots__ = ("_clock", "_left", "_printable", "_seconds", "_steps", "_until", "longest")

    def __init__(self, limits: Limits, clock: Callable[[], float] = thread_time) -> None:
        self.longest = limits.output_bytes
        self._seconds = limits.seconds
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Begin with the next recipient."""
        self._left = _ALLOWANCE * self.longest
        self._printable = _PRINTED * self.longest
        self._steps = 0
        self._until = 0.0

    def spend(self, size: int) -> None:
        """Count one step that makes something of this many bytes. Raises LimitReached."""
        if size > self.longest:
            raise LimitReached(f"a value longer than {self.longest} bytes")
        self._left -= size + _OVERHEAD
        if self._left < 0:
            raise LimitReached("too many steps, or too much text along the way")
        self._steps += 1
        if self._steps % _GLANCE == 0:
            self._look_at_clock()

    def print(self, size: int) -> None:
        """Count text that goes into a mail; escaping may still lengthen it. Raises LimitReached."""
        self.spend(size)
        self._printable -= size
        if self._printable < 0:
            raise LimitReached(f"more than {self.longest} bytes")

    def _look_at_clock(self) -> None:
        now = self._clock()
        if not self._until:
            self._until = now + self._seconds
        elif now > self._until:
            raise LimitReached(f"more than {self._seconds:g} seconds")
