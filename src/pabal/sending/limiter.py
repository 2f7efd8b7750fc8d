"""Turns at a rate that all workers share."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pabal.domain.rate import Rate
from pabal.ledger.port import ALL_MAILS
from pabal.sending.ledger_thread import LedgerThread

_AHEAD = 0.25  # seconds' worth of mails asked for at once


class Limiter:
    """Says how many mails may begin now. Asks the ledger for a turn, then waits for it.

    rate: None for no limit. name: whose rate it is; see Ledger.take_turn.
    """

    def __init__(
        self,
        ledger: LedgerThread,
        rate: Rate | None,
        *,
        now: Callable[[], datetime],
        name: str = ALL_MAILS,
    ) -> None:
        self._ledger = ledger
        self._rate = rate
        self._now = now
        self._name = name
        self._granted = 0
        self._granted_at = now()

    @property
    def gap(self) -> timedelta:
        """Between two messages."""
        return timedelta(0) if self._rate is None else self._rate.gap

    @property
    def opens_at(self) -> datetime:
        """When what the ledger has granted may begin; passed where nothing is granted."""
        return self._granted_at

    async def grant(self, wanted: int) -> int:
        """Return how many of `wanted` messages may begin now; 0 means to ask again soon.

        To be told by `spend` how many of them did; the others may begin later.
        """
        rate = self._rate
        if rate is None or wanted == 0:
            return wanted
        if self._granted == 0:
            count = min(wanted, max(rate.burst, int(rate.per_second * _AHEAD), 1))
            now = self._now()
            self._granted_at = await self._ledger.call(
                lambda ledger: ledger.take_turn(rate, count=count, now=now, name=self._name)
            )
            self._granted = count
        return min(wanted, self._granted) if self._now() >= self._granted_at else 0

    def spend(self, count: int) -> None:
        """Begin so many of those that `grant` has returned last."""
        if self._rate is not None:
            self._granted -= count
