"""Names for a label's values that anybody can invent, such as the domains of recipients.

Every value of a label is a series that is kept for ever. So only a few get a name of their
own, and the rest are counted together.
"""

OTHER = "other"

_ROOM = 30
_FIRST_STEP = 10  # times that a value must occur to be named while there is much room
_CANDIDATES = 1_000


class Names:
    """Names the values that occur most. One thread asks.

    A name is given for good, and from then on: what came before stays with the others, so
    that no count ever falls. The less room is left, the more often a value must occur: 10
    times for the first third of the names, 100 for the second, 1,000 for the last. So a
    list that begins with many small domains leaves names for the large ones.
    """

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._named: set[str] = set()
        self._candidates: dict[str, int] = {}

    def of(self, value: str) -> str:
        """Return the value itself where it has a name, else OTHER."""
        if value in self._named:
            return value
        if len(self._named) < self._room:
            return self._consider(value)
        return OTHER

    def _consider(self, value: str) -> str:
        seen = self._candidates.pop(value, 0) + 1
        if seen >= _FIRST_STEP * 10 ** (3 * len(self._named) // self._room):
            self._named.add(value)
            return value
        self._candidates[value] = seen
        if len(self._candidates) > _CANDIDATES:
            self._forget_the_rare()
        return OTHER

    def _forget_the_rare(self) -> None:
        """Take one from each (Misra and Gries, 1982): what is frequent survives this.

        Each time costs as many steps as there were additions since the last, so that an
        addition costs the same however many values there are.
        """
        self._candidates = {v: seen - 1 for v, seen in self._candidates.items() if seen > 1}
