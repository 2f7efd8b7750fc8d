"""How all campaigns stand together. Every statement reads tallies or the first of an index."""

from collections.abc import Sequence
from datetime import datetime

from pabal.domain.bouncing import Weight
from pabal.domain.delivery import State
from pabal.domain.event import EventKind
from pabal.domain.identity import CampaignId
from pabal.ledger.instants import beyond, from_micros, to_micros
from pabal.ledger.port import FinishedRun, Overview, RunState
from pabal.ledger.sql import deliveries
from pabal.ledger.sql.session import Statements

# started_at, position of the first that was never begun, not_before of the first due again
_Run = tuple[int, int | None, int | None]


def read(sql: Statements, *, now: datetime) -> Overview:
    running: Sequence[_Run] = sql.rows("due", {})
    return Overview(
        runs={RunState(state): int(n) for state, n in sql.rows("runs_by_state", {})},
        deliveries={State(state): int(n) for state, n in sql.rows("under_way", {})},
        doubts=int(sql.rows("doubts", {})[0][0]),
        waiting_again=int(sql.rows("waiting_again", {})[0][0]),
        due_since=_due_since(running, now),
        running_since=_earliest([started_at for started_at, _, _ in running]),
        last_finished=_last_finished(sql),
        workers_alive=_workers_alive(sql, now),
        returned={
            (EventKind(kind), Weight(weight)): int(n)
            for kind, weight, n in sql.rows("returned", {})
        },
    )


def _due_since(running: Sequence[_Run], now: datetime) -> datetime | None:
    """What was never begun is due since its campaign was started."""
    moments = [started_at for started_at, fresh, _ in running if fresh is not None]
    moments += [again for _, _, again in running if again is not None]
    return _earliest([moment for moment in moments if moment <= to_micros(now)])


def _earliest(moments: Sequence[int]) -> datetime | None:
    return from_micros(min(moments)) if moments else None


def _last_finished(sql: Statements) -> FinishedRun | None:
    found = sql.rows("last_finished", {})
    if not found:
        return None
    campaign, started_at, finished_at = found[0]
    return FinishedRun(
        deliveries=deliveries.counts(sql, CampaignId(campaign)),
        elapsed=from_micros(finished_at) - from_micros(started_at),
    )


def _workers_alive(sql: Statements, now: datetime) -> int:
    moments = {"now": to_micros(now), "beyond": beyond(now)}
    return int(sql.rows("workers_alive", moments)[0][0])
