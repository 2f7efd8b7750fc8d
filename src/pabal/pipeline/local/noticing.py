"""Looks for notices that are owed, again and again, beside the sending."""

import asyncio
import logging

from pabal.domain.errors import Unavailable
from pabal.pipeline.local.wiring import Workshop, sleep_or_stop
from pabal.pipeline.ports import CampaignSource, Notices
from pabal.pipeline.steps.notices import tell

_LOG = logging.getLogger("pabal.notices")
_BETWEEN = 600.0  # seconds; the law gives days, and what comes close together is one campaign


class Noticing:
    """Puts notices on their way."""

    def __init__(self, workshop: Workshop, notices: Notices, source: CampaignSource) -> None:
        self._workshop, self._notices, self._source = workshop, notices, source

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what fails is tried again and is an alarm."""
        while not stop.is_set():
            try:
                people = await asyncio.to_thread(self._tell)
                if people:
                    _LOG.info("%d people are told about their consent", people)
            except Unavailable as error:
                _LOG.error("%s", error)
            except Exception:
                _LOG.exception("notices about consent")
            await sleep_or_stop(stop, _BETWEEN)

    def _tell(self) -> int:
        workshop = self._workshop
        return tell(
            self._notices,
            source=self._source,
            store=workshop.store,
            limits=workshop.limits,
            now=workshop.clock(),
        )
