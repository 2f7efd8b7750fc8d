"""An engine on real parts: a SQLite ledger, the SMTP transport, the built-in mailbox."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pabal.domain.campaign import OnDoubt
from pabal.domain.domain_rate import DomainRates, parse_domain_rates
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.retry import RetryPolicy
from pabal.domain.suppression import EVERYTHING
from pabal.ledger.port import Entry
from pabal.ledger.sql.connect import open_ledger
from pabal.message.render import WireMessage
from pabal.sending.attempt import Attempting
from pabal.sending.engine import Capacity, Engine
from pabal.sending.ledger_thread import LedgerThread
from pabal.sending.limiter import Limiter
from pabal.sending.measures import Measures
from pabal.sending.queue import Queue
from pabal.transport.mailbox.server import MailboxServer
from pabal.transport.smtp.transport import SmtpTransport

CAMPAIGN = CampaignId("0test000")


def wall():
    return datetime.now(UTC)


def address_of(position):
    return f"c{position}@example.com"


@dataclass
class Received:
    """What the mailbox kept, by recipient."""

    counts: Counter = field(default_factory=Counter)
    wait: float = 0.0

    def add(self, mail):
        self.counts.update(mail.recipients)
        return "kept"


@dataclass
class Surroundings:
    """Everything around an engine, ready to make one."""

    url: str
    transport: SmtpTransport
    received: Received
    server: MailboxServer
    worker: str = "worker-1"
    policy: RetryPolicy = field(
        default_factory=lambda: RetryPolicy(
            waits=tuple(timedelta(seconds=s) for s in (0.1, 0.2, 0.3))
        )
    )
    daily_limit: int | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    measures: Measures = field(default_factory=Measures)
    address_of: Callable[[int], str] = address_of
    opened: ExitStack = field(default_factory=ExitStack)

    def ledger(self):
        return self.opened.enter_context(closing(self.open_ledger()))

    def open_ledger(self):
        return open_ledger(self.url, daily_limit=self.daily_limit)

    def queue(self, count, *, on_doubt=OnDoubt.ASK, campaign=CAMPAIGN):
        ledger = self.ledger()
        ledger.open(campaign, scopes=(EVERYTHING, "list:1"), on_doubt=on_doubt, now=wall())
        entries = [
            Entry(delivery=DeliveryId(f"{campaign}-{n}"), position=n, address=self.address_of(n))
            for n in range(count)
        ]
        ledger.enqueue(campaign, entries, now=wall())
        return ledger

    async def render(self, attempt):
        mail = f"Subject: {attempt.delivery}\r\n\r\nhello\r\n".encode()
        return WireMessage(
            sender="bounce@shop.example",
            recipient=self.address_of(attempt.position),
            needs_smtputf8=False,
            buffers=[mail],
            size_bytes=len(mail),
        )

    @asynccontextmanager
    async def engine(
        self,
        *,
        worker="worker-1",
        slots=8,
        faults=lambda place: None,
        rate=None,
        domain_rates="",
        now=wall,
    ):
        ledger = LedgerThread(self.open_ledger, measures=self.measures)
        await ledger.call(lambda it: it.heartbeat(worker, until=wall() + timedelta(minutes=15)))
        attempting = Attempting(
            transport=self.transport,
            render=self.render,
            policy=self.policy,
            now=now,
            random=lambda: 0.5,
            measures=self.measures,
        )
        try:
            yield Engine(
                CAMPAIGN,
                worker=worker,
                ledger=ledger,
                attempting=attempting,
                capacity=Capacity(slots=slots, least=slots, grace=timedelta(seconds=2)),
                limiter=Limiter(ledger, rate, now=now),
                queue=Queue(
                    DomainRates(parse_domain_rates(domain_rates)),
                    lambda each: Limiter(ledger, each.rate, now=now, name=each.name),
                ),
                faults=faults,
            )
        finally:
            await ledger.close()

    async def run(self, **options):
        async with self.engine(**options) as engine:
            return await asyncio.wait_for(engine.run(self.stop), 30)
