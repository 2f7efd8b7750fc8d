"""What came back about deliveries: kept once, and applied in the same change."""

from collections.abc import Sequence
from datetime import datetime

from pabal.domain.bouncing import COUNTED, BouncePolicy, Weight, weigh_for
from pabal.domain.delivery import Happening
from pabal.domain.engagement import Hit
from pabal.domain.erasure import is_alias
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.suppression import EVERYTHING, Reason
from pabal.ledger.dynamodb import hits, holding, items, keys, tallies
from pabal.ledger.dynamodb.holding import hold
from pabal.ledger.dynamodb.table import Table
from pabal.ledger.dynamodb.values import Item
from pabal.ledger.dynamodb.work import Work
from pabal.ledger.instants import from_micros, to_micros
from pabal.ledger.judging import judge, proves_sent, settles_doubt
from pabal.ledger.noticing import arrived, proves_arrival
from pabal.ledger.port import Recorded, ToldEvent
from pabal.ledger.rows import Changes, Row, Words, slot_of
from pabal.ledger.settling import FOUND_BY_EVENT

_NOT_ABOUT_ANY_DELIVERY = Recorded(delivery=None, weight=Weight.NOTHING, is_new=False)
_MOST_BOUNCES = 1_000  # that are counted of an address


def record(work: Work, event: FeedbackEvent, *, policy: BouncePolicy, now: datetime) -> Recorded:
    """Keep an event and do what follows from it; told again, it changes nothing."""
    row = hold(work, [event.delivery]).get(event.delivery) if event.delivery else None
    if event.delivery is None or row is None:
        return _NOT_ABOUT_ANY_DELIVERY
    weight = weigh_for(event, row.address)
    if event.proof is not Proof.SEALED and weight is not Weight.COMPLAINT:
        return _NOT_ABOUT_ANY_DELIVERY
    is_new = work.item(keys.event(row.id, event.id)) is None
    if is_new:
        _keep(work, event, row, weight, now)
        _note(work, event, row, weight, now)
        _weigh(work, event, row, weight, policy)
        if event.hit is not None:
            hits.add(work, row, event.hit, hits.known(work, row.id))
    return Recorded(delivery=event.delivery, weight=weight, is_new=is_new)


def record_hit(work: Work, hit: Hit, *, policy: BouncePolicy, now: datetime) -> bool:
    """Keep a request for something in a mail, and what it proves."""
    row = hold(work, [hit.delivery]).get(hit.delivery)
    if row is None:
        return False
    known = hits.known(work, row.id)
    if proves_arrival(row, known):
        record(work, arrived(hit, row), policy=policy, now=now)
    hits.add(work, row, hit, known)
    return True


def told_about(table: Table, delivery: DeliveryId) -> Sequence[ToldEvent]:
    found = sorted(
        table.query(keys.delivery(delivery).pk, between=keys.EVENTS),
        key=lambda each: (each["at"], each["told_at"], each["sk"]),
    )
    return [_told(each) for each in found]


def _note(work: Work, event: FeedbackEvent, row: Row, weight: Weight, now: datetime) -> None:
    """Count a delivery's first event of a kind, and send nothing again that came back."""
    changes = Changes(slot=slot_of(event.id))
    there = work.item(keys.delivery(row.id)) or {}
    told: list[str] = there.get("told", [])
    name = tallies.event_name(event.kind, weight)
    noted = {**there, "proven": bool(there.get("proven")) or proves_sent(event)}
    if name not in told:
        noted["told"] = [*told, name]
        holding.count(work, CampaignId(row.campaign), {name: 1}, slot=changes.slot)
    if settles_doubt(event, row):
        changes.happen(row, Happening.FOUND_SENT, now, FOUND_BY_EVENT)
        holding.count(work, CampaignId(row.campaign), _sums(changes), slot=changes.slot)
        noted = items.changed(noted, row, changes.history)
    work.put(keys.delivery(row.id), noted)


def _sums(changes: Changes) -> dict[str, int]:
    return {state: n for (_, state), n in changes.tally.items()}


def _weigh(
    work: Work, event: FeedbackEvent, row: Row, weight: Weight, policy: BouncePolicy
) -> None:
    """Stop the address, or end its pause."""
    key = keys.address(row.address)
    before = work.item(key)
    there = _counted(before, event, row, weight)
    found = judge(event, row.address, weight, items.failures(there), policy)
    if found.ends_pause and _is_paused(row.address, there):
        there = items.lifted(there, EVERYTHING)
    if found.stop is not None and not _is_stopped(row.address, there):
        there = items.stopped(there, found.stop)
    if there != (before or {}):
        work.put(key, there)


def _counted(before: Item | None, event: FeedbackEvent, row: Row, weight: Weight) -> Item:
    """Count a bounce, or forget those before a mail that arrived."""
    there, at = dict(before or {}), to_micros(event.at)
    reached = there.get("reached", -1)
    bounces: list[Item] = there.get("bounces", [])
    if weight is Weight.REACHED:
        there["reached"] = reached = max(reached, at)
    elif weight in COUNTED:
        bounces = [*bounces, {"d": row.id, "w": weight.value, "at": at}]
    else:
        return there
    kept = sorted((each for each in bounces if each["at"] > reached), key=lambda each: each["at"])
    return {**there, "bounces": kept[:_MOST_BOUNCES]}


def _is_paused(address: str, item: Item) -> bool:
    return any(
        each.scope == EVERYTHING and each.reason is Reason.PAUSED
        for each in items.suppressions(address, item)
    )


def _is_stopped(address: str, item: Item) -> bool:
    return any(each.scope == EVERYTHING for each in items.suppressions(address, item))


def _keep(work: Work, event: FeedbackEvent, row: Row, weight: Weight, now: datetime) -> None:
    """Write an event, and when it was told, for whoever forgets what it says."""
    said = Words(code=event.reply.code, enhanced=event.reply.enhanced, text=event.reply.text)
    kept = {
        "kind": event.kind.value,
        "weight": weight.value,
        "at": to_micros(event.at),
        "told_at": to_micros(now),
        "source": event.source.value,
        "label": "" if is_alias(row.address) else Words.plain(event.label).text,
        "code": said.code,
        "enhanced": Words.plain(said.enhanced).text,
        "text": Words.plain(said.text).about(row.address).text,
    }
    work.put(keys.event(row.id, event.id), kept)
    if kept["label"] or kept["text"]:
        work.note(keys.detail(to_micros(now), row.id, event.id), {"id": row.id, "event": event.id})


def _told(item: Item) -> ToldEvent:
    return ToldEvent(
        id=item["sk"].removeprefix(keys.EVENT_PREFIX),
        kind=EventKind(item["kind"]),
        weight=Weight(item["weight"]),
        at=from_micros(item["at"]),
        source=Source(item["source"]),
        label=item["label"],
        code=item["code"],
        enhanced=item["enhanced"],
        text=item["text"],
    )
