"""How a campaign's mails are spread over time and over the domains that they go to.

Pages ask for them behind what they show at once, and of very many deliveries for a sample:
to read a million takes seconds.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, Q, Value
from django.db.models.functions import StrIndex, Substr

from pabal.console.campaigns.ledger_tables import LedgerDelivery, LedgerEvent
from pabal.console.campaigns.models import Campaign
from pabal.console.reports.sampling import EVERYTHING, Sample
from pabal.domain.address import domain_of
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
class Mails:
    """What was read of a campaign: mails by domain and state; when those that were sent began."""

    counts: Mapping[tuple[str, State], int]
    begun: Sequence[datetime]
    sample: Sample

    def to(self, domains: Iterable[str], states: Iterable[State]) -> int:
        """Return how many there are to some domains, in some states."""
        asked = list(states)
        counted = sum(self.counts.get((domain, state), 0) for domain in domains for state in asked)
        return self.sample.whole(counted)


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


def mails_of(campaign: Campaign, sample: Sample = EVERYTHING) -> Mails:
    """Read the deliveries once, for the timeline and for the domains."""
    rows = LedgerDelivery.objects.filter(**sample.of(campaign))
    counts = Counter[tuple[str, State]]()
    begun: list[datetime] = []
    for address, state, began in sample.read(rows.values_list("address", "state", "begun_at")):
        counts[domain_of(address), State(state)] += 1
        if began is not None and state == State.SENT.value:
            begun.append(began)
    return Mails(counts=counts, begun=begun, sample=sample)


def timeline(mails: Mails) -> Timeline:
    """Count the mails that were sent by when their last attempt began."""
    if not mails.begun:
        return Timeline(width=_WIDTHS[0], intervals=())
    first = min(mails.begun)
    width = width_for(max(mails.begun) - first)
    counts = Counter((moment - first) // width for moment in mails.begun)
    whole = mails.sample.whole
    return filled({number: whole(n) for number, n in counts.items()}, first, width)


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


def by_domain(campaign: Campaign, mails: Mails, rates: DomainRates) -> Sequence[DomainShare]:
    """Return the domains with most recipients, and the rest as one.

    What came back is counted in any case: it is little.
    """
    sizes = Counter[str]()
    for (domain, _), n in mails.counts.items():
        sizes[domain] += n
    ordered = sorted(sizes, key=lambda domain: (-sizes[domain], domain))
    harm = _returned(campaign)
    shown = [_share(domain, [domain], mails, harm, rates) for domain in ordered[:DOMAINS]]
    small = ordered[DOMAINS:]
    if not small:
        return shown
    rest = replace(
        _share("", small, mails, {}, rates),
        bounced=_all(harm, 0) - sum(each.bounced for each in shown),
        complained=_all(harm, 1) - sum(each.complained for each in shown),
    )
    return [*shown, rest]


_Harm = Mapping[str, tuple[int, int]]  # by domain: bounced, complained


def _returned(campaign: Campaign) -> _Harm:
    """Deliveries about which a bounce or a complaint came back."""
    of_campaign = LedgerEvent.objects.filter(campaign=campaign.pk)
    bounced, complained = EventKind.BOUNCED.value, EventKind.COMPLAINED.value
    told = of_campaign.filter(kind__in=(bounced, complained)).annotate(
        domain=Substr("address", StrIndex("address", Value("@")) + 1)
    )
    rows = told.values("domain").annotate(
        bounced=Count("delivery", distinct=True, filter=Q(kind=bounced)),
        complained=Count("delivery", distinct=True, filter=Q(kind=complained)),
    )
    return {row["domain"]: (row["bounced"], row["complained"]) for row in rows}


def _share(
    name: str, domains: Sequence[str], mails: Mails, harm: _Harm, rates: DomainRates
) -> DomainShare:
    bounced, complained = harm.get(name, (0, 0))
    rate = rates.of(name) if name else None
    return DomainShare(
        domain=name,
        mails=mails.to(domains, State),
        sent=mails.to(domains, [State.SENT]),
        failed=mails.to(domains, [State.FAILED]),
        doubtful=mails.to(domains, [State.DOUBTFUL]),
        bounced=bounced,
        complained=complained,
        limit=f"{rate.rate.per_second:g}/s" if rate else "",
    )


def _all(harm: _Harm, which: int) -> int:
    return sum(both[which] for both in harm.values())
