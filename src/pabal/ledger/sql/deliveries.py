"""Deliveries: enqueued, claimed, and read."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from pabal.domain.delivery import Happening, State
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.ledger.instants import beyond, from_micros, to_micros
from pabal.ledger.port import Claimed, Delivery, Entry, HistoryEntry, RunState
from pabal.ledger.rows import CAMPAIGN_ENDED, OVER, Changes
from pabal.ledger.sql import runs
from pabal.ledger.sql.changes import hold, record_enqueued, write
from pabal.ledger.sql.session import Statements

_FOREVER = 2**62  # microseconds
_UNSENT = frozenset({State.FAILED, State.DOUBTFUL, State.SKIPPED, State.CANCELLED})


def enqueue(
    sql: Statements, campaign: CampaignId, entries: Sequence[Entry], *, now: datetime
) -> int:
    """Add deliveries and return how many are new.

    Raises CampaignNotOpen: it was never opened.
    """
    sql.lock("hold_runs")
    run = runs.read(sql, campaign)
    erased = _erased(sql, entries)
    rows = [
        (each.delivery, each.position, erased.get(each.address, each.address)) for each in entries
    ]
    added: list[DeliveryId] = [
        delivery
        for (delivery,) in sql.rows(
            "add_deliveries", {"campaign": campaign, "entries": json.dumps(sorted(rows))}
        )
    ]
    record_enqueued(sql, campaign, added, now)
    if run.state in OVER:
        _cancel(sql, added, now)
    return len(added)


def claim(
    sql: Statements,
    campaign: CampaignId,
    *,
    worker: str,
    limit: int,
    now: datetime,
    holding: Sequence[DeliveryId] | None,
) -> Sequence[Claimed]:
    """Take what is due again, then what was never begun, at last what is misdated."""
    run = sql.rows("run", {"campaign": campaign})
    if not run or RunState(run[0][1]) is not RunState.RUNNING:
        return ()
    wanted = {
        "campaign": campaign,
        "worker": worker,
        "now": to_micros(now),
        "beyond": beyond(now),
        "knows_own": 0 if holding is None else 1,
        "holding": sql.array(holding or ()),
    }
    due = {"after": 0, "until": to_micros(now), "begun_after": 0}
    again = sql.rows("claim_again", {**wanted, **due, "limit": limit})
    fresh = sql.rows("claim_fresh", {**wanted, "limit": limit - len(again)})
    if not again and not fresh:
        # Put off by a clock that has been set back since: its wait cannot be measured.
        misdated = {"after": beyond(now), "until": _FOREVER, "begun_after": to_micros(now)}
        again = sql.rows("claim_again", {**wanted, **misdated, "limit": limit})
    # What the worker holds may have been another's meanwhile and be free again: it is
    # the worker's once more, but it has it already. A database returns them in any order.
    held = frozenset(holding or ())
    claimed = sorted((each for each in [*again, *fresh] if each[0] not in held), key=_position)
    return [Claimed(delivery=id, position=n, address=address) for id, n, address in claimed]


def _position(claimed: tuple[DeliveryId, int, str]) -> int:
    return claimed[1]


def release(sql: Statements, deliveries: Sequence[DeliveryId], *, worker: str) -> None:
    """Give back claims that were not begun."""
    sql.execute("release", {"ids": sql.array(sorted(deliveries)), "worker": worker})


def put_off(sql: Statements, until: Mapping[DeliveryId, datetime], *, worker: str) -> None:
    """Give back claims that were not begun, not to be claimed before their moments."""
    rows = [
        {"id": delivery, "not_before": to_micros(moment), "worker": worker}
        for delivery, moment in sorted(until.items())
    ]
    sql.execute_rows("put_off", rows)


def counts(sql: Statements, campaign: CampaignId) -> dict[State, int]:
    return {State(state): int(n) for state, n in sql.rows("counts", {"campaign": campaign})}


def deferred(sql: Statements, campaign: CampaignId) -> int:
    return int(sql.rows("deferred", {"campaign": campaign})[0][0])


def next_due(sql: Statements, campaign: CampaignId, *, now: datetime) -> datetime | None:
    """Return when the next free delivery may begin: `now` if it may already."""
    wanted = {"campaign": campaign, "now": to_micros(now), "beyond": beyond(now)}
    if sql.rows("first_fresh", wanted):
        return now
    again = sql.rows("first_again", wanted)
    return max(now, from_micros(again[0][0])) if again else None


def page(
    sql: Statements, campaign: CampaignId, *, state: State | None, after: int, limit: int
) -> Sequence[Delivery]:
    wanted = {"campaign": campaign, "after": after, "limit": limit}
    if state is None:
        return [_delivery(*row) for row in sql.rows("page", wanted)]
    name = "page_of_unsent" if state in _UNSENT else "page_of_state"
    return [_delivery(*row) for row in sql.rows(name, {**wanted, "state": state.value})]


def read(sql: Statements, delivery: DeliveryId) -> Delivery | None:
    found = sql.rows("delivery", {"id": delivery})
    return _delivery(*found[0]) if found else None


def find(sql: Statements, address: str, campaign: CampaignId | None) -> Sequence[Delivery]:
    found = [_delivery(*row) for row in sql.rows("find", {"address": address})]
    return [each for each in found if campaign in (None, each.campaign)]


def history(sql: Statements, delivery: DeliveryId) -> Sequence[HistoryEntry]:
    return [_history_entry(*row) for row in sql.rows("history", {"id": delivery})]


def _erased(sql: Statements, entries: Sequence[Entry]) -> Mapping[str, str]:
    """Return the aliases of those who were erased, by the addresses that the package has."""
    addresses = {alias: each.address for each in entries for alias in each.aliases}
    if not addresses:
        return {}
    found = sql.rows("erased", {"aliases": sql.array(list(addresses))})
    return {addresses[alias]: alias for (alias,) in found}


def _cancel(sql: Statements, deliveries: Sequence[DeliveryId], now: datetime) -> None:
    changes = Changes()
    for row in hold(sql, deliveries).values():
        changes.happen(row, Happening.CANCELLED, now, CAMPAIGN_ENDED)
    write(sql, changes)


def _delivery(
    id: str,
    campaign: str,
    position: int,
    address: str,
    state: str,
    attempts: int,
    failures: int,
    not_before: int,
    last: str,
) -> Delivery:
    waits = state == State.QUEUED.value and not_before > 0
    return Delivery(
        id=DeliveryId(id),
        campaign=CampaignId(campaign),
        position=position,
        address=address,
        state=State(state),
        attempts=attempts,
        failures=failures,
        not_before=from_micros(not_before) if waits else None,
        last=last,
    )


def _history_entry(
    delivery: str,
    at: int,
    happening: str,
    attempt: int,
    worker: str,
    code: int,
    enhanced: str,
    text: str,
) -> HistoryEntry:
    return HistoryEntry(
        delivery=DeliveryId(delivery),
        at=from_micros(at),
        happening=Happening(happening),
        attempt=attempt,
        worker=worker,
        code=code,
        enhanced=enhanced,
        text=text,
    )
