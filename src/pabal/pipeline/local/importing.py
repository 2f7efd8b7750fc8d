"""Looks for customer files that were uploaded, again and again, beside the sending."""

import asyncio
import logging

from pabal.domain.errors import Unavailable
from pabal.pipeline.local.wiring import Workshop, sleep_or_stop
from pabal.pipeline.ports import Imports

_LOG = logging.getLogger("pabal.imports")
_BETWEEN = 1.0  # seconds; somebody watches
_AFTER_TROUBLE = 10.0


class Importing:
    """Checks and imports files, one at a time."""

    def __init__(self, workshop: Workshop, imports: Imports) -> None:
        self._workshop, self._imports = workshop, imports

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what fails is tried again and is an alarm."""
        while not stop.is_set():
            wait = _BETWEEN
            try:
                found = await asyncio.to_thread(self._do_next, stop)
                wait = 0.0 if found else _BETWEEN
            except Unavailable as error:
                _LOG.error("%s", error)
                wait = _AFTER_TROUBLE
            except Exception:
                _LOG.exception("an import")
                wait = _AFTER_TROUBLE
            await sleep_or_stop(stop, wait)

    def _do_next(self, stop: asyncio.Event) -> bool:
        return self._imports.do_next(now=self._workshop.clock(), stopped=stop.is_set)
