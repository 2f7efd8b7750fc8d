"""Deliveries that change, in the tables: read and locked, and written at once."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Happening, State, after
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.suppression import Reason, stops
from pabal.ledger.instants import to_micros
from pabal.ledger.port import RunState
from pabal.ledger.rows import NOTHING_SAID, Changes, Row, said
from pabal.ledger.sql.session import Answer, Statements


def hold(sql: Statements, deliveries: Iterable[DeliveryId]) -> dict[DeliveryId, Row]:
    """Read deliveries; nobody else changes them or their runs' states before we commit."""
    return read_held(ask_to_hold(sql, deliveries))


def ask_to_hold(sql: Statements, deliveries: Iterable[DeliveryId]) -> Answer:
    """The first half of `hold`: other questions may follow before the answer is read."""
    ids = sorted(set(deliveries))
    if not ids:
        return list[Any]
    sql.lock("hold_runs")
    return sql.ask("hold", {"ids": sql.array(ids)})


def read_held(answer: Answer) -> dict[DeliveryId, Row]:
    """The second half of `hold`."""
    held: dict[DeliveryId, Row] = {}
    for *columns, scopes, scope, reason in answer():
        row = held.get(columns[0])
        if row is None:
            row = held[columns[0]] = _row(*columns)
        if scope is not None and stops(scope, Reason(reason), _scopes(scopes)):
            row.stop = Reason(reason)
    return held


def write(sql: Statements, changes: Changes) -> None:
    """Write rows, history and tally."""
    sql.execute_rows("change", [_columns(changes.rows[id]) for id in sorted(changes.rows)])
    sql.execute_rows("add_history", changes.history)
    count(sql, changes.tally, slot=changes.slot)


def record_enqueued(
    sql: Statements, campaign: CampaignId, deliveries: Sequence[DeliveryId], at: datetime
) -> None:
    """Write history and tally of deliveries that are new."""
    state = after(None, Happening.ENQUEUED)
    blank = said(NOTHING_SAID)
    entry = {"at": to_micros(at), "happening": Happening.ENQUEUED.value, "attempt": 0, "worker": ""}
    sql.execute_rows(
        "add_history", [{"delivery": delivery, **entry, **blank} for delivery in deliveries]
    )
    count(sql, {(campaign, state.value): len(deliveries)})


def count(sql: Statements, changes: Mapping[tuple[str, str], int], *, slot: int = 0) -> None:
    """Add to the tally, always in one order so that two workers cannot deadlock."""
    sql.execute_rows(
        "count",
        [
            {"campaign": campaign, "state": state, "slot": slot, "n": n}
            for (campaign, state), n in sorted(changes.items())
            if n
        ],
    )


def _columns(row: Row) -> Mapping[str, object]:
    return {
        "id": row.id,
        "state": row.state.value,
        "attempts": row.attempts,
        "failures": row.failures,
        "not_before": row.not_before,
        "worker": row.worker,
        "begun_at": row.begun_at,
        "last": row.last,
    }


def _row(
    id: str,
    campaign: str,
    position: int,
    address: str,
    state: str,
    attempts: int,
    failures: int,
    not_before: int,
    worker: str,
    begun_at: int | None,
    last: str,
    run: str,
    on_doubt: str,
) -> Row:
    return Row(
        id=DeliveryId(id),
        campaign=campaign,
        position=position,
        address=address,
        state=State(state),
        attempts=attempts,
        failures=failures,
        not_before=not_before,
        worker=worker,
        begun_at=begun_at,
        last=last,
        run=RunState(run),
        on_doubt=OnDoubt(on_doubt),
        stop=None,
    )


@lru_cache(maxsize=256)
def _scopes(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))
