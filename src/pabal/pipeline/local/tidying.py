"""Forgets what is not to be kept, again and again, beside the sending."""

import asyncio
import logging

from pabal.domain.errors import Unavailable
from pabal.pipeline.local.wiring import Workshop, sleep_or_stop
from pabal.pipeline.ports import Erasures
from pabal.pipeline.steps.forgetting import forget_erased
from pabal.transport.mailbox.store import MailboxStore

_LOG = logging.getLogger("pabal.tidying")
_BETWEEN = 600.0  # seconds


class Tidying:
    """Cleans up behind erasures."""

    def __init__(self, workshop: Workshop, erasures: Erasures) -> None:
        self._workshop, self._erasures = workshop, erasures

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what fails is tried again and is an alarm."""
        while not stop.is_set():
            try:
                people = await asyncio.to_thread(self.forget)
                if people:
                    _LOG.info("%d people who were erased are in no file any more", people)
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
            aliases=workshop.keyring.aliases,
            now=workshop.clock(),
        )

    def _mailbox(self) -> MailboxStore | None:
        """The built-in mailbox, whose mails stay when another mail server is set later."""
        directory = self._workshop.settings.home / "mailbox"
        return MailboxStore(directory) if directory.exists() else None
