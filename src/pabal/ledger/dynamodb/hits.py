"""Opens and clicks: an item for all that are alike, and a tally of who they were by.

The delivery's version keeps others out: whoever adds a hit decides on all that are known.
DynamoDB drops an item by itself when its time is over; the tally, which names nobody, stays.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zlib import crc32

from pabal.domain.delivery import Happening
from pabal.domain.engagement import Actor, Hit, Hits, Sign
from pabal.domain.event import EventKind
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.ledger.dynamodb import items, keys
from pabal.ledger.dynamodb.schema import EXPIRES
from pabal.ledger.dynamodb.table import Table
from pabal.ledger.dynamodb.values import Item
from pabal.ledger.dynamodb.work import Work
from pabal.ledger.instants import from_micros, to_micros
from pabal.ledger.noticing import notice
from pabal.ledger.port import HITS_KEPT
from pabal.ledger.rows import SLOTS, Row

_SEPARATOR = ":"


def add(work: Work, row: Row, hit: Hit, known: Sequence[Hits]) -> None:
    """Write a hit on a held delivery. known: all that are known of it."""
    noticed = notice(hit, row, known, _accepted_at(work, row.id))
    work.put(_key(row.id, noticed.hits), _columns(noticed.hits))
    work.touch(keys.delivery(row.id))
    moves = {
        _SEPARATOR.join((kind.value, str(link), actor.value)): n
        for (kind, link, actor), n in noticed.moves.items()
    }
    work.add(keys.hit_slot(row.campaign, crc32(row.id.encode()) % SLOTS), moves)


def known(work: Work, delivery: DeliveryId) -> Sequence[Hits]:
    """Return the hits of a delivery that was read before."""
    return [_hits(item) for item in work.find(keys.delivery(delivery).pk, keys.HITS)]


def of_delivery(table: Table, delivery: DeliveryId) -> Sequence[Hits]:
    found = map(_hits, table.query(keys.delivery(delivery).pk, between=keys.HITS))
    return sorted(
        found, key=lambda each: (each.first_at, each.kind.value, each.link, each.sign.value)
    )


def counts(table: Table, campaign: CampaignId) -> Mapping[tuple[EventKind, int, Actor], int]:
    total: dict[tuple[EventKind, int, Actor], int] = {}
    for slot in table.query(keys.hit_tally(campaign)):
        for name, n in slot.items():
            if _SEPARATOR in name:
                kind, link, actor = name.split(_SEPARATOR)
                key = EventKind(kind), int(link), Actor(actor)
                total[key] = total.get(key, 0) + n
    return {key: n for key, n in total.items() if n}


def _accepted_at(work: Work, delivery: DeliveryId) -> datetime | None:
    told = items.history({**(work.item(keys.delivery(delivery)) or {})})
    return max((each.at for each in told if each.happening is Happening.ACCEPTED), default=None)


def _key(delivery: DeliveryId, hits: Hits) -> keys.Key:
    return keys.hit(delivery, _SEPARATOR.join((hits.kind.value, str(hits.link), hits.sign.value)))


def _columns(hits: Hits) -> Item:
    return {
        "kind": hits.kind.value,
        "link": hits.link,
        "sign": hits.sign.value,
        "first_at": to_micros(hits.first_at),
        "last_at": to_micros(hits.last_at),
        "times": hits.times,
        EXPIRES: int((hits.last_at + HITS_KEPT).timestamp()),
    }


def _hits(item: Item) -> Hits:
    return Hits(
        kind=EventKind(item["kind"]),
        link=item["link"],
        sign=Sign(item["sign"]),
        first_at=from_micros(item["first_at"]),
        last_at=from_micros(item["last_at"]),
        times=item["times"],
    )
