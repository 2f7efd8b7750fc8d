"""What came back about deliveries: kept once, and applied in the same transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pabal.domain.bouncing import BouncePolicy, Failure, Weight, weigh_for
from pabal.domain.delivery import Happening
from pabal.domain.engagement import Hit
from pabal.domain.erasure import is_alias
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source
from pabal.domain.identity import DeliveryId
from pabal.ledger.instants import from_micros, to_micros
from pabal.ledger.judging import asks_for_failures, judge, settles_doubt
from pabal.ledger.noticing import arrived, proves_arrival
from pabal.ledger.port import Recorded, ToldEvent
from pabal.ledger.rows import Changes, Row, Words
from pabal.ledger.settling import FOUND_BY_EVENT
from pabal.ledger.sql import hits, suppressions
from pabal.ledger.sql.changes import hold, write
from pabal.ledger.sql.session import Statements

_NOT_ABOUT_ANY_DELIVERY = Recorded(delivery=None, weight=Weight.NOTHING, is_new=False)


def record(
    sql: Statements, event: FeedbackEvent, *, policy: BouncePolicy, now: datetime
) -> Recorded:
    """Keep an event and do what follows from it; told again, it changes nothing."""
    row = hold(sql, [event.delivery]).get(event.delivery) if event.delivery else None
    if event.delivery is None or row is None:
        return _NOT_ABOUT_ANY_DELIVERY
    weight = weigh_for(event, row.address)
    if event.proof is not Proof.SEALED and weight is not Weight.COMPLAINT:
        return _NOT_ABOUT_ANY_DELIVERY
    recorded = Recorded(
        delivery=event.delivery, weight=weight, is_new=_add(sql, event, row, weight, now)
    )
    if recorded.is_new:
        _settle_doubt(sql, event, row, now)
        _judge(sql, event, row, weight, policy)
        if event.hit is not None:
            hits.add(sql, row, event.hit, hits.of_delivery(sql, row.id))
    return recorded


def record_hit(sql: Statements, hit: Hit, *, policy: BouncePolicy, now: datetime) -> bool:
    """Keep a request for something in a mail, and what it proves."""
    row = hold(sql, [hit.delivery]).get(hit.delivery)
    if row is None:
        return False
    known = hits.of_delivery(sql, row.id)
    if proves_arrival(row, known):
        record(sql, arrived(hit, row), policy=policy, now=now)
    hits.add(sql, row, hit, known)
    return True


def told_about(sql: Statements, delivery: DeliveryId) -> Sequence[ToldEvent]:
    return [_told(*row) for row in sql.rows("events", {"delivery": delivery})]


def counts(sql: Statements, campaign: str) -> Mapping[tuple[EventKind, Weight], int]:
    return {
        (EventKind(kind), Weight(weight)): int(n)
        for kind, weight, n in sql.rows("event_counts", {"campaign": campaign})
    }


def proven_sent(sql: Statements, deliveries: Iterable[DeliveryId]) -> frozenset[DeliveryId]:
    """Return those of the deliveries that something came back about: they had been sent."""
    ids = sorted(deliveries)
    if not ids:
        return frozenset()
    rows = sql.rows("proven_sent", {"ids": sql.array(ids)})
    return frozenset(DeliveryId(delivery) for (delivery,) in rows)


def _add(sql: Statements, event: FeedbackEvent, row: Row, weight: Weight, now: datetime) -> bool:
    """Insert an event; return whether it was not there. The row's lock keeps others out."""
    names = {"campaign": row.campaign, "kind": event.kind.value, "weight": weight.value}
    said = Words(code=event.reply.code, enhanced=event.reply.enhanced, text=event.reply.text)
    is_first = not sql.rows("event_of_kind", {"delivery": row.id, **names})
    added = sql.rows(
        "add_event",
        {
            "id": event.id,
            "delivery": row.id,
            "address": row.address,
            "at": to_micros(event.at),
            "told_at": to_micros(now),
            "source": event.source.value,
            "label": "" if is_alias(row.address) else Words.plain(event.label).text,
            "code": said.code,
            "enhanced": said.enhanced,
            "text": Words.plain(said.text).about(row.address).text,
            **names,
        },
    )
    if added and is_first:
        sql.execute("count_event", names)
    return bool(added)


def _settle_doubt(sql: Statements, event: FeedbackEvent, row: Row, now: datetime) -> None:
    if settles_doubt(event, row):
        changes = Changes()
        changes.happen(row, Happening.FOUND_SENT, now, FOUND_BY_EVENT)
        write(sql, changes)


def _judge(
    sql: Statements, event: FeedbackEvent, row: Row, weight: Weight, policy: BouncePolicy
) -> None:
    rows = sql.rows("failures", {"address": row.address}) if asks_for_failures(weight) else []
    found = judge(event, row.address, weight, [_failure(*each) for each in rows], policy)
    if found.ends_pause:
        sql.execute("end_pause", {"address": row.address})
    if found.stop is not None:
        suppressions.add(sql, [found.stop])


def _failure(delivery: str, weight: str, at: int) -> Failure:
    return Failure(delivery=DeliveryId(delivery), weight=Weight(weight), at=from_micros(at))


def _told(
    id: str,
    kind: str,
    weight: str,
    at: int,
    source: str,
    label: str,
    code: int,
    enhanced: str,
    text: str,
) -> ToldEvent:
    return ToldEvent(
        id=id,
        kind=EventKind(kind),
        weight=Weight(weight),
        at=from_micros(at),
        source=Source(source),
        label=label,
        code=code,
        enhanced=enhanced,
        text=text,
    )
