"""Lambda `report`: how a campaign stands, what became of it in the end, and why it stopped."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from pabal.domain.campaign import PROMISE
from pabal.domain.delivery import State
from pabal.domain.identity import CampaignId
from pabal.ledger.errors import CampaignNotOpen
from pabal.ledger.port import Delivery, Ledger, Run, RunState
from pabal.pipeline.aws import metrics
from pabal.pipeline.aws.calls import (
    Allowance,
    Ticket,
    part_of,
    read_allowance,
    read_campaign,
    read_moment,
    read_start,
)
from pabal.pipeline.aws.errors import CallUnreadable
from pabal.pipeline.aws.returns import Ended, to_json
from pabal.pipeline.aws.wiring import Workshop, workshop
from pabal.pipeline.steps.finish import Report, finish, report
from pabal.sending import maillog

_LOG = logging.getLogger("pabal.pipeline")
_LATE = "Not finished by its deadline. What is left is still queued: resume it, or cancel it."
_REFILL = 5_000  # tickets at a time
_PAGE = 1_000
_SOON, _LATER, _SELDOM = 5, 60, 600  # seconds between looks


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """The steps `Watch`, `Report` and `RecordFailure`, by the input's `step`."""
    steps: dict[str, Callable[[Mapping[str, Any], Workshop], dict[str, Any]]] = {
        "watch": watch,
        "report": conclude,
        "failed": record_failure,
    }
    step = steps.get(str(event.get("step")))
    if step is None:
        raise CallUnreadable(reason="its step is none that is known")
    return step(event, workshop())


def watch(event: Mapping[str, Any], parts: Workshop) -> dict[str, Any]:
    """Look whether a campaign is drained; mend what nobody works on. Repeating is safe.

    Returns `state`: "over" or "waiting", and after how many seconds to look again.
    """
    now, start = parts.now(), read_start(event)
    allowance = read_allowance(event)
    ledger = parts.ledger(allowance.daily_limit)
    for delivery in ledger.sweep(now=now):
        maillog.doubtful_found(delivery)
    over = finish(ledger, start.campaign, now=now)
    run = ledger.run(start.campaign)
    if over or run.state in (RunState.CANCELLED, RunState.FINISHED):
        return {"state": "over", "seconds": 0}
    if run.state is RunState.PAUSED:
        return {"state": "waiting", "seconds": _wait(now - run.started_at)}
    if now > read_moment(event.get("deadline")):
        ledger.set_state(start.campaign, RunState.PAUSED, reason=_LATE, now=now)
        return {"state": "over", "seconds": 0}
    _refill(start.campaign, start.digest, allowance, ledger, parts, now)
    return {"state": "waiting", "seconds": _wait(now - run.started_at)}


def conclude(event: Mapping[str, Any], parts: Workshop) -> dict[str, Any]:
    """Write what became of a campaign where the console and people find it."""
    now, campaign = parts.now(), read_campaign(event.get("campaign"))
    told = report(parts.ledger(), campaign)
    summary = as_json(told, now)
    parts.bucket.keep_report(campaign, json.dumps(summary, ensure_ascii=False, indent=1).encode())
    metrics.tell(_figures(told, float(event.get("predicted_seconds", 0)), now), now=now,
                 campaign=campaign)  # fmt: skip
    _tell_console(campaign, told.run.reason, parts)
    return {name: summary[name] for name in ("campaign", "state", "counts", "seconds")}


def record_failure(event: Mapping[str, Any], parts: Workshop) -> dict[str, Any]:
    """Keep why a campaign could not go on, and pause it where it had begun."""
    now, campaign = parts.now(), read_campaign(event.get("campaign"))
    reason = _reason(event)
    with suppress(CampaignNotOpen):  # it had not begun; nothing is to be held
        parts.ledger().set_state(campaign, RunState.PAUSED, reason=reason, now=now)
    _LOG.error("campaign %s: %s", campaign, reason, extra={"campaign": campaign})
    metrics.tell({"CampaignsFailed": 1}, now=now, campaign=campaign)
    _tell_console(campaign, reason, parts)
    return {"campaign": campaign, "reason": reason}


def as_json(told: Report, now: datetime) -> dict[str, Any]:
    """Return a report as the API and the file in S3 show it."""
    run: Run = told.run
    return {
        "campaign": run.campaign,
        "state": run.state.value,
        "reason": run.reason,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "seconds": round(told.elapsed(now).total_seconds(), 3),
        "counts": {state.value: n for state, n in told.counts.items()},
        "deferred": told.deferred,
        "failures": dict(told.failures),
        "skips": dict(told.skips),
        "returned": [
            {"event": kind.value, "weight": weight.value, "deliveries": n}
            for (kind, weight), n in told.returned.items()
        ],
    }


# What nobody works on


def _refill(
    campaign: CampaignId,
    digest: str,
    allowance: Allowance,
    ledger: Ledger,
    parts: Workshop,
    now: datetime,
) -> None:
    """Write tickets for what is due, where the queue has none: it was paused, held or lost."""
    limit = allowance.daily_limit
    room = _REFILL if limit is None else min(_REFILL, limit - ledger.quota_used(now=now))
    due = ledger.next_due(campaign, now=now)
    queue = parts.surroundings.send_queue
    if room <= 0 or due is None or due > now or parts.queues.waiting(queue):
        return
    tickets = (
        Ticket(
            delivery=each.id, position=each.position, digest=digest, allowance=allowance
        ).to_json()
        for each in islice(_due(ledger, campaign, now), room)
    )
    if count := parts.queues.put(queue, tickets):
        _LOG.info("campaign %s: %d tickets written again", campaign, count)


def _due(ledger: Ledger, campaign: CampaignId, now: datetime) -> Iterator[Delivery]:
    after = -1
    while page := ledger.deliveries(campaign, state=State.QUEUED, after=after, limit=_PAGE):
        yield from (each for each in page if each.not_before is None or each.not_before <= now)
        after = page[-1].position


def _wait(elapsed: timedelta) -> int:
    """Longer as time goes by: an execution has 25,000 events, and a look takes nine."""
    if elapsed <= PROMISE:
        return _SOON
    return _LATER if elapsed <= timedelta(days=1) else _SELDOM


# What is told


def _figures(told: Report, predicted: float, now: datetime) -> dict[str, float]:
    seconds = told.elapsed(now).total_seconds()
    promised = predicted <= PROMISE.total_seconds() and told.run.state is RunState.FINISHED
    figures = {
        "CampaignSeconds": seconds,
        "PromiseMissed": float(promised and seconds > PROMISE.total_seconds()),
    }
    return figures


def _reason(event: Mapping[str, Any]) -> str:
    error = part_of(event, "error")
    told = str(event.get("reason") or "") or f"{error.get('Error')}: {error.get('Cause')}"
    return told[:1000]


def _tell_console(campaign: CampaignId, explanation: str, parts: Workshop) -> None:
    ended = to_json(Ended(campaign=campaign, explanation=explanation))
    parts.queues.put(parts.surroundings.returns_queue, [ended])
