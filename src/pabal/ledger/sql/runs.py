"""Campaigns that were started, and how they are paused and cancelled."""

import json
from collections.abc import Sequence
from datetime import datetime

from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Happening
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.ledger.errors import CampaignNotOpen
from pabal.ledger.instants import from_micros, to_micros
from pabal.ledger.port import Run, RunState
from pabal.ledger.rows import OVER, Changes, Words
from pabal.ledger.sql import tolls
from pabal.ledger.sql.changes import hold, write
from pabal.ledger.sql.session import Statements

_AT_ONCE = 2_000  # deliveries that one transaction cancels


def open_run(
    sql: Statements,
    campaign: CampaignId,
    *,
    scopes: Sequence[str],
    on_doubt: OnDoubt,
    now: datetime,
) -> Run:
    sql.execute(
        "open_run",
        {
            "campaign": campaign,
            "scopes": json.dumps(list(scopes)),
            "on_doubt": on_doubt.value,
            "now": to_micros(now),
        },
    )
    return read(sql, campaign)


def read(sql: Statements, campaign: CampaignId) -> Run:
    """Raises CampaignNotOpen: it was never opened."""
    found = sql.rows("run", {"campaign": campaign})
    if not found:
        raise CampaignNotOpen(campaign=campaign)
    _, state, reason, scopes, on_doubt, started_at, finished_at = found[0]
    return Run(
        campaign=campaign,
        state=RunState(state),
        reason=reason,
        scopes=tuple(json.loads(scopes)),
        on_doubt=OnDoubt(on_doubt),
        started_at=from_micros(started_at),
        finished_at=None if finished_at is None else from_micros(finished_at),
    )


def set_state(
    sql: Statements, campaign: CampaignId, state: RunState, *, reason: str, now: datetime
) -> Run:
    """Change the state; one that the run has already, or an end, stays as it is."""
    sql.lock("change_runs")
    changed = sql.rows(
        "set_run_state",
        {
            "campaign": campaign,
            "state": state.value,
            "reason": reason,
            "finished_at": to_micros(now) if state in OVER else None,
        },
    )
    if changed and state is RunState.RUNNING:
        tolls.pardon(sql, campaign)
    return read(sql, campaign)


def cancel_queued(
    sql: Statements, campaign: CampaignId, *, behind: int, reason: str, now: datetime
) -> int | None:
    """Cancel a stretch of queued deliveries.

    Return the position up to which none is left, or None where that was the last.
    """
    sql.lock("hold_runs")
    stretch: list[tuple[DeliveryId, int]] = sql.rows(
        "queued_from", {"campaign": campaign, "after": behind, "limit": _AT_ONCE}
    )
    changes = Changes()
    for row in hold(sql, [delivery for delivery, _ in stretch]).values():
        changes.happen(row, Happening.CANCELLED, now, Words.plain(reason))
    write(sql, changes)
    return stretch[-1][1] if stretch else None
