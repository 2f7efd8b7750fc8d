"""The engine: sends the queued deliveries of one campaign, many attempts at once.

A loop of turns. In each, the outcomes of attempts that ended become durable and the
intents of the next few are written, in one commit; while the disk works, the wire does
too. At most `slots` attempts are begun and unsettled at any moment, so a kill leaves at
most so many doubts.
"""

import asyncio
import enum
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pabal.domain.delivery import Attempt, Happening, State
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.outcome import Outcome, Verdict
from pabal.domain.retry import Decision
from pabal.ledger.port import Begun, Claimed, Ledger, RunState, Settlement
from pabal.sending import maillog
from pabal.sending.attempt import Attempting
from pabal.sending.faults import Faults, Place, no_faults
from pabal.sending.ledger_thread import LedgerThread
from pabal.sending.limiter import Limiter
from pabal.sending.window import Window

_CLAIM = 200  # deliveries claimed at once
_LOOK_AGAIN = timedelta(milliseconds=500)  # pause and cancel act within a second
_SLOWER = timedelta(seconds=1)


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

    slots: attempts begun and not yet settled; connections x pipeline depth.
    grace: how long a stop waits for answers that are under way.
    """

    slots: int
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
        faults: Faults = no_faults,
    ) -> None:
        self._campaign = campaign
        self._worker = worker
        self._ledger = ledger
        self._attempting = attempting
        self._now: Callable[[], datetime] = attempting.now
        self._capacity = capacity
        self._window = Window(capacity.slots)
        self._limiter = limiter
        self._fault = faults
        self._claimed: deque[DeliveryId] = deque()
        self._in_flight: dict[asyncio.Task[Settlement], Attempt] = {}
        self._ended: list[Settlement] = []
        self._woken = asyncio.Event()
        self._claim_at = self._look_at = self._rest_until = self._now()
        self._failed_rests = 0
        self._halted = ""

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
        if self._halted:
            return await self._pause()
        batch = await self._next_batch()
        if batch or self._ended:
            await self._turn(batch)
            return None
        if self._now() >= self._look_at:
            ending = await self._look()
            if ending is not None:
                return ending
        await self._wait()
        return None

    # What to begin next

    async def _next_batch(self) -> Sequence[DeliveryId]:
        room = self._window.size - len(self._in_flight)
        if room <= 0 or self._now() < self._rest_until:
            return ()
        if len(self._claimed) < room and self._now() >= self._claim_at:
            await self._claim()
        count = await self._limiter.grant(min(room, len(self._claimed)))
        return [self._claimed.popleft() for _ in range(count)]

    async def _claim(self) -> None:
        now, holding = self._now(), tuple(self._claimed)
        claimed: Sequence[Claimed] = await self._ledger.call(
            lambda ledger: ledger.claim(
                self._campaign, worker=self._worker, limit=_CLAIM, now=now, holding=holding
            )
        )
        self._claimed.extend(each.delivery for each in claimed)
        if not claimed:
            self._claim_at = now + _LOOK_AGAIN
            self._look_if_idle()
        self._fault(Place.CLAIMED)

    async def _turn(self, batch: Sequence[DeliveryId]) -> None:
        settlements, self._ended = self._ended, []
        now = self._now()
        try:
            begun: Begun = await self._ledger.call(
                lambda ledger: ledger.turn(settlements, batch, worker=self._worker, now=now)
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
            self._wait_for_quota(begun.beyond_quota)
        if begun.left:
            # Paused, cancelled or taken over: look why before claiming more.
            self._look_at = now

    def _wait_for_quota(self, deliveries: Sequence[DeliveryId]) -> None:
        maillog.quota_used_up(self._campaign)
        self._claimed.extendleft(reversed(deliveries))
        self._rest_until = self._now() + timedelta(seconds=5)

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
        self._heed(settlement)
        self._look_if_idle()
        self._woken.set()

    def _heed(self, settlement: Settlement) -> None:
        """Learn from an outcome what concerns the mails that come next."""
        outcome = settlement.outcome
        if settlement.decision.happening is not Happening.HELD:
            self._failed_rests = 0
            self._heed_pace(outcome)
        elif outcome.verdict is Verdict.PERMANENT:
            self._halted = outcome.text
        else:
            self._rest_from_server(outcome)

    def _heed_pace(self, outcome: Outcome) -> None:
        slower = outcome.slow_down or outcome.fewer_connections
        if slower and self._now() < self._rest_until:
            return  # it was said to those that went together; once is enough
        self._window.heed(outcome)
        if slower:
            self._rest(_SLOWER)

    def _rest_from_server(self, outcome: Outcome) -> None:
        """Nobody can be mailed: wait as the retry policy says, then give up."""
        if self._now() < self._rest_until:
            return
        policy = self._attempting.policy
        if self._failed_rests >= len(policy.waits):
            self._halted = outcome.text
            return
        wait = policy.wait(self._failed_rests, self._attempting.random)
        self._failed_rests += 1
        maillog.server_unreachable(self._campaign, outcome.text, wait.total_seconds())
        self._rest(wait)

    def _rest(self, wait: timedelta) -> None:
        self._rest_until = max(self._rest_until, self._now() + wait)

    # Waiting and ending

    def _look_if_idle(self) -> None:
        """The end is noticed at once, not at the next look."""
        if not self._in_flight and not self._claimed:
            self._look_at = self._now()

    async def _look(self) -> Ending | None:
        self._look_at = self._now() + _LOOK_AGAIN

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
            await asyncio.wait_for(self._woken.wait(), self._patience())
        except TimeoutError:
            return
        self._woken.clear()

    def _patience(self) -> float:
        """Seconds until something is worth another look."""
        moments = [self._look_at]
        if len(self._in_flight) < self._window.size:
            moments.append(
                max(self._rest_until, self._claim_at if not self._claimed else self._now())
            )
        return min(max((min(moments) - self._now()).total_seconds(), 0.01), 0.25)

    async def _pause(self) -> Ending:
        reason, now = self._halted, self._now()
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
        claimed, self._claimed = list(self._claimed), deque()

        def finish(ledger: Ledger) -> None:
            ledger.settle(settlements)
            ledger.release(claimed, worker=self._worker)

        await self._ledger.call(finish)
        self._fault(Place.SETTLED)


def _unanswered(attempt: Attempt, *, now: datetime) -> Settlement:
    outcome = Outcome(
        verdict=Verdict.UNKNOWN, text="Pabal was stopped before the server had answered."
    )
    decision = Decision(happening=Happening.LOST_SIGHT)
    return Settlement(attempt=attempt, outcome=outcome, decision=decision, at=now)
