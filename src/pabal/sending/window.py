"""How many attempts at once the server seems to stand."""

from pabal.domain.outcome import Outcome, Verdict

_GROWTH = 0.02  # of an attempt, for each accepted mail


class Window:
    """Halves when the server throttles us, and grows again slowly, as TCP does (RFC 5681 3.1).

    Greylisting does not count: it asks one recipient to wait, however slowly the others go.

    most: attempts at once while nobody complains.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = float(most)

    @property
    def size(self) -> int:
        return int(self._size)

    def heed(self, outcome: Outcome) -> None:
        """Learn from an outcome. Of refusals that belong together only the first is given."""
        if outcome.verdict is Verdict.ACCEPTED:
            self._size = min(self._most, self._size + _GROWTH)
        elif _is_throttled(outcome):
            self._size = max(1.0, self._size / 2)


def _is_throttled(outcome: Outcome) -> bool:
    # SES: troubleshoot-smtp, “454 Throttling failure: Maximum sending rate exceeded”.
    # Microsoft 365: 432, more than three connections at once.
    if outcome.verdict is not Verdict.TRANSIENT or outcome.reply is None:
        return False
    return outcome.fewer_connections or outcome.reply.code == 454
