"""Items and what they mean: runs, deliveries with their history, addresses."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pabal.domain.bouncing import Failure, Weight
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Happening, State
from pabal.domain.identity import CampaignId, DeliveryId, split_delivery_id
from pabal.domain.suppression import Reason, Suppression, stops
from pabal.ledger.dynamodb import keys
from pabal.ledger.dynamodb.values import Item
from pabal.ledger.instants import from_micros, to_micros
from pabal.ledger.port import Delivery, HistoryEntry, Run, RunState
from pabal.ledger.rows import ERASED, Row, Words

# What a server says last of a mail that is settled.
_ANSWERS = frozenset({Happening.ACCEPTED, Happening.REFUSED, Happening.GAVE_UP})
# A history's entries have short names, since every mail carries three of them.
_ENTRY = {
    "at": "a", "happening": "h", "attempt": "n", "worker": "w", "code": "c", "enhanced": "e",
    "text": "t",
}  # fmt: skip


def id_of(item: Mapping[str, Any]) -> DeliveryId:
    return DeliveryId(item["pk"].removeprefix("D#"))


def id_of_link(item: Mapping[str, Any]) -> DeliveryId:
    return DeliveryId(item["sk"].removeprefix("D#"))


def campaign_of(delivery: str) -> CampaignId | None:
    """Return the campaign that a delivery's id names; None where it is no such id."""
    try:
        return split_delivery_id(delivery)[0]
    except ValueError:
        return None


def run(item: Item) -> Run:
    finished_at = item.get("finished_at")
    return Run(
        campaign=CampaignId(item["sk"]),
        state=RunState(item["state"]),
        reason=item["reason"],
        scopes=tuple(item["scopes"]),
        on_doubt=OnDoubt(item["on_doubt"]),
        started_at=from_micros(item["started_at"]),
        finished_at=None if finished_at is None else from_micros(finished_at),
    )


def row(item: Item, run: Run, address: Item | None) -> Row:
    return Row(
        id=id_of(item),
        campaign=run.campaign,
        position=item["position"],
        address=item["address"],
        state=state_of(item),
        attempts=item["attempts"],
        failures=item["failures"],
        not_before=item["not_before"],
        worker=item["worker"],
        begun_at=item.get("begun_at"),
        last=item["last"],
        run=run.state,
        on_doubt=run.on_doubt,
        stop=stop_of(address, frozenset(run.scopes)),
    )


def state_of(item: Item) -> State:
    return State(item["queue"].partition("#")[2])


def new_delivery(position: int, address: str) -> Item:
    return {
        "position": position,
        "address": address,
        "attempts": 0,
        "failures": 0,
        "not_before": 0,
        "worker": "",
        "last": "",
        "history": [],
    }


def changed(item: Item, row: Row, entries: Iterable[Mapping[str, Any]]) -> Item:
    """Return the item of a delivery as the row is, with more history."""
    said = {
        "attempts": row.attempts,
        "failures": row.failures,
        "not_before": row.not_before,
        "worker": row.worker,
        "last": row.last,
        "queue": keys.queue(CampaignId(row.campaign), row.state),
        "place": _place(row),
    }
    if row.begun_at is not None:
        said["begun_at"] = row.begun_at
    return {**item, **said, "history": [*item["history"], *map(_short, entries)]}


def renamed(item: Item, alias: str) -> Item:
    """Return a delivery called by an alias, without what was said about its recipient."""
    silent = [{**each, "t": ERASED.text} if each.get("t") else each for each in item["history"]]
    last = ERASED.text if item["last"] else ""
    return {**item, "address": alias, "history": silent, "last": last}


def without_replies(item: Item, before: int) -> Item:
    """Return a delivery without what servers have said before a moment; their codes stay."""
    old = [each for each in item["history"] if each.get("c") and each["a"] < before]
    kept = [_wordless(each) if each in old else each for each in item["history"]]
    answers = [each for each in old if Happening(each["h"]) in _ANSWERS]
    is_settled = state_of(item) in (State.SENT, State.FAILED)
    last = _codes(answers[-1]) if answers and is_settled else item["last"]
    return {**item, "history": kept, "last": last}


def _wordless(entry: Item) -> Item:
    return {name: value for name, value in entry.items() if name != "t"}


def _codes(entry: Item) -> str:
    return str(Words(code=entry["c"], enhanced=entry.get("e", "")))


def _place(row: Row) -> str:
    if row.state is State.QUEUED and row.not_before > 0:
        return keys.due(row.not_before, row.position)
    return keys.place(row.position)


def delivery(item: Item) -> Delivery:
    state, not_before = state_of(item), item["not_before"]
    waits = state is State.QUEUED and not_before > 0
    return Delivery(
        id=id_of(item),
        campaign=CampaignId(item["queue"].partition("#")[0]),
        position=item["position"],
        address=item["address"],
        state=state,
        attempts=item["attempts"],
        failures=item["failures"],
        not_before=from_micros(not_before) if waits else None,
        last=item["last"],
    )


def history(item: Item) -> Sequence[HistoryEntry]:
    return [_entry(id_of(item), each) for each in item["history"]]


def _short(entry: Mapping[str, Any]) -> Item:
    return {short: entry[name] for name, short in _ENTRY.items() if entry[name] not in ("", 0)}


def _entry(delivery: DeliveryId, entry: Item) -> HistoryEntry:
    return HistoryEntry(
        delivery=delivery,
        at=from_micros(entry.get("a", 0)),
        happening=Happening(entry["h"]),
        attempt=entry.get("n", 0),
        worker=entry.get("w", ""),
        code=entry.get("c", 0),
        enhanced=entry.get("e", ""),
        text=entry.get("t", ""),
    )


# Of an address: "stops" by scope, each with reason, since and detail; "bounces" that count; and
# "reached", the moment at which a mail last arrived.


def suppressions(address: str, item: Item | None) -> Sequence[Suppression]:
    found: dict[str, Item] = item.get("stops", {}) if item else {}
    return [
        Suppression(
            address=address,
            scope=scope,
            reason=Reason(stop["reason"]),
            since=from_micros(stop["since"]),
            detail=stop["detail"],
        )
        for scope, stop in found.items()
    ]


def stop_of(item: Item | None, scopes: frozenset[str]) -> Reason | None:
    """Return why an address is kept out of a campaign with these scopes."""
    for each in suppressions("", item):
        if stops(each.scope, each.reason, scopes):
            return each.reason
    return None


def stopped(item: Item | None, stop: Suppression) -> Item:
    """Return an address's item with one more stop; the first reason stays."""
    there = dict(item or {})
    told = {"reason": stop.reason.value, "since": to_micros(stop.since), "detail": stop.detail}
    there["stops"] = {stop.scope: told, **there.get("stops", {})}
    return there


def lifted(item: Item | None, scope: str) -> Item:
    there = dict(item or {})
    there["stops"] = {name: stop for name, stop in there.get("stops", {}).items() if name != scope}
    return there


def failures(item: Item | None) -> Sequence[Failure]:
    """Return the counted bounces of an address since a mail last reached it, oldest first."""
    found = (item or {}).get("bounces", [])
    return [
        Failure(
            delivery=DeliveryId(each["d"]), weight=Weight(each["w"]), at=from_micros(each["at"])
        )
        for each in found
    ]
