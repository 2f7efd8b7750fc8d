"""The engine: sends the queued deliveries of one campaign, many attempts at once.

A loop of turns. In each, the outcomes of attempts that ended become durable and the
intents of the next few are written, in one commit; while the disk works, the wire does
too. At most `slots` attempts are begun and unsettled at any moment, so a kill leaves at
most so many doubts.
"""

import asyncio
import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pabal.domain.delivery import Attempt, Happening, State
from pabal.domain.identity import CampaignId
from pabal.domain.outcome import Outcome, Verdict
from pabal.domain.retry import Decision
from pabal.ledger.port import Begun, Claimed, Ledger, RunState, Settlement
from pabal.sending import maillog
from pabal.sending.attempt import Attempting
from pabal.sending.depth import Depth
from pabal.sending.faults import Faults, Place, no_faults
from pabal.sending.ledger_thread import LedgerThread
from pabal.sending.limiter import Limiter
from pabal.sending.pace import Pace
from pabal.sending.queue import Queue

_CLAIM = 200  # deliveries claimed at once
_GATHER = 0.005  # seconds; how long an outcome may wait for others to be written with it
_LOOK_AGAIN = timedelta(milliseconds=500)  # pause and cancel act within a second
_LONGER = timedelta(seconds=5)  # before the quota is looked at again


class Ending(enum.Enum):
    """Why `Engine.run` returned."""

    DRAINED = "drained"  # nothing is queued or on the wire any more
    PAUSED = "paused"
    CANCELLED = "cancelled"
    STOPPED = "stopped"  # asked to stop; others, or a later run, go on


