"""A worker that does the checks, over the database of the test and a mailbox of its own."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from pabal.configuration.keyring import load_keyring
from pabal.console.adapters import OrmCampaignSource, OrmChecks, OrmSigningKeys
from pabal.console.audience.suppressing import joined_ledger
from pabal.ledger.port import Ledger
from pabal.pipeline.local.checking import Checking
from pabal.pipeline.local.wiring import Workshop
from pabal.pipeline.ports import Checks
from pabal.transport.mailbox.server import running_mailbox
from pabal.transport.mailbox.store import MailboxStore


class _InTheTestsTransaction(Workshop):
    def open_ledger(self) -> Ledger:
        ledger = joined_ledger()
        ledger.close = lambda: None  # type: ignore[method-assign]
        return ledger


@contextmanager
def checker(directory: Path, checks: Checks | None = None) -> Generator[Checking]:
    """Return what does the checks; the links of mails are not visited."""
    store = MailboxStore(directory / "checked-against")
    with running_mailbox(store, now=lambda: datetime.now(UTC)) as server:
        chosen = settings.PABAL.model_copy(
            update={
                "smtp_url": f"smtp://{server.address}?tls=none",
                "check_links": False,
                "check_spam": False,
            }
        )
        workshop = _InTheTestsTransaction(chosen, OrmSigningKeys(load_keyring(chosen.home)))
        yield Checking(
            workshop,
            checks or OrmChecks(),
            OrmCampaignSource(),
            look_at_sender=lambda domain, bounces: [],
        )
