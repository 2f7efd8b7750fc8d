"""Settling and beginning: the two durable steps around every mail."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from pabal.domain.delivery import State
from pabal.domain.identity import DeliveryId
from pabal.domain.quota import bucket_of
from pabal.ledger.beginning import Beginning
from pabal.ledger.dynamodb import holding, keys, quota
from pabal.ledger.dynamodb.holding import hold
from pabal.ledger.dynamodb.work import Work
from pabal.ledger.instants import to_micros
from pabal.ledger.port import Begun, Settlement
from pabal.ledger.rows import Changes, Row, slot_of
from pabal.ledger.settling import lost, settle

# So many settlements, and so many deliveries to begin, fit into a transaction: a settlement
# writes a delivery and perhaps a stop, a beginning writes one and rests on an address; and
# all of them together a slot of each campaign, minutes of the quota, its sum, and the worker.
AT_ONCE = 12


def turn(
    work: Work,
    settlements: Sequence[Settlement],
    deliveries: Sequence[DeliveryId],
    *,
    worker: str,
    now: datetime,
    daily_limit: int | None,
) -> Begun:
    """Settle, then begin, in one change."""
    rows = hold(work, [*(each.attempt.delivery for each in settlements), *deliveries])
    changes, reservations = Changes(slot=slot_of(worker)), Counter[int]()
    proven = {id for id in lost(settlements) if _is_proven(work, id)}
    holding.stop(work, settle(settlements, rows, changes, reservations, proven))
    begun = Begun(attempts=())
    if deliveries:
        begun = _begin(work, rows, changes, reservations, deliveries, worker, now, daily_limit)
    elif any(reservations.values()):
        allowance = quota.look(work, now=None)
        quota.reserve(work, allowance, reservations, limit=None)
    holding.write(work, changes)
    return begun


def _begin(
    work: Work,
    rows: dict[DeliveryId, Row],
    changes: Changes,
    reservations: Counter[int],
    deliveries: Sequence[DeliveryId],
    worker: str,
    now: datetime,
    daily_limit: int | None,
) -> Begun:
    beginning = Beginning(
        worker=worker, now=now, is_alive=_is_alive(work, worker, now), changes=changes
    )
    for delivery in dict.fromkeys(deliveries):
        beginning.consider(delivery, rows.get(delivery))
    allowance = quota.look(work, now=now)
    room = None if daily_limit is None else allowance.room(daily_limit, reservations)
    begun = beginning.begin(room=room)
    reservations[bucket_of(now)] += beginning.reserved
    quota.reserve(work, allowance, reservations, limit=daily_limit)
    if beginning.reserved:
        work.require(keys.worker(worker), "alive_until", above=to_micros(now))
        _rest_on_addresses(work, changes)
    return begun


def _rest_on_addresses(work: Work, changes: Changes) -> None:
    """Nothing begins if its address is stopped at the last moment."""
    for row in changes.rows.values():
        if row.state is State.SENDING:
            work.check(keys.address(row.address))


def _is_alive(work: Work, worker: str, now: datetime) -> bool:
    found = work.item(keys.worker(worker))
    return found is not None and found["alive_until"] > to_micros(now)


def _is_proven(work: Work, delivery: DeliveryId) -> bool:
    item = work.item(keys.delivery(delivery))
    return item is not None and bool(item.get("proven"))