_ENDINGS = {
    RunState.PAUSED: Ending.PAUSED,
    RunState.CANCELLED: Ending.CANCELLED,
    RunState.FINISHED: Ending.DRAINED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """How much an engine does at once.

    slots: attempts begun and not yet settled, at most; connections x pipeline depth.
    least: as many are begun at any speed of the server.
    grace: how long a stop waits for answers that are under way.
    """

    slots: int
    least: int
    grace: timedelta = timedelta(seconds=30)


class Engine:
    """Sends one campaign on behalf of one worker, whose heartbeat somebody else keeps."""

    def __init__(
        self,
        campaign: CampaignId,
        *,
        worker: str,
        ledger: LedgerThread,
        attempting: Attempting,
        capacity: Capacity,
        limiter: Limiter,
        queue: Queue,
        faults: Faults = no_faults,
    ) -> None:
        self._campaign = campaign
        self._worker = worker
        self._ledger = ledger
        self._attempting = attempting
        self._now: Callable[[], datetime] = attempting.now
        self._capacity = capacity
        self._limiter = limiter
        self._queue = queue
        self._pace = Pace(
            campaign,
            queue,
            depth=Depth(capacity.least, capacity.slots),
            policy=attempting.policy,
            random=attempting.random,
            now=self._now(),
        )
        self._fault = faults
        self._in_flight: dict[asyncio.Task[Settlement], Attempt] = {}
        self._ended: list[Settlement] = []
        self._woken = asyncio.Event()
        self._gathering: asyncio.TimerHandle | None = None
        self._claim_at = self._look_at = self._now()

    async def run(self, stop: asyncio.Event) -> Ending:
        """Send until the campaign is drained, paused or cancelled, or `stop` is set.

        What is on the wire is settled before it returns. A server that refuses our
        account, or stays out of reach through all waits of the retry policy, pauses the
        campaign with the reason.

        Raises LedgerUnavailable: only where the ledger's thread has lost its patience.
        """
        try:
            while True:
                ending = await self._step(stop)
                if ending is not None:
                    return ending
        finally:
            await asyncio.shield(self._wind_down())

    async def _step(self, stop: asyncio.Event) -> Ending | None:
        if stop.is_set():
            return Ending.STOPPED
        if self._pace.halted:
            return await self._pause()
        batch = () if self._gathers else await self._next_batch()
        if batch or (self._ended and not self._gathers):
            await self._turn(batch)
            return None
        if self._now() >= self._look_at:
            ending = await self._look()
            if ending is not None:
                return ending
        await self._wait()
        return None

    # What to begin next

    async def _next_batch(self) -> Sequence[Claimed]:
        await self._give_back()
        room = self._pace.most - len(self._in_flight)
        if room <= 0 or self._now() < self._pace.rest_until:
            return ()
        if self._queue.ready < room and self._now() >= self._claim_at:
            await self._claim()
        room = await self._limiter.grant(min(room, len(self._queue)))
        await self._queue.ask()
        batch = self._queue.take(room, now=self._now(), in_flight=self._in_flight.values())
        self._limiter.spend(len(batch))
        return batch

    async def _give_back(self) -> None:
        """Leave to the ledger what cannot go soon; what stands behind it is claimed then."""
        put_off = self._queue.take_put_off()
        if put_off:
            await self._ledger.call(lambda ledger: ledger.put_off(put_off, worker=self._worker))

    async def _claim(self) -> None:
        now, holding = self._now(), tuple(self._queue)
        claimed: Sequence[Claimed] = await self._ledger.call(
            lambda ledger: ledger.claim(
                self._campaign, worker=self._worker, limit=_CLAIM, now=now, holding=holding
            )
        )
        self._queue.add(claimed)
        if not claimed:
            self._claim_at = now + _LOOK_AGAIN
            self._look_if_idle()
        self._fault(Place.CLAIMED)

    async def _turn(self, batch: Sequence[Claimed]) -> None:
        settlements = self._take_ended()
        ids, now = [each.delivery for each in batch], self._now()
        try:
            begun: Begun = await self._ledger.call(
                lambda ledger: ledger.turn(settlements, ids, worker=self._worker, now=now)
            )
        except BaseException:
            self._ended = settlements + self._ended  # winding down settles them once more
            raise
        if settlements:
            self._fault(Place.SETTLED)
        self._fault(Place.BEGUN)
        for attempt in begun.attempts:
            self._start(attempt)
        for delivery in begun.skipped:
            maillog.skipped(delivery)
        if begun.beyond_quota:
            beyond = frozenset(begun.beyond_quota)
            self._wait_for_quota([each for each in batch if each.delivery in beyond])
        if begun.left:
            # Paused, cancelled or taken over: look why before claiming more.
            self._look_at = now

    def _wait_for_quota(self, claimed: Sequence[Claimed]) -> None:
        maillog.quota_used_up(self._campaign)
        self._queue.put_back(claimed)
        self._pace.rest(_LONGER, now=self._now())

    # What is under way

    def _start(self, attempt: Attempt) -> None:
        task = asyncio.create_task(self._attempting.run(attempt))
        self._in_flight[task] = attempt
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Settlement]) -> None:
        if self._in_flight.pop(task, None) is None or task.cancelled():
            return
        settlement = task.result()
        self._fault(Place.SUBMITTED)
        maillog.settled(settlement)
        self._ended.append(settlement)
        self._pace.heed(settlement, in_flight=self._in_flight.values())
        self._look_if_idle()
        self._gather()

    @property
    def _gathers(self) -> bool:
        """Whether more attempts are let end first: a commit costs the same for one as for many.

        The others keep the connections busy meanwhile.
        """
        is_full = len(self._in_flight) + len(self._ended) >= self._pace.most
        return is_full and self._gathering is not None

    def _gather(self) -> None:
        if not self._in_flight or len(self._ended) >= self._pace.most // 2:
            self._stop_gathering()
        elif self._gathering is None:
            loop = asyncio.get_running_loop()
            self._gathering = loop.call_later(_GATHER, self._stop_gathering)

    def _stop_gathering(self) -> None:
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        self._woken.set()

    def _take_ended(self) -> list[Settlement]:
        ended, self._ended = self._ended, []
        self._stop_gathering()
        self._woken.clear()
        return ended

    # Waiting and ending

    def _look_if_idle(self) -> None:
        """The end is noticed at once, not at the next look."""
        if not self._in_flight and not self._queue:
            self._look_at = self._now()

    async def _look(self) -> Ending | None:
        now = self._now()
        self._look_at = now + _LOOK_AGAIN
        for domain in self._queue.recover(now):
            maillog.domain_recovered(domain)

        def look(ledger: Ledger) -> tuple[RunState, int]:
            counts = ledger.counts(self._campaign)
            open_ones = counts.get(State.QUEUED, 0) + counts.get(State.SENDING, 0)
            return ledger.run(self._campaign).state, open_ones

        state, open_ones = await self._ledger.call(look)
        if state is RunState.RUNNING:
            return Ending.DRAINED if not open_ones and not self._in_flight else None
        return _ENDINGS[state]

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._patience()):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()

    def _patience(self) -> float:
        """Seconds until something is worth another look."""
        now = self._now()
        moments = [self._look_at]
        if len(self._in_flight) < self._pace.most:
            next_at = self._queue.next_at(now, self._in_flight.values()) or self._claim_at
            moments.append(max(self._pace.rest_until, min(self._claim_at, next_at)))
        shortest = 0.0 if self._queue.has_put_off else 0.01
        return min(max((min(moments) - now).total_seconds(), shortest), 0.25)

    async def _pause(self) -> Ending:
        reason, now = self._pace.halted, self._now()
        maillog.campaign_stopped(self._campaign, reason)
        await self._ledger.call(
            lambda ledger: ledger.set_state(self._campaign, RunState.PAUSED, reason=reason, now=now)
        )
        return Ending.PAUSED

    async def _wind_down(self) -> None:
        """Settle what is on the wire and give back what was not begun."""
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=self._capacity.grace.total_seconds())
        for task, attempt in list(self._in_flight.items()):
            del self._in_flight[task]
            task.cancel()
            self._ended.append(_unanswered(attempt, now=self._now()))
        settlements, self._ended = self._ended, []
        put_off, claimed = self._queue.take_put_off(), tuple(self._queue)

        def finish(ledger: Ledger) -> None:
            ledger.settle(settlements)
            ledger.put_off(put_off, worker=self._worker)
            ledger.release(claimed, worker=self._worker)

        await self._ledger.call(finish)
        self._fault(Place.SETTLED)


def _unanswered(attempt: Attempt, *, now: datetime) -> Settlement:
    outcome = Outcome(
        verdict=Verdict.UNKNOWN, text="Pabal was stopped before the server had answered."
    )
    decision = Decision(happening=Happening.LOST_SIGHT)
    return Settlement(attempt=attempt, outcome=outcome, decision=decision, at=now)
