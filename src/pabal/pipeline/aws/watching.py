"""The step `Watch`: whether a campaign is drained, and tickets for what nobody works on.

A delivery that is due needs a ticket in the queue. It has none where its campaign was paused or
held, or where the ticket was lost; and it cannot be asked of a queue whose tickets it has. So
tickets are written again where the queue has none at all, where the campaign goes on after a
pause, and where something is due and nothing has moved for some looks, since others' tickets may
fill the queue for hours. One too many finds nothing to do; for each time that nothing moves all
the same, the next is twice as long in coming.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from pabal.domain.campaign import PROMISE
from pabal.domain.delivery import State
from pabal.domain.identity import CampaignId
from pabal.ledger.port import Delivery, Ledger, Run, RunState
from pabal.pipeline.aws.calls import (
    Allowance,
    Start,
    Ticket,
    part_of,
    read_allowance,
    read_moment,
    read_start,
)
from pabal.pipeline.aws.wiring import Workshop
from pabal.pipeline.steps.finish import finish
from pabal.sending import maillog

_LOG = logging.getLogger("pabal.pipeline")
_LATE = "Not finished by its deadline. What is left is still queued: resume it, or cancel it."
_REFILL = 20_000  # tickets at a time: half a minute of a function's five
_PAGE = 1_000
_SOON, _LATER, _SELDOM, _ASLEEP = 5, 60, 300, 600  # seconds between looks
_STALLED = 4  # looks
# Behind it resuming starts another execution: one has 25,000 events, and a look takes nine.
_LONGEST_PAUSE = timedelta(days=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a campaign stood when it was looked at.

    counts: deliveries by state. due: whether some may begin, and are not claimed.
    stalled: looks in a row before this one at which it stood just so.
    """

    is_running: bool
    counts: Mapping[str, int]
    due: bool
    stalled: int = 0

    def after(self, before: "Look | None") -> "Look":
        """Return this look, knowing the one before; None at the first."""
        is_same = before is not None and self.due and self.counts == before.counts
        stalled = before.stalled + 1 if before and is_same and before.is_running else 0
        return Look(is_running=self.is_running, counts=self.counts, due=self.due, stalled=stalled)

    def wants_tickets(self, before: "Look | None", *, in_queue: int) -> bool:
        """Whether tickets are to be written again. in_queue: those of all campaigns."""
        if not (self.is_running and self.due):
            return False
        goes_on = before is not None and not before.is_running
        waited = self.stalled >= _STALLED and self.stalled.bit_count() == 1
        return not in_queue or goes_on or waited

    def to_json(self) -> dict[str, Any]:
        return {
            "is_running": self.is_running,
            "counts": dict(self.counts),
            "due": self.due,
            "stalled": self.stalled,
        }

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Look | None":
        """Read what `to_json` has written; None where there was no look before."""
        if "stalled" not in told:
            return None
        return cls(
            is_running=bool(told["is_running"]),
            counts=part_of(told, "counts"),
            due=bool(told["due"]),
            stalled=int(told["stalled"]),
        )


def watch(event: Mapping[str, Any], parts: Workshop) -> dict[str, Any]:
    """Look whether a campaign is drained; mend what nobody works on. Repeating is safe.

    Returns `state`: "over" or "waiting"; after how many seconds to look again; what was `seen`.
    """
    now, start = parts.now(), read_start(event)
    allowance = read_allowance(event)
    ledger = parts.ledger(allowance.daily_limit)
    for delivery in ledger.sweep(now=now):
        maillog.doubtful_found(delivery)
    is_drained, run = finish(ledger, start.campaign, now=now), ledger.run(start.campaign)
    if is_drained and run.state is RunState.PAUSED:  # resuming would send nothing
        ledger.set_state(start.campaign, RunState.FINISHED, reason=run.reason, now=now)
    if is_drained or run.state is RunState.FINISHED:
        return _over()
    late = now - read_moment(event.get("deadline"))
    if run.state is RunState.RUNNING and late > timedelta(0):
        ledger.set_state(start.campaign, RunState.PAUSED, reason=_LATE, now=now)
        return _over()
    if run.state is RunState.PAUSED and late > _LONGEST_PAUSE:
        return _over()
    before = Look.read(part_of(part_of(event, "before"), "seen"))
    look = _look(run, ledger, now).after(before)
    if look.wants_tickets(before, in_queue=parts.queues.waiting(parts.surroundings.send_queue)):
        _write_tickets(start, allowance, ledger, parts, now)
    began = read_moment(event.get("began", run.started_at))
    seconds = _wait(
        now - max(began, run.started_at), moves=before is None or look.counts != before.counts
    )
    return {"state": "waiting", "seconds": seconds, "seen": look.to_json()}


def _over() -> dict[str, Any]:
    return {"state": "over", "seconds": 0, "seen": {}}


def _look(run: Run, ledger: Ledger, now: datetime) -> Look:
    due = ledger.next_due(run.campaign, now=now)
    return Look(
        is_running=run.state is RunState.RUNNING,
        counts={state.value: n for state, n in ledger.counts(run.campaign).items()},
        due=due is not None and due <= now,
    )


def _write_tickets(
    start: Start, allowance: Allowance, ledger: Ledger, parts: Workshop, now: datetime
) -> None:
    """Write tickets for what is due, for as many as the quota has room."""
    limit = allowance.daily_limit
    room = _REFILL if limit is None else min(_REFILL, limit - ledger.quota_used(now=now))
    if room <= 0:
        return
    tickets = (
        Ticket(
            delivery=each.id, position=each.position, digest=start.digest, allowance=allowance
        ).to_json()
        for each in islice(_due(ledger, start.campaign, now), room)
    )
    if count := parts.queues.put(parts.surroundings.send_queue, tickets):
        _LOG.info("campaign %s: %d tickets written again", start.campaign, count)


def _due(ledger: Ledger, campaign: CampaignId, now: datetime) -> Iterator[Delivery]:
    after = -1
    while page := ledger.deliveries(campaign, state=State.QUEUED, after=after, limit=_PAGE):
        yield from (each for each in page if each.not_before is None or each.not_before <= now)
        after = page[-1].position


def _wait(elapsed: timedelta, *, moves: bool) -> int:
    """Longer as time goes by, so that the events of an execution last.

    elapsed: since campaign and execution have begun.
    """
    if elapsed <= PROMISE:
        return _SOON
    if elapsed <= timedelta(days=1):
        return _LATER
    return _SELDOM if moves else _ASLEEP
