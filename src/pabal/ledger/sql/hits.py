"""Opens and clicks: one row for all that are alike, and a tally of who they were by."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pabal.domain.engagement import Actor, Hit, Hits, Sign
from pabal.domain.event import EventKind
from pabal.domain.identity import DeliveryId
from pabal.ledger.instants import from_micros, to_micros
from pabal.ledger.noticing import Noticed, notice
from pabal.ledger.rows import Row
from pabal.ledger.sql.session import Statements


def add(sql: Statements, row: Row, hit: Hit, known: Sequence[Hits]) -> None:
    """Write a hit on a held delivery. known: all that are known of it.

    The tally is the last that anybody locks, always in one order: two cannot deadlock.
    """
    noticed = notice(hit, row, known, _accepted_at(sql, row.id))
    sql.execute("put_hits", _columns(row, noticed.hits))
    sql.execute_rows("count_hit", list(_tallied(row.campaign, noticed)))


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


def _accepted_at(sql: Statements, delivery: DeliveryId) -> datetime | None:
    ((at,),) = sql.rows("accepted_at", {"delivery": delivery})
    return None if at is None else from_micros(at)


def _tallied(campaign: str, noticed: Noticed) -> Iterable[Mapping[str, object]]:
    moves = {(kind.value, link, actor.value): n for (kind, link, actor), n in noticed.moves.items()}
    for (kind, link, actor), n in sorted(moves.items()):
        yield {"campaign": campaign, "kind": kind, "link": link, "actor": actor, "n": n}


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
