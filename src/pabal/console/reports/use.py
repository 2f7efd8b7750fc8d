"""When a campaign's mails were opened and clicked, in which domains and segments, and by whom.

Reads every hit of the campaign, so pages ask for it behind what they show at once. A mail
counts once for opening and once for clicking, for the nearest to a person that did.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.functions import Cast, StrIndex, Substr

from pabal.console.audience.models import Segment, Subscriber
from pabal.console.campaigns.ledger_tables import LedgerDelivery, LedgerHit, LedgerUse
from pabal.console.campaigns.models import Campaign
from pabal.console.reports.spread import DomainShare, width_for
from pabal.console.segments.compiling import matching
from pabal.domain.delivery import State
from pabal.domain.engagement import Actor
from pabal.domain.event import EventKind

KINDS = (EventKind.OPENED, EventKind.CLICKED)
_MICROSECOND = timedelta(microseconds=1)

ByActor = Mapping[Actor, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Mails to a domain that were first used in an interval; domain: "" for any other."""

    kind: EventKind
    actor: Actor
    interval: int
    domain: str
    mails: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """All of a campaign's, in intervals of a width, the first of which begins at `begins`."""

    begins: datetime
    width: timedelta
    count: int
    used: Sequence[Used]

    def over_time(self, kind: EventKind) -> Sequence[ByActor]:
        """Return what there was in each interval."""
        found = [Counter[Actor]() for _ in range(self.count)]
        for each in self.used:
            if each.kind is kind:
                found[each.interval][each.actor] += each.mails
        return found

    def of_domain(self, domain: str, kind: EventKind) -> ByActor:
        found = Counter[Actor]()
        for each in self.used:
            if each.domain == domain and each.kind is kind:
                found[each.actor] += each.mails
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What became of the mails to some: to a domain, "" for the smaller ones, or of a segment."""

    name: str
    sent: int
    opened: ByActor
    clicked: ByActor

    @property
    def opened_by(self) -> Mapping[str, int]:
        """By the actors' names, as templates ask for them."""
        return _by_name(self.opened)

    @property
    def clicked_by(self) -> Mapping[str, int]:
        return _by_name(self.clicked)


def uses_of(campaign: Campaign, domains: Collection[str]) -> Uses | None:
    """Return what was opened and clicked, apart for some domains; None where nothing was."""
    hits = LedgerHit.objects.filter(campaign=campaign.pk)
    ends = hits.aggregate(first=Min("first_at"), last=Max("first_at"))
    first, last = ends["first"], ends["last"]
    if first is None or last is None:
        return None
    width = width_for(last - first)
    start = (first - datetime.fromtimestamp(0, first.tzinfo)) // _MICROSECOND
    address = F("delivery__address")
    counted = (
        LedgerUse.objects.filter(campaign=campaign.pk)
        .annotate(
            interval=(Cast(F("at"), BigIntegerField()) - Value(start))
            / Value(width // _MICROSECOND),
            whole=Substr(address, StrIndex(address, Value("@")) + 1),
            domain=Case(When(whole__in=list(domains), then=F("whole")), default=Value("")),
        )
        .values_list("kind", "actor", "interval", "domain")
        .annotate(n=Count("pk"))
    )
    used = [
        Used(
            kind=EventKind(kind),
            actor=Actor(actor),
            interval=int(interval),
            domain=domain,
            mails=mails,
        )
        for kind, actor, interval, domain, mails in counted
    ]
    return Uses(begins=first, width=width, count=(last - first) // width + 1, used=used)


def by_domain(uses: Uses, domains: Sequence[DomainShare]) -> Sequence[Part]:
    return [
        Part(
            name=each.domain,
            sent=each.sent,
            opened=uses.of_domain(each.domain, EventKind.OPENED),
            clicked=uses.of_domain(each.domain, EventKind.CLICKED),
        )
        for each in domains
    ]


def by_segment(campaign: Campaign, now: datetime) -> Sequence[Part]:
    """Return what became of those who fit each of the campaign's segments at this moment.

    Somebody who fits two is in both; whoever is erased is in none.
    """
    segments = Segment.objects.filter(pk__in=campaign.bounds.segments).order_by("name")
    fits = {f"s{each.pk}": _fits(each, now) for each in segments}
    if not fits:
        return ()
    mails = LedgerDelivery.objects.filter(campaign=campaign.pk, state=State.SENT.value)
    sent = mails.aggregate(**_counts(fits, "address"))
    uses = LedgerUse.objects.filter(campaign=campaign.pk)
    used: dict[tuple[str, str], Mapping[str, Any]] = {
        (row["kind"], row["actor"]): row
        for row in uses.values("kind", "actor").annotate(**_counts(fits, "delivery__address"))
    }

    def count(name: str, kind: EventKind) -> ByActor:
        return {actor: used.get((kind.value, actor.value), {}).get(name, 0) for actor in Actor}

    return [
        Part(
            name=each.name,
            sent=sent[f"s{each.pk}"],
            opened=count(f"s{each.pk}", EventKind.OPENED),
            clicked=count(f"s{each.pk}", EventKind.CLICKED),
        )
        for each in segments
    ]


def _by_name(counts: ByActor) -> Mapping[str, int]:
    return {actor.value: counts.get(actor, 0) for actor in Actor}


def _fits(segment: Segment, now: datetime) -> Q:
    return matching(segment.segmentation, now)


def _counts(fits: Mapping[str, Q], address: str) -> Mapping[str, Count]:
    return {
        name: Count("pk", filter=Exists(Subscriber.people.filter(asked, address=OuterRef(address))))
        for name, asked in fits.items()
    }
