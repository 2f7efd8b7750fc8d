"""Rounds to the bounce mailbox, again and again, beside the sending."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from pabal.domain.errors import Unavailable
from pabal.feedback.roads.port import Road
from pabal.ledger.port import Ledger
from pabal.pipeline.local.wiring import sleep_or_stop
from pabal.pipeline.steps.feedback import Collected, Reader
from pabal.sending.measures import Measures

_LOG = logging.getLogger("pabal.feedback")
_LONGEST_WAIT = timedelta(minutes=15)


class Rounds:
    """Visits a mailbox every `interval`; less often while it cannot be reached."""

    def __init__(
        self,
        road: Road,
        reader: Reader,
        open_ledger: Callable[[], Ledger],
        *,
        interval: timedelta,
        measures: Measures | None = None,
    ) -> None:
        self._measures = measures or Measures()
        self._road = road
        self._reader = reader
        self._open_ledger = open_ledger
        self._interval = interval

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; a failed visit loses nothing and is an alarm."""
        wait = self._interval
        while not stop.is_set():
            went_well = False
            try:
                collected = await asyncio.to_thread(self._go, stop)
                wait = self._interval
                went_well = True
                _tell(collected)
            except Unavailable as error:
                _LOG.error("%s It is tried again in %.0f s.", error, wait.total_seconds())
                wait = min(2 * wait, max(_LONGEST_WAIT, self._interval))
            except Exception:
                _LOG.exception("a round to the bounce mailbox")
            self._measures.bounce_mailbox_visited(went_well=went_well)
            await sleep_or_stop(stop, wait.total_seconds())

    def _go(self, stop: asyncio.Event) -> Collected:
        ledger = self._open_ledger()
        try:
            return self._reader.collect(self._road, ledger, stopped=stop.is_set)
        finally:
            ledger.close()


def _tell(collected: Collected) -> None:
    if collected.applied or collected.left or collected.kept:
        _LOG.info(
            "bounce mailbox: %d applied, %d unsubscribed, %d kept for a person",
            collected.applied,
            collected.left,
            collected.kept,
        )
    if collected.alarms:
        _LOG.error(
            "%d mails were refused because of us: look at reputation, SPF, DKIM and DMARC",
            collected.alarms,
        )
    if collected.unproven:
        _LOG.warning(
            "%d bounces or complaints prove no delivery of ours; nothing was done about them",
            collected.unproven,
        )
