"""The worker: due campaigns through enqueue, send and finish, several at once.

Any number of workers may run on one database; the ledger keeps them apart.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from pabal.domain.errors import Explained, Unavailable
from pabal.domain.identity import CampaignId
from pabal.ledger.errors import CampaignNotOpen
from pabal.ledger.port import Ledger, RunState
from pabal.package.package import Package
from pabal.pipeline.local.mails import Mails
from pabal.pipeline.local.wiring import Workshop, sleep_or_stop, worker_name
from pabal.pipeline.ports import CampaignSource
from pabal.pipeline.steps.enqueue import enqueue_shard, open_run
from pabal.pipeline.steps.finish import finish, finish_paused, is_drained, is_tried
from pabal.pipeline.steps.waves import Waves
from pabal.sending import maillog
from pabal.sending.engine import Ending
from pabal.sending.ledger_thread import LedgerThread
from pabal.transport.port import Transport

_LOG = logging.getLogger("pabal.worker")
_LOOK_FOR_WORK = 0.5  # seconds
_BEATS = 4  # heartbeats in the time of a lease
_AT_ONCE = 4  # campaigns
_BETWEEN_WAVES = timedelta(seconds=2)


class Worker:
    """One process's share of the sending.

    source: the console's side of the pipeline; called in a thread of its own.
    measures: what it counts; any thread may read them.
    """

    def __init__(self, workshop: Workshop, source: CampaignSource) -> None:
        self._workshop = workshop
        self._source = source
        self.name = worker_name()
        self.measures = workshop.measures(self.name)
        self._running: dict[CampaignId, asyncio.Task[Ending | None]] = {}
        self._waves: dict[CampaignId, Waves] = {}
        self._resting: dict[CampaignId, datetime] = {}

    async def run(self, stop: asyncio.Event, *, only: CampaignId | None = None) -> Ending | None:
        """Work until `stop` is set, or, with `only`, until that campaign ends or pauses.

        Returns how `only` ended; None without it.
        Raises SettingsRefused: the mail server's settings cannot work.
        """
        transport = self._workshop.transport()
        self.measures.open_connections = lambda: transport.open_connections
        ledger = LedgerThread(self._workshop.open_ledger, measures=self.measures)
        await self._beat(ledger)
        heart = asyncio.create_task(self._keep_beating(ledger))
        stop_patience = asyncio.create_task(_lose_patience(stop, ledger))
        try:
            if only is not None:
                return await self._send_all(only, transport, ledger, stop)
            await self._serve(transport, ledger, stop)
            return None
        finally:
            heart.cancel()
            stop_patience.cancel()
            await transport.close()
            await ledger.close()

    async def _serve(self, transport: Transport, ledger: LedgerThread, stop: asyncio.Event) -> None:
        try:
            while not stop.is_set():
                for campaign in await self._due():
                    is_free = campaign not in self._running and not self._rests(campaign)
                    if is_free and len(self._running) < _AT_ONCE:
                        self._start(campaign, transport, ledger, stop)
                await sleep_or_stop(stop, _LOOK_FOR_WORK)
        finally:
            stop.set()  # campaigns that run settle what is on the wire, whatever ended us
            if self._running:
                await asyncio.wait(self._running.values())

    async def _due(self) -> Sequence[CampaignId]:
        """Nothing while the database is out of reach: it comes back, and we are still here."""
        try:
            return await asyncio.to_thread(self._source.due, now=self._now())
        except Unavailable as error:
            _LOG.error("campaigns cannot be looked for: %s", error)
            return ()

    def _start(
        self, campaign: CampaignId, transport: Transport, ledger: LedgerThread, stop: asyncio.Event
    ) -> None:
        task = asyncio.create_task(self._send_guarded(campaign, transport, ledger, stop))
        self._running[campaign] = task
        task.add_done_callback(lambda _: self._running.pop(campaign))

    async def _send_guarded(
        self, campaign: CampaignId, transport: Transport, ledger: LedgerThread, stop: asyncio.Event
    ) -> Ending | None:
        """One campaign's trouble does not end the worker, which serves the others."""
        try:
            return await self._send(campaign, transport, ledger, stop)
        except Explained as error:
            _LOG.error("campaign %s: %s %s", campaign, error, error.advise())
        except Exception:
            _LOG.exception("campaign %s", campaign)
        await sleep_or_stop(stop, 5)
        return None

    async def _send_all(
        self, campaign: CampaignId, transport: Transport, ledger: LedgerThread, stop: asyncio.Event
    ) -> Ending:
        """Send one campaign, and wait for those whose time is still to come."""
        while True:
            ending = await self._send(campaign, transport, ledger, stop)
            if not self._rests(campaign) or stop.is_set():
                return ending
            await sleep_or_stop(stop, _LOOK_FOR_WORK)

    def _rests(self, campaign: CampaignId) -> bool:
        until = self._resting.get(campaign)
        return until is not None and self._now() < until

    async def _send(
        self, campaign: CampaignId, transport: Transport, ledger: LedgerThread, stop: asyncio.Event
    ) -> Ending:
        self._resting.pop(campaign, None)
        state = await ledger.call(lambda ledger: _state(ledger, campaign))
        if state is RunState.PAUSED:
            return await self._stay_paused(campaign, ledger, stop)
        package = await asyncio.to_thread(self._package, campaign)
        waves = await self._enqueue(package, ledger)
        if waves.are_to_come and await ledger.call(lambda ledger: is_drained(ledger, campaign)):
            return self._rest(campaign)
        mails = await asyncio.to_thread(self._mails, package)
        pace = await asyncio.to_thread(self._workshop.pace)
        engine = self._workshop.engine(
            package,
            mails,
            worker=self.name,
            ledger=ledger,
            transport=transport,
            measures=self.measures,
            pace=pace,
        )
        later = asyncio.create_task(self._enqueue_later(package, ledger, waves))
        try:
            ending = await engine.run(stop)
        finally:
            later.cancel()
        if ending is Ending.DRAINED and await self._has_more(waves, ledger):
            return self._rest(campaign)
        if ending is Ending.CANCELLED:
            await self._enqueue(package, ledger)  # whose time had not come is cancelled too
        if ending in (Ending.DRAINED, Ending.CANCELLED):
            await self._finish(campaign, ledger)
        if ending is Ending.PAUSED and await self._is_finished(package, ledger):
            return Ending.DRAINED
        return ending

    async def _has_more(self, waves: Waves, ledger: LedgerThread) -> bool:
        """Whether a wave is to come, or has come in the moment in which the engine ended."""
        if waves.are_to_come:
            return True
        return not await ledger.call(lambda ledger: is_drained(ledger, waves.plan.id))

    def _rest(self, campaign: CampaignId) -> Ending:
        """Leave a campaign alone that waits for its next wave, so that others get its place.

        It is looked at now and then, since somebody may pause or cancel it.
        """
        self._resting[campaign] = self._now() + _BETWEEN_WAVES
        return Ending.DRAINED

    async def _stay_paused(
        self, campaign: CampaignId, ledger: LedgerThread, stop: asyncio.Event
    ) -> Ending:
        if await ledger.call(lambda ledger: is_drained(ledger, campaign)):
            package = await asyncio.to_thread(self._package, campaign)
            if await self._is_finished(package, ledger):
                return Ending.DRAINED
        await sleep_or_stop(stop, _LOOK_FOR_WORK)
        return Ending.PAUSED

    async def _is_finished(self, package: Package, ledger: LedgerThread) -> bool:
        """Whether a paused campaign has nothing left to send: then it is over."""
        now = self._now()
        if not await ledger.call(lambda ledger: finish_paused(ledger, package, now=now)):
            return False
        await self._finish(package.manifest.plan.id, ledger)
        return True

    async def _enqueue_later(self, package: Package, ledger: LedgerThread, waves: Waves) -> None:
        """Enqueue the next waves while mails of those before wait for their retries.

        Cut off in the middle of one, it is still to come, and is enqueued anew.
        """
        while waves.are_to_come:
            await asyncio.sleep(_BETWEEN_WAVES.total_seconds())
            try:
                await self._enqueue(package, ledger)
            except Explained as error:
                _LOG.error("campaign %s: %s", package.manifest.plan.id, error)

    async def _enqueue(self, package: Package, ledger: LedgerThread) -> Waves:
        """A shard a call, so that heartbeats and other campaigns get their turn between."""
        now, plan = self._now(), package.manifest.plan
        waves = self._waves.setdefault(plan.id, Waves(plan))
        if not await ledger.call(lambda ledger: open_run(package, ledger, now=now)):
            waves.nobody_is_left()
            return waves
        state = await ledger.call(lambda ledger: _state(ledger, plan.id))
        is_over = state is RunState.CANCELLED or await self._is_decided(waves, ledger)
        if not waves.begin(now, is_over=is_over):
            return waves
        put = partial(enqueue_shard, aliases=self._workshop.aliases, now=now, admits=waves.admits)
        for number in range(len(package.manifest.shards)):
            await ledger.call(partial(put, package, number))
        waves.end()
        return waves

    async def _is_decided(self, waves: Waves, ledger: LedgerThread) -> bool:
        """Whether it is known which variant the rest of an experiment's recipients get."""
        campaign, now = waves.plan.id, self._now()
        if waves.plan.experiment is None:
            return False
        is_out = waves.rest_waits and await ledger.call(lambda ledger: is_tried(ledger, campaign))
        choice = partial(self._source.choice, campaign, is_out=is_out, now=now)
        return await asyncio.to_thread(choice) is not None

    def _mails(self, package: Package) -> Mails:
        plan = package.manifest.plan
        return Mails(
            self._workshop.renderers(package),
            plan.experiment,
            choose=lambda: self._source.choice(plan.id, is_out=False, now=self._now()),
        )

    def _package(self, campaign: CampaignId) -> Package:
        return self._workshop.package(campaign, self._source.prepared_digest(campaign))

    async def _finish(self, campaign: CampaignId, ledger: LedgerThread) -> None:
        now = self._now()
        if not await ledger.call(lambda ledger: finish(ledger, campaign, now=now)):
            return
        self._waves.pop(campaign, None)
        run = await ledger.call(lambda ledger: ledger.run(campaign))
        await asyncio.to_thread(
            self._source.record_ended, campaign, explanation=run.reason, now=now
        )

    # Signs of life

    async def _keep_beating(self, ledger: LedgerThread) -> None:
        while True:
            await asyncio.sleep(self._workshop.lease.total_seconds() / _BEATS)
            try:
                await self._beat(ledger)
            except Exception:
                _LOG.exception("heartbeat")  # a worker without one would begin nothing for ever

    async def _beat(self, ledger: LedgerThread) -> None:
        now = self._now()
        until = now + self._workshop.lease

        def beat(ledger: Ledger) -> None:
            ledger.heartbeat(self.name, until=until)
            for delivery in ledger.sweep(now=now):
                maillog.doubtful_found(delivery)

        await ledger.call(beat)

    def _now(self) -> datetime:
        return self._workshop.clock()


def _state(ledger: Ledger, campaign: CampaignId) -> RunState | None:
    try:
        return ledger.run(campaign).state
    except CampaignNotOpen:
        return None


_PATIENCE_AT_THE_END = 30.0  # seconds


async def _lose_patience(stop: asyncio.Event, ledger: LedgerThread) -> None:
    """While it works, a worker waits for its ledger for ever; when it is to stop, not."""
    await stop.wait()
    ledger.lose_patience(_PATIENCE_AT_THE_END)
