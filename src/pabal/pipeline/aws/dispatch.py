"""A batch's deliveries of one campaign: claimed, begun, sent at the rate, settled."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pabal.domain.delivery import Attempt, Happening, State
from pabal.domain.errors import Unavailable
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.outcome import Verdict
from pabal.ledger.errors import CampaignNotOpen
from pabal.ledger.port import Claimed, Delivery, RunState, Settlement
from pabal.message.render import WireMessage
from pabal.package.package import Package
from pabal.pipeline.aws.calls import Ticket
from pabal.pipeline.aws.wiring import Workshop
from pabal.sending import maillog
from pabal.sending.attempt import Attempting
from pabal.transport.ses.settings import SesSettings
from pabal.transport.ses.transport import SesTransport

_LOG = logging.getLogger("pabal.mail")
_AT_ONCE = 10  # attempts; a batch of tickets has no more
_GRACE = timedelta(seconds=15)  # behind the end of a call, before its attempts are doubtful
_LOOK_AGAIN = timedelta(seconds=15)  # at a delivery that another call holds
_SLOW_ANSWER = 1.0  # seconds
_SETTLING = (0.2, 1.0, 3.0)  # seconds between tries

_FIGURES = {
    Happening.ACCEPTED: "Accepted",
    Happening.DEFERRED: "Retried",
    Happening.HELD: "Retried",
    Happening.REFUSED: "Failed",
    Happening.GAVE_UP: "Failed",
    Happening.LOST_SIGHT: "Doubtful",
}


class Dispatch:
    """Sends what tickets of one package ask for.

    until: behind it nothing begins any more.
    again: deliveries that are to be tried again, and how long from now. figures: what was counted.
    """

    def __init__(self, parts: Workshop, package: Package, like: Ticket, *, until: datetime) -> None:
        self._parts = parts
        self._package = package
        self._renderer = parts.renderer(package)
        self._rate = like.allowance.rate
        self._ledger = parts.ledger(like.allowance.daily_limit)
        self._campaign = like.campaign
        self._until = until
        self._worker = parts.worker_name()
        self._ended: list[Settlement] = []
        self._is_held = False
        self.again: dict[DeliveryId, timedelta] = {}
        self.figures: Counter[str] = Counter()

    @staticmethod
    def halt(parts: Workshop, campaign: CampaignId, reason: str) -> None:
        """Pause a campaign that cannot go on for anybody."""
        try:
            parts.ledger().set_state(campaign, RunState.PAUSED, reason=reason, now=parts.now())
        except CampaignNotOpen:
            _LOG.error("there is no campaign %s", campaign, extra={"campaign": campaign})
        maillog.campaign_stopped(campaign, reason)

    async def run(self, tickets: Sequence[Ticket]) -> None:
        """Raises LedgerUnavailable: what was begun and not settled will be found doubtful."""
        now = self._parts.now()
        self._ledger.heartbeat(self._worker, until=self._until + _GRACE)
        named = list(dict.fromkeys(ticket.delivery for ticket in tickets))
        claimed = self._ledger.claim_named(named, worker=self._worker, now=now)
        self._look_at({*named} - {each.delivery for each in claimed})
        if not claimed:
            return
        at = self._turn(len(claimed), now)
        if at is None:
            return self._give_back(claimed, self._until - now)
        transport = SesTransport(self._settings())
        try:
            await self._send(claimed, self._attempting(transport), at)
        finally:
            await transport.close()

    # The rate

    def _turn(self, count: int, now: datetime) -> datetime | None:
        """Return when the batch may go at the account's rate; None where that is too late here."""
        if self._rate is None:
            return now
        at = self._ledger.take_turn(self._rate, count=count, now=now)
        return at if at < self._until else None

    def _parts_of(self, claimed: Sequence[Claimed]) -> Iterator[Sequence[Claimed]]:
        """A second's worth at a time, so that a kill leaves few doubts."""
        size = _AT_ONCE if self._rate is None else max(1, min(_AT_ONCE, int(self._rate.per_second)))
        for start in range(0, len(claimed), size):
            yield claimed[start : start + size]

    # The mails

    async def _send(self, claimed: Sequence[Claimed], attempting: Attempting, at: datetime) -> None:
        left = list(claimed)
        for part in self._parts_of(claimed):
            await asyncio.sleep((at - self._parts.now()).total_seconds())
            at += (self._rate.gap if self._rate else timedelta(0)) * len(part)
            if self._parts.now() >= self._until or self._is_held:
                break
            left = left[len(part) :]
            attempts = self._begin(part)
            await self._submit([asyncio.ensure_future(attempting.run(each)) for each in attempts])
        await self._settle()
        self._give_back(left, None if self._is_held else _LOOK_AGAIN)

    async def _submit(self, attempts: Sequence[asyncio.Future[Settlement]]) -> None:
        """Wait for answers. What is answered is settled while others are waited for: whoever is
        killed then leaves only those in doubt."""
        pending = set(attempts)
        while pending:
            done, pending = await asyncio.wait(pending, timeout=_SLOW_ANSWER)
            self._note([attempt.result() for attempt in done])
            if pending:
                await self._settle()

    def _begin(self, part: Sequence[Claimed]) -> Sequence[Attempt]:
        """Settle what ended before, and write the next intents, in one step."""
        begun = self._ledger.turn(
            self._ended,
            [each.delivery for each in part],
            worker=self._worker,
            now=self._parts.now(),
        )
        self._ended.clear()
        for delivery in begun.skipped:
            maillog.skipped(delivery)
            self.figures["Skipped"] += 1
        if begun.beyond_quota:
            # They wait in the ledger; the state machine writes tickets when there is room.
            maillog.quota_used_up(self._campaign)
            self._ledger.release(begun.beyond_quota, worker=self._worker)
        return begun.attempts

    async def _settle(self) -> None:
        """Insist: what is not settled is doubtful."""
        for wait in (*_SETTLING, None):
            try:
                self._ledger.settle(self._ended)
                return self._ended.clear()
            except Unavailable as error:
                if wait is None:
                    raise
                maillog.ledger_unavailable(error, wait)
                await asyncio.sleep(wait)

    def _note(self, ended: Sequence[Settlement]) -> None:
        self._ended += ended
        for settlement in ended:
            maillog.settled(settlement)
            happening, delivery = settlement.decision.happening, settlement.attempt.delivery
            self.figures[_FIGURES[happening]] += 1
            if happening is Happening.DEFERRED and settlement.decision.not_before:
                self.again[delivery] = settlement.decision.not_before - settlement.at
            elif happening is Happening.HELD:
                self._hold(settlement)

    def _hold(self, settlement: Settlement) -> None:
        """SES refuses us all: for good, then nobody is mailed any more; or for a moment.

        Tickets are let go, since each time that one comes back counts against it; the state
        machine writes them again.
        """
        self._is_held = True
        if settlement.outcome.verdict is Verdict.PERMANENT:
            self.halt(self._parts, self._campaign, settlement.outcome.text)

    # Those that do not go

    def _give_back(self, claimed: Sequence[Claimed], wait: timedelta | None) -> None:
        """Let go of claims, and of their tickets where `wait` is None."""
        if claimed:
            self._ledger.release([each.delivery for each in claimed], worker=self._worker)
        if wait is not None:
            self.again |= {each.delivery: wait for each in claimed}

    def _look_at(self, unclaimed: set[DeliveryId]) -> None:
        """A ticket whose delivery cannot be claimed is either done with, or comes too early."""
        for name in sorted(unclaimed):
            delivery = self._ledger.delivery(name)
            if delivery is None:
                _LOG.error("there is no delivery %s", name, extra={"delivery": name})
            elif delivery.state is State.QUEUED and self._is_running():
                self.again[name] = self._wait_for(delivery)

    def _wait_for(self, delivery: Delivery) -> timedelta:
        if delivery.not_before is None:
            return _LOOK_AGAIN
        return max(timedelta(seconds=1), delivery.not_before - self._parts.now())

    def _is_running(self) -> bool:
        return self._ledger.run(self._campaign).state is RunState.RUNNING

    # Parts

    def _attempting(self, transport: SesTransport) -> Attempting:
        parts, package, renderer = self._parts, self._package, self._renderer

        async def render(attempt: Attempt) -> WireMessage:
            recipient = package.recipient(attempt.position)
            return renderer.render(recipient, date=parts.now())

        return Attempting(
            transport=transport,
            render=render,
            policy=parts.policy,
            now=parts.now,
            random=parts.random,
        )

    def _settings(self) -> SesSettings:
        surroundings = self._parts.surroundings
        return SesSettings(
            configuration_set=surroundings.configuration_set,
            calls=_AT_ONCE,
            connect_timeout=5,
            read_timeout=surroundings.ses_patience,
        )
