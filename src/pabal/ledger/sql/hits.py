"""Opens and clicks: one row for all that are alike, and a tally of who they were by."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pabal.domain.delivery import State
from pabal.domain.engagement import Actor, Hit, Hits, Sign, actors, after_sending
from pabal.domain.event import EventKind
from pabal.domain.identity import DeliveryId
from pabal.ledger.instants import from_micros, to_micros
from pabal.ledger.rows import Row
from pabal.ledger.sql.session import Statements

PERHAPS_THERE = frozenset({State.SENT, State.DOUBTFUL})
Counted = Mapping[tuple[EventKind, int], Actor]


def add(sql: Statements, row: Row, hit: Hit, found: Sequence[Hits]) -> None:
    """Write a hit on a held delivery. found: all that are known of it.

    The tally is the last that anybody locks.
    """
    known = {_alike(each): each for each in found}
    before = actors(known.values())
    hits = Hits.of(after_sending(hit, _accepted_at(sql, row, hit)))
    earlier = known.get(_alike(hits))
    hits = earlier.with_another(hit.at) if earlier else hits
    sql.execute("put_hits", _columns(row, hits))
    _count(sql, row.campaign, before, actors((known | {_alike(hits): hits}).values()))


def of_delivery(sql: Statements, delivery: DeliveryId) -> Sequence[Hits]:
    return [_hits(*each) for each in sql.rows("hits", {"delivery": delivery})]


def counts(sql: Statements, campaign: str) -> Mapping[tuple[EventKind, int, Actor], int]:
    return {
        (EventKind(kind), link, Actor(actor)): int(n)
        for kind, link, actor, n in sql.rows("hit_counts", {"campaign": campaign})
    }


def forget(sql: Statements, address: str) -> None:
    """Drop the hits of an address's deliveries. The tallies, which name nobody, stay."""
    sql.execute("forget_hits", {"address": address})
    sql.execute("forget_what_was_used", {"address": address})


def _accepted_at(sql: Statements, row: Row, hit: Hit) -> datetime | None:
    """When the server took the mail; none has yet, where it is on the wire or was put off."""
    if row.state not in PERHAPS_THERE:
        return hit.at
    ((at,),) = sql.rows("accepted_at", {"delivery": row.id})
    return None if at is None else from_micros(at)


def _count(sql: Statements, campaign: str, before: Counted, after: Counted) -> None:
    """Move a delivery in the tally, always in one order: two of them cannot deadlock."""
    changes: Counter[tuple[str, int, str]] = Counter()
    for counted, n in ((before, -1), (after, 1)):
        for (kind, link), actor in counted.items():
            changes[kind.value, link, actor.value] += n
    sql.execute_rows("count_hit", list(_tallied(campaign, changes)))


def _tallied(
    campaign: str, changes: Counter[tuple[str, int, str]]
) -> Iterable[Mapping[str, object]]:
    for (kind, link, actor), n in sorted(changes.items()):
        if n:
            yield {"campaign": campaign, "kind": kind, "link": link, "actor": actor, "n": n}


def _alike(hits: Hits) -> tuple[EventKind, int, Sign]:
    return hits.kind, hits.link, hits.sign


def _columns(row: Row, hits: Hits) -> Mapping[str, object]:
    return {
        "delivery": row.id,
        "campaign": row.campaign,
        "kind": hits.kind.value,
        "link": hits.link,
        "sign": hits.sign.value,
        "first_at": to_micros(hits.first_at),
        "last_at": to_micros(hits.last_at),
        "times": hits.times,
    }


def _hits(kind: str, link: int, sign: str, first_at: int, last_at: int, times: int) -> Hits:
    return Hits(
        kind=EventKind(kind),
        link=link,
        sign=Sign(sign),
        first_at=from_micros(first_at),
        last_at=from_micros(last_at),
        times=times,
    )
