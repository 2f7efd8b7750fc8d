"""The ledger's own thread: between asyncio and the synchronous ledger."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pabal.ledger.errors import LedgerUnavailable
from pabal.ledger.port import Ledger
from pabal.sending import maillog

T = TypeVar("T")

_FIRST_WAIT = 0.1  # seconds; doubled up to the longest
_LONGEST_WAIT = 5.0


class LedgerThread:
    """Runs calls on a ledger, one after another, in the one thread that owns it.

    open_ledger: called in that thread, because a SQLite connection stays with its thread.
    """

    def __init__(self, open_ledger: Callable[[], Ledger]) -> None:
        self._open_ledger = open_ledger
        self._give_up_at: float | None = None
        self._ledger: Ledger | None = None
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    async def call(self, work: Callable[[Ledger], T]) -> T:
        """Do `work` and return what it returns.

        A ledger that is unavailable is asked again, since every call is safe to repeat: for
        ever, unless patience was lost.
        Raises LedgerUnavailable: patience is at its end.
        """
        loop = asyncio.get_running_loop()
        wait = _FIRST_WAIT
        while True:
            try:
                return await loop.run_in_executor(self._executor, self._do, work)
            except LedgerUnavailable as error:
                if self._give_up_at is not None and loop.time() >= self._give_up_at:
                    raise
                maillog.ledger_unavailable(error, wait)
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    def lose_patience(self, seconds: float) -> None:
        """From so many seconds on, ask an unavailable ledger only once, in whatever call."""
        self._give_up_at = asyncio.get_running_loop().time() + seconds

    async def close(self) -> None:
        """Close the ledger and end the thread, when its last call is done."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._executor, self._close)
        self._executor.shutdown()

    def _do(self, work: Callable[[Ledger], T]) -> T:
        if self._ledger is None:
            self._ledger = self._open_ledger()
        return work(self._ledger)

    def _close(self) -> None:
        if self._ledger is not None:
            self._ledger.close()
