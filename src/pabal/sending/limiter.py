"""Turns at the rate that all workers share."""

from collections.abc import Callable
from datetime import datetime

from pabal.domain.rate import Rate
from pabal.sending.ledger_thread import LedgerThread

_AHEAD = 0.25  # seconds' worth of mails asked for at once


class Limiter:
    """Says how many mails may begin now. Asks the ledger for a turn, then waits for it."""

    def __init__(
        self, ledger: LedgerThread, rate: Rate | None, *, now: Callable[[], datetime]
    ) -> None:
        self._ledger = ledger
        self._rate = rate
        self._now = now
        self._granted = 0
        self._granted_at: datetime | None = None

    async def grant(self, wanted: int) -> int:
        """Return how many of `wanted` messages may begin now; 0 means to ask again soon."""
        rate = self._rate
        if rate is None or wanted == 0:
            return wanted
        if self._granted_at is None:
            self._granted = min(wanted, max(rate.burst, int(rate.per_second * _AHEAD), 1))
            count, now = self._granted, self._now()
            self._granted_at = await self._ledger.call(
                lambda ledger: ledger.take_turn(rate, count=count, now=now)
            )
        if self._now() < self._granted_at:
            return 0
        self._granted_at = None
        return min(wanted, self._granted)
