"""An installation without pages: a ledger, packages, and a mailbox that takes its mails."""

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

from ledger.desk import fresh_schema
from pabal.configuration.settings import Settings
from pabal.domain.identity import CampaignId
from pabal.pipeline.local.wiring import Workshop
from pabal.pipeline.ports import CampaignSource
from pabal.transport.mailbox.script import Failure, FailureScript
from pabal.transport.mailbox.server import running_mailbox
from pabal.transport.mailbox.store import MailboxStore

GREYLISTED = "later@greylist.example"  # is told once to come again


@dataclass
class Shelf(CampaignSource):
    """Its campaigns. chosen: the variant for the rest. is_out: a worker has told so of the test."""

    digests: Mapping[CampaignId, str]
    ended: dict[CampaignId, str] = field(default_factory=dict[CampaignId, str])
    chosen: int | None = None
    is_out: bool = False

    def due(self, *, now: datetime) -> Sequence[CampaignId]:
        return [each for each in self.digests if each not in self.ended]

    def prepared_digest(self, campaign: CampaignId) -> str:
        return self.digests[campaign]

    def choice(self, campaign: CampaignId, *, is_out: bool, now: datetime) -> int | None:
        self.is_out |= is_out
        return self.chosen

    def record_ended(self, campaign: CampaignId, *, explanation: str, now: datetime) -> None:
        self.ended.setdefault(campaign, explanation)


@dataclass
class Office:
    workshop: Workshop
    mailbox: MailboxStore

    def subjects(self) -> Mapping[str, Sequence[str]]:
        """What each address got, one subject a mail."""
        got: dict[str, list[str]] = {}
        for summary in self.mailbox.page(limit=1_000):
            mail = self.mailbox.get(summary.id)
            assert mail is not None
            subject = message_from_bytes(mail.raw, policy=policy.default)["Subject"]
            got.setdefault(mail.recipients[0], []).append(str(subject))
        return got


@contextmanager
def an_office(directory: Path) -> Generator[Office]:
    store = MailboxStore(directory / "mailbox")
    script = FailureScript(by_recipient={GREYLISTED: Failure(replies=("451 4.7.1 Later",))})
    with running_mailbox(store, now=lambda: datetime.now(UTC), script=script) as server:
        database = f"sqlite:///{directory}/ledger.sqlite3"
        fresh_schema(database)
        settings = Settings(
            home=directory / "home",
            database_url=database,
            smtp_url=f"smtp://{server.address}?tls=none",
            base_url="https://mail.shop.example",
        )
        yield Office(Workshop(settings), store)


async def until(happened: Callable[[], object], seconds: float = 10) -> None:
    """Wait for something that a worker does."""
    async with asyncio.timeout(seconds):
        while not happened():
            await asyncio.sleep(0.02)
