"""How a campaign's mails are spread over time and over the domains that they go to.

Both read every delivery once, which takes a second for a million: pages ask for them behind
what they show at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import BigIntegerField, Count, F, Max, Min, Q, QuerySet, Value
from django.db.models.functions import Cast, StrIndex, Substr

from pabal.console.campaigns.ledger_tables import LedgerDelivery, LedgerEvent
from pabal.console.campaigns.models import Campaign
from pabal.domain.delivery import State
from pabal.domain.domain_rate import DomainRates
from pabal.domain.event import EventKind

_DOMAINS = 12
_BARS = 60
_WIDTHS = [timedelta(seconds=n) for n in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)]
_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)


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


def timeline(campaign: Campaign) -> Timeline:
    """Count the mails that were sent by when their last attempt began."""
    sent = LedgerDelivery.objects.filter(
        campaign=campaign.pk, state=State.SENT.value, begun_at__isnull=False
    )
    ends = sent.aggregate(first=Min("begun_at"), last=Max("begun_at"))
    first, last = ends["first"], ends["last"]
    if first is None or last is None:
        return Timeline(width=_WIDTHS[0], intervals=())
    width = width_for(last - first)
    begun = Cast(F("begun_at"), BigIntegerField())
    start, step = _micros(first), width // _MICROSECOND
    number = (begun - Value(start)) / Value(step)
    rows = sent.annotate(number=number).values("number").annotate(n=Count("pk"))
    return filled({int(row["number"]): row["n"] for row in rows}, first, width)


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


def by_domain(campaign: Campaign, rates: DomainRates) -> Sequence[DomainShare]:
    """Return the domains with most recipients, and the rest as one."""
    rows = _with_domain(LedgerDelivery.objects.filter(campaign=campaign.pk))
    every = rows.aggregate(**_BY_STATE)
    largest = rows.values("domain").annotate(**_BY_STATE).order_by("-mails", "domain")[:_DOMAINS]
    harm = _returned(campaign)
    shown = [_share(row, harm, rates) for row in largest]
    rest = replace(
        _share(every | {"domain": ""}, {}, rates),
        mails=every["mails"] - sum(each.mails for each in shown),
        sent=every["sent"] - sum(each.sent for each in shown),
        failed=every["failed"] - sum(each.failed for each in shown),
        doubtful=every["doubtful"] - sum(each.doubtful for each in shown),
        bounced=_all(harm, 0) - sum(each.bounced for each in shown),
        complained=_all(harm, 1) - sum(each.complained for each in shown),
    )
    return [*shown, rest] if rest.mails else shown


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


def _micros(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, moment.tzinfo)) // _MICROSECOND
