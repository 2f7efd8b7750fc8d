"""How a campaign's mails are spread over time and over the domains that they go to.

Pages ask for them behind what they show at once, and of very many deliveries for a sample:
to read a million takes seconds.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import StrIndex, Substr

from pabal.console.campaigns.ledger_tables import LedgerDelivery, LedgerEvent
from pabal.console.campaigns.models import Campaign
from pabal.console.reports.sampling import EVERYTHING, Sample
from pabal.domain.delivery import State
from pabal.domain.domain_rate import DomainRates
from pabal.domain.event import EventKind

DOMAINS = 12  # that are told apart
_BARS = 60
_WIDTHS = [timedelta(seconds=n) for n in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Mails that were sent from `begins` on, for the width of the timeline."""

    begins: datetime
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """intervals: without gaps, from the first mail to the last; none where none was sent."""

    width: timedelta
    intervals: Sequence[Interval]

    @property
    def most(self) -> int:
        return max((each.sent for each in self.intervals), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainShare:
    """What became of the mails to one domain; domain: "" for all the smaller ones together.

    limit: the rate that is set for it, such as "5/s"; "" for none.
    """

    domain: str
    mails: int
    sent: int
    failed: int
    doubtful: int
    bounced: int
    complained: int
    limit: str = ""


def timeline(campaign: Campaign, sample: Sample = EVERYTHING) -> Timeline:
    """Count the mails that were sent by when their last attempt began."""
    deliveries = LedgerDelivery.objects.filter(**sample.of(campaign))
    moments = deliveries.filter(state=State.SENT.value).values_list("begun_at", flat=True)
    begun = [moment for moment in moments.iterator() if moment is not None]
    if not begun:
        return Timeline(width=_WIDTHS[0], intervals=())
    first = min(begun)
    width = width_for(max(begun) - first)
    counts = Counter((moment - first) // width for moment in begun)
    return filled({number: sample.whole(n) for number, n in counts.items()}, first, width)


def width_for(span: timedelta) -> timedelta:
    """Return the narrowest round interval of which few enough fit."""
    for width in _WIDTHS:
        if span / width < _BARS:
            return width
    return _DAY * (span // (_BARS * _DAY) + 1)


def filled(counts: Mapping[int, int], first: datetime, width: timedelta) -> Timeline:
    """Put the intervals in order, with those between in which nothing was sent."""
    numbers = range(max(counts) + 1) if counts else range(0)
    return Timeline(
        width=width,
        intervals=[
            Interval(begins=first + number * width, sent=counts.get(number, 0))
            for number in numbers
        ],
    )


def by_domain(
    campaign: Campaign, rates: DomainRates, sample: Sample = EVERYTHING
) -> Sequence[DomainShare]:
    """Return the domains with most recipients, and the rest as one.

    What came back is counted in any case: it is little.
    """
    rows = _with_domain(LedgerDelivery.objects.filter(**sample.of(campaign)))
    counted = rows.values("domain").annotate(**_BY_STATE)
    every = sorted(counted, key=lambda row: (-row["mails"], row["domain"]))
    harm = _returned(campaign)
    shown = [_share(_whole(row, sample), harm, rates) for row in every[:DOMAINS]]
    small = every[DOMAINS:]
    if not small:
        return shown
    together = {name: sum(row[name] for row in small) for name in _BY_STATE}
    rest = replace(
        _share({**_whole(together, sample), "domain": ""}, {}, rates),
        bounced=_all(harm, 0) - sum(each.bounced for each in shown),
        complained=_all(harm, 1) - sum(each.complained for each in shown),
    )
    return [*shown, rest]


_BY_STATE = {
    "mails": Count("pk"),
    "sent": Count("pk", filter=Q(state=State.SENT.value)),
    "failed": Count("pk", filter=Q(state=State.FAILED.value)),
    "doubtful": Count("pk", filter=Q(state=State.DOUBTFUL.value)),
}

_Harm = Mapping[str, tuple[int, int]]  # by domain: bounced, complained


def _returned(campaign: Campaign) -> _Harm:
    """Deliveries about which a bounce or a complaint came back."""
    of_campaign = LedgerEvent.objects.filter(campaign=campaign.pk)
    bounced, complained = EventKind.BOUNCED.value, EventKind.COMPLAINED.value
    told = _with_domain(of_campaign.filter(kind__in=(bounced, complained)))
    rows = told.values("domain").annotate(
        bounced=Count("delivery", distinct=True, filter=Q(kind=bounced)),
        complained=Count("delivery", distinct=True, filter=Q(kind=complained)),
    )
    return {row["domain"]: (row["bounced"], row["complained"]) for row in rows}


def _whole(row: Mapping[str, Any], sample: Sample) -> Mapping[str, Any]:
    return {name: sample.whole(n) if name in _BY_STATE else n for name, n in row.items()}


def _with_domain(rows: "QuerySet[LedgerDelivery] | QuerySet[LedgerEvent]"):  # type: ignore[no-untyped-def]
    return rows.annotate(domain=Substr("address", StrIndex("address", Value("@")) + 1))


def _share(row: Mapping[str, object], harm: _Harm, rates: DomainRates) -> DomainShare:
    domain = str(row["domain"])
    bounced, complained = harm.get(domain, (0, 0))
    rate = rates.of(domain) if domain else None
    counts = {name: int(str(row[name])) for name in _BY_STATE}
    return DomainShare(
        domain=domain,
        bounced=bounced,
        complained=complained,
        limit=f"{rate.rate.per_second:g}/s" if rate else "",
        **counts,
    )


def _all(harm: _Harm, which: int) -> int:
    return sum(both[which] for both in harm.values())
