"""Hits of a delivery that may be anybody's, as the ledger keeps them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from hypothesis import strategies as st

from builders.console import NOW
from pabal.domain.engagement import Hits, Sign
from pabal.domain.event import EventKind
from pabal.ledger.instants import to_micros

_STEPS = (0, 1, 999_999, 1_000_000, 1_000_001, 9_000_000, 10_000_000, 10_000_001)  # microseconds


def an_open(at: datetime, sign: Sign = Sign.BROWSER) -> Hits:
    return Hits(kind=EventKind.OPENED, link=0, sign=sign, first_at=at, last_at=at, times=1)


def clicks(*moments: int) -> Sequence[Hits]:
    """A click on a link of its own at each moment, in microseconds behind a moment."""
    return [
        _hits(EventKind.CLICKED, link, Sign.BROWSER, (at, at))
        for link, at in enumerate((NOW + timedelta(microseconds=each) for each in moments), 1)
    ]


@st.composite
def some_hits(draw: st.DrawFn, around: datetime, *, days: int) -> Sequence[Hits]:
    """Few links and moments that are about as far apart as the rules say; each hits once."""
    base = around + timedelta(days=draw(st.integers(-days, 0)))
    moments = st.tuples(st.integers(-2, 2), st.sampled_from(_STEPS)).map(
        lambda step: base + timedelta(seconds=step[0] * 10, microseconds=step[1])
    )
    kept = st.builds(
        _hits,
        kind=st.sampled_from([EventKind.CLICKED, EventKind.CLICKED, EventKind.OPENED]),
        link=st.integers(0, 3),
        sign=st.sampled_from([Sign.BROWSER, Sign.BROWSER, *Sign]),
        moments=st.tuples(moments, moments),
    )
    return draw(
        st.lists(kept, max_size=6, unique_by=lambda each: (each.kind, each.link, each.sign))
    )


def keep_hits(delivery: str, found: Sequence[Hits]) -> None:
    """Write them as they are, past the rules by which the ledger sorts what comes in."""
    rows = [
        (
            delivery,
            delivery.partition("-")[0],
            each.kind.value,
            each.link,
            each.sign.value,
            to_micros(each.first_at),
            to_micros(each.last_at),
            each.times,
        )
        for each in found
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ledger_hit"
            " (delivery, campaign, kind, link, sign, first_at, last_at, times)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s)",
            rows,
        )


def _hits(kind: EventKind, link: int, sign: Sign, moments: tuple[datetime, datetime]) -> Hits:
    first, last = sorted(moments)
    return Hits(kind=kind, link=link, sign=sign, first_at=first, last_at=last, times=2)
