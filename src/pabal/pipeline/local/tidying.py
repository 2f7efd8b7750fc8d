"""Forgets what is not to be kept, again and again, beside the sending."""

import asyncio
import logging
from collections.abc import Callable

from pabal.domain.errors import Unavailable
from pabal.ledger.port import Ledger
from pabal.pipeline.local.wiring import Workshop, sleep_or_stop
from pabal.pipeline.ports import Archive, Erasures
from pabal.pipeline.steps.forgetting import forget_erased
from pabal.pipeline.steps.retention import Forgotten, apply_retention
from pabal.transport.mailbox.store import MailboxStore

_LOG = logging.getLogger("pabal.tidying")
_BETWEEN = 600.0  # seconds


class Tidying:
    """Cleans files of those who were erased, and keeps nothing longer than is set.

    there: returns the ledger of what AWS sends; None where nothing is sent there.
    """

    def __init__(
        self,
        workshop: Workshop,
        erasures: Erasures,
        archive: Archive,
        there: Callable[[], Ledger | None],
    ) -> None:
        self._workshop, self._erasures, self._archive = workshop, erasures, archive
        self._there = there
        self._replied_until = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what fails is tried again and is an alarm."""
        while not stop.is_set():
            try:
                people = await asyncio.to_thread(self.forget)
                if people:
                    _LOG.info("%d people who were erased are in no file any more", people)
                _tell(await asyncio.to_thread(self.retain))
            except Unavailable as error:
                _LOG.error("%s", error)
            except Exception:
                _LOG.exception("tidying up")
            await sleep_or_stop(stop, _BETWEEN)

    def forget(self) -> int:
        """Clean the files of those who were erased; return how many are through with it.

        Raises Unavailable: repeat it.
        """
        workshop = self._workshop
        return forget_erased(
            self._erasures,
            store=workshop.store,
            mailbox=self._mailbox(),
            aliases=workshop.aliases,
            now=workshop.clock(),
        )

    def retain(self) -> Forgotten:
        """Forget what is older than the settings allow. Raises Unavailable: repeat it."""
        workshop = self._workshop
        ledger = workshop.open_ledger()
        try:
            forgotten = apply_retention(
                workshop.retention,
                archive=self._archive,
                ledger=ledger,
                store=workshop.store,
                mailbox=self._mailbox(),
                replied_until=self._replied_until,
                there=self._there(),
                now=workshop.clock(),
            )
        finally:
            ledger.close()
        self._replied_until = forgotten.replied_until
        return forgotten

    def _mailbox(self) -> MailboxStore | None:
        """The built-in mailbox, whose mails stay when another mail server is set later."""
        directory = self._workshop.settings.home / "mailbox"
        return MailboxStore(directory) if directory.exists() else None


def _tell(forgotten: Forgotten) -> None:
    if forgotten.packages or forgotten.mails or forgotten.events:
        _LOG.info(
            "too old to keep: %d packages, %d mails of the mailbox, details of %d events",
            forgotten.packages,
            forgotten.mails,
            forgotten.events,
        )
