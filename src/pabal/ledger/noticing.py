"""What a request for something in a mail adds to what is known. Decides on values."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pabal.domain.delivery import State
from pabal.domain.engagement import Actor, Hit, Hits, Sign, actors, after_sending
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source, event_id
from pabal.ledger.rows import Row

_PERHAPS_THERE = frozenset({State.SENT, State.DOUBTFUL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """hits: all that are alike, this one included. moves: what it adds to the tally."""

    hits: Hits
    moves: Mapping[tuple[EventKind, int, Actor], int]


def notice(hit: Hit, row: Row, known: Sequence[Hits], accepted_at: datetime | None) -> Noticed:
    """Put a hit to those that are alike, and move its delivery in the tally.

    known: all hits of the delivery. accepted_at: when the server took the mail; None where
    nobody knows.
    """
    if row.state not in _PERHAPS_THERE:
        accepted_at = hit.at  # it is on the wire, or was put off: no person has it yet
    found = {_alike(each): each for each in known}
    before = actors(found.values())
    hits = Hits.of(after_sending(hit, accepted_at))
    earlier = found.get(_alike(hits))
    hits = earlier.with_another(hit.at) if earlier else hits
    behind = actors((found | {_alike(hits): hits}).values())
    return Noticed(hits=hits, moves=_moves(before, behind))


def proves_arrival(row: Row, known: Sequence[Hits]) -> bool:
    """Whether a hit is the first that shows of this delivery that its mail has arrived.

    A filter may look into a mail before its server answers, and the answer may be no. So a
    delivery that was refused or put off is not taken for sent, and one on the wire waits.
    """
    return row.state is State.DOUBTFUL or (row.state is State.SENT and not known)


def arrived(hit: Hit, row: Row) -> FeedbackEvent:
    """Return what a hit proves, as an event; the same for every hit of a delivery."""
    return FeedbackEvent(
        id=event_id(Source.LINK, hit.delivery),
        kind=EventKind.DELIVERED,
        at=hit.at,
        source=Source.LINK,
        delivery=hit.delivery,
        proof=Proof.SEALED,
        address=row.address,
    )


def _moves(
    before: Mapping[tuple[EventKind, int], Actor], behind: Mapping[tuple[EventKind, int], Actor]
) -> Mapping[tuple[EventKind, int, Actor], int]:
    moves: Counter[tuple[EventKind, int, Actor]] = Counter()
    for counted, n in ((before, -1), (behind, 1)):
        for (kind, link), actor in counted.items():
            moves[kind, link, actor] += n
    return {key: n for key, n in moves.items() if n}


def _alike(hits: Hits) -> tuple[EventKind, int, Sign]:
    return hits.kind, hits.link, hits.sign
