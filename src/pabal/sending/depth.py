"""How many attempts are begun ahead of the wire."""

from collections import deque
from datetime import datetime, timedelta

_AHEAD = timedelta(milliseconds=25)


class Depth:
    """As many as lately ended in 25 ms.

    Where the server is fast that is many, and the mails share what a commit costs. Where it
    is slow it is few, so a kill leaves few doubts, and nobody waits for the wire for long
    after the last look at what they want.

    least: what keeps all connections busy. most: what a kill may leave in doubt.
    """

    def __init__(self, least: int, most: int) -> None:
        self._least = least
        self.most = most
        self._ended: deque[datetime] = deque(maxlen=most)

    @property
    def size(self) -> int:
        return max(self._least, len(self._ended))

    def end(self, at: datetime) -> None:
        """An attempt has ended, in whatever way."""
        self._ended.append(at)
        while at - self._ended[0] > _AHEAD:
            self._ended.popleft()
