"""Lambda `report`: how a campaign stands, what became of it in the end, and why it stopped."""

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from pabal.domain.campaign import PROMISE
from pabal.domain.identity import CampaignId
from pabal.ledger.errors import CampaignNotOpen
from pabal.ledger.port import Run, RunState
from pabal.pipeline.aws import metrics
from pabal.pipeline.aws.calls import part_of, read_campaign
from pabal.pipeline.aws.errors import CallUnreadable
from pabal.pipeline.aws.returns import Ended, to_json
from pabal.pipeline.aws.watching import watch
from pabal.pipeline.aws.wiring import Workshop, workshop
from pabal.pipeline.steps.finish import Report, report

_LOG = logging.getLogger("pabal.pipeline")


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
    """Keep why a campaign could not go on, and pause it where it had begun.

    Whoever has paused it before knew better.
    """
    now, campaign = parts.now(), read_campaign(event.get("campaign"))
    reason = _reason(event)
    with suppress(CampaignNotOpen):  # it had not begun; nothing is to be held
        run = parts.ledger().set_state(campaign, RunState.PAUSED, reason=reason, now=now)
        reason = run.reason or reason
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
