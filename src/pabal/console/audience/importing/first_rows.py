"""In which row an address came first: some twenty-five bytes an address, however many.

A dictionary takes some two hundred bytes for the same, which for a million rows is more
than everything else together.
"""

import hashlib
import struct
from array import array

_PARTS = 64  # they grow one after another, so that little is held twice meanwhile
_FIRST_SIZE = 64  # slots
_DIGEST = struct.Struct(">IQ")


class FirstRows:
    """Remembers addresses by 96 bits of their hash, by open addressing in flat arrays."""

    def __init__(self) -> None:
        self._parts = [_Part() for _ in range(_PARTS)]

    def remember(self, identity: str, row: int) -> int:
        """Return the row in which the address came first; `row` itself where it is new.

        identity: Address.identity. row: from 1.
        """
        digest = hashlib.blake2b(identity.encode(), digest_size=_DIGEST.size).digest()
        high: int
        low: int
        high, low = _DIGEST.unpack(digest)
        return self._parts[high % _PARTS].remember(high, low, row)


class _Part:
    def __init__(self) -> None:
        self._clear(_FIRST_SIZE)
        self._count = 0

    def remember(self, high: int, low: int, row: int) -> int:
        slot = self._slot(high, low)
        if self._rows[slot]:
            return self._rows[slot]
        self._put(slot, high, low, row)
        self._count += 1
        if self._count * 4 > self._size * 3:
            self._grow()
        return row

    def _clear(self, size: int) -> None:
        self._size = size
        self._high = array("I", bytes(4 * size))
        self._low = array("Q", bytes(8 * size))
        self._rows = array("I", bytes(4 * size))

    def _slot(self, high: int, low: int) -> int:
        size = self._size
        slot = low % size
        while self._rows[slot] and (self._low[slot] != low or self._high[slot] != high):
            slot = slot + 1 if slot + 1 < size else 0
        return slot

    def _put(self, slot: int, high: int, low: int, row: int) -> None:
        self._high[slot], self._low[slot], self._rows[slot] = high, low, row

    def _grow(self) -> None:
        highs, lows, rows = self._high, self._low, self._rows
        self._clear(self._size * 3 // 2)
        for high, low, row in zip(highs, lows, rows, strict=True):
            if row:
                self._put(self._slot(high, low), high, low, row)
