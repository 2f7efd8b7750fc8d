"""Does the checks that people have asked for in the pages, beside the sending.

A page cannot render a million mails while somebody waits for it. It leaves word that a draft
is to be checked, and looks from time to time how far the worker is.
"""

import asyncio
import logging
from datetime import timedelta

from pabal.domain.errors import Explained, InputError, Unavailable
from pabal.domain.identity import CampaignId
from pabal.pipeline.local.proving import LookAtSender, freeze, prove
from pabal.pipeline.local.wiring import Workshop, sleep_or_stop, worker_name
from pabal.pipeline.ports import CampaignSource, Checks
from pabal.preflight.finding import Finding, Severity

_LOG = logging.getLogger("pabal.checking")
_BETWEEN = 0.5  # seconds
_HOLDS = timedelta(minutes=5)  # without a sign of life; longer than any single look at the DNS


class Checking:
    """One check after the other; any number of workers share them."""

    def __init__(
        self,
        workshop: Workshop,
        checks: Checks,
        source: CampaignSource,
        *,
        look_at_sender: LookAtSender,
    ) -> None:
        self._workshop, self._checks, self._source = workshop, checks, source
        self._look_at_sender = look_at_sender
        self._name = worker_name()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. A check that is under way then is done by the next worker."""
        while not stop.is_set():
            try:
                await asyncio.to_thread(self.check_next)
            except Unavailable as error:
                _LOG.error("%s", error)
            except Exception:
                _LOG.exception("a check")
            await sleep_or_stop(stop, _BETWEEN)

    def check_next(self) -> bool:
        """Do the check that waits longest; return whether there was one.

        What keeps it from being done is its result, for whoever asked: nobody else sees the log.
        """
        now = self._workshop.clock()
        campaign = self._checks.take(worker=self._name, now=now, until=now + _HOLDS)
        if campaign is None:
            return False
        try:
            self._check(campaign)
        except Unavailable:
            raise  # taken up again
        except Explained as error:
            self._checks.record_trouble(
                campaign, _trouble(error), worker=self._name, now=self._workshop.clock()
            )
        return True

    def _check(self, campaign: CampaignId) -> None:
        prepared = freeze(self._workshop, self._source, campaign)
        checked = prove(
            self._workshop,
            prepared,
            look_at_sender=self._look_at_sender,
            progress=lambda done: self._tell(campaign, done),
        )
        self._checks.record(
            campaign,
            checked,
            digest=prepared.manifest.digest,
            worker=self._name,
            now=self._workshop.clock(),
        )

    def _tell(self, campaign: CampaignId, done: int) -> None:
        until = self._workshop.clock() + _HOLDS
        self._checks.tell(campaign, done=done, worker=self._name, until=until)


def _trouble(error: Explained) -> Finding:
    rule = "" if isinstance(error, InputError) else "docs/settings.md"
    return Finding(
        code=error.code,
        severity=Severity.ERROR,
        message=error.message,
        remedy=error.remedy,
        rule=rule,
        details=error.details,
    )
