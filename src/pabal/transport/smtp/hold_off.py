"""How long a server that has turned a further connection away is not asked for one."""

SHORTEST = 2.0  # seconds
LONGEST = 60.0


class HoldOff:
    """Waits a little, and twice as long each time the server says no again."""

    def __init__(self) -> None:
        self._until = 0.0
        self._next = SHORTEST

    def is_over(self, now: float) -> bool:
        return now >= self._until

    def turned_away(self, now: float) -> None:
        """A further connection was refused; those asked for at the same time count once."""
        if self.is_over(now):
            self._until = now + self._next
            self._next = min(2 * self._next, LONGEST)

    def let_in(self) -> None:
        """A further connection was granted: the limit is not what it was."""
        self._next = SHORTEST
