"""Claiming: from the queue of a campaign, or deliveries that somebody names."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, islice

from pabal.domain.delivery import State
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.ledger.dynamodb import deliveries, items, keys
from pabal.ledger.dynamodb.table import Action, Conflict
from pabal.ledger.dynamodb.values import Item, to_wire
from pabal.ledger.dynamodb.work import Desk
from pabal.ledger.instants import beyond, to_micros
from pabal.ledger.port import Claimed, RunState

_AT_ONCE = 90
_ROUNDS = 8


def claim(
    desk: Desk,
    campaign: CampaignId,
    *,
    worker: str,
    limit: int,
    now: datetime,
    holding: Sequence[DeliveryId] | None,
) -> Sequence[Claimed]:
    """Take what is due again, then what was never begun, at last what is misdated.

    The index shows what may be free; each is taken with the condition that it still is.
    Where others were faster with all of it, it is looked at again.
    """
    if _state(desk, campaign) is not RunState.RUNNING:
        return ()
    for turn in range(_ROUNDS):
        seen = list(islice(_claimable(desk, campaign, worker, now, holding), limit))
        taken = _take(desk, seen, worker)
        if taken or not seen:
            # What the worker holds may have been another's meanwhile and be free again: it is
            # the worker's once more, but it has it already.
            new = (item for item in taken if items.id_of(item) not in (holding or ()))
            return sorted(map(_claimed, new), key=lambda each: each.position)
        desk.wait(turn)
    return ()


def claim_named(
    desk: Desk, named: Sequence[DeliveryId], *, worker: str, now: datetime
) -> Sequence[Claimed]:
    """Take those of the deliveries that are due and free, or are this worker's already."""
    found = desk.table.read(map(keys.delivery, dict.fromkeys(named))).values()
    due = [
        item
        for item in found
        if items.state_of(item) is State.QUEUED and item["not_before"] <= to_micros(now)
    ]
    others = deliveries.alive(desk.table, (item["worker"] for item in due), now) - {worker}
    runs = {items.delivery(item).campaign for item in due}
    running = {run for run in runs if _state(desk, run) is RunState.RUNNING}
    wanted = [
        item
        for item in due
        if item["worker"] not in others and items.delivery(item).campaign in running
    ]
    return sorted(map(_claimed, _take(desk, wanted, worker)), key=lambda each: each.position)


def _claimable(
    desk: Desk,
    campaign: CampaignId,
    worker: str,
    now: datetime,
    holding: Sequence[DeliveryId] | None,
) -> Iterator[Item]:
    table, moment = desk.table, to_micros(now)

    def is_forgotten(item: Item) -> bool:
        """Whether it was claimed in a call whose answer was lost."""
        own = holding is not None and item["worker"] == worker
        return own and items.id_of(item) not in (holding or ())

    def free(found: Iterator[Item]) -> Iterator[Item]:
        return deliveries.free(table, found, now, claims=is_forgotten)

    anything = False
    again = deliveries.again(table, campaign, until=moment, page=_AT_ONCE)
    for item in chain(free(again), free(deliveries.fresh(table, campaign, page=_AT_ONCE))):
        anything = True
        yield item
    if not anything:
        # Put off by a clock that has been set back since: its wait cannot be measured.
        misdated = deliveries.again(table, campaign, after=beyond(now), page=_AT_ONCE)
        yield from (each for each in free(misdated) if _begun_at(each) > moment)


def _take(desk: Desk, seen: Sequence[Item], worker: str) -> Sequence[Item]:
    """Claim what is still as it was seen; return what was."""
    taken: list[Item] = []
    for start in range(0, len(seen), _AT_ONCE):
        taken += _take_together(desk, seen[start : start + _AT_ONCE], worker)
    return taken


def _take_together(desk: Desk, seen: Sequence[Item], worker: str) -> Sequence[Item]:
    wanted = list(seen)
    for turn in range(_ROUNDS):
        try:
            desk.table.write([_claim(item, worker) for item in wanted])
        except Conflict as conflict:
            failed = conflict.failed or [False] * len(wanted)
            wanted = [item for item, gone in zip(wanted, failed, strict=True) if not gone]
            desk.wait(turn)
        else:
            return wanted
    return ()


def _claim(item: Item, worker: str) -> Action:
    names = {"#q": "queue", "#w": "worker", "#n": "not_before", "#v": "v"}
    seen = {":q": item["queue"], ":w": item["worker"], ":n": item["not_before"]}
    return {
        "Update": {
            "Key": to_wire({"pk": item["pk"], "sk": item["sk"]}),
            "UpdateExpression": "SET #w = :worker ADD #v :one",
            "ConditionExpression": "#q = :q and #w = :w and #n = :n",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": to_wire({**seen, ":worker": worker, ":one": 1}),
        }
    }


def _state(desk: Desk, campaign: CampaignId) -> RunState | None:
    found = desk.table.read([keys.run(campaign)]).get(keys.run(campaign))
    return items.run(found).state if found else None


def _begun_at(item: Item) -> int:
    return int(item.get("begun_at") or item["not_before"])


def _claimed(item: Item) -> Claimed:
    found = items.delivery(item)
    return Claimed(delivery=found.id, position=found.position, address=found.address)
