"""How many attempts at once the server seems to stand."""

_GROWTH = 0.02  # of an attempt, for each accepted mail


class Window:
    """Halves when the server throttles us, and grows again slowly, as TCP does (RFC 5681 3.1).

    most: attempts at once while nobody throttles.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = float(most)

    @property
    def size(self) -> int:
        return int(self._size)

    def grow(self) -> None:
        """A mail was accepted."""
        self._size = min(self._most, self._size + _GROWTH)

    def shrink(self, used: int) -> None:
        """The server throttles; to be told once of refusals that belong together.

        used: how many went at once. What was free did not trouble the server (RFC 5681 3.1).
        """
        self._size = max(1.0, min(self._size, used) / 2)
