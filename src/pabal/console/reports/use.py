"""When a campaign's mails were opened and clicked, in which domains and segments, and by whom.

Pages ask for it behind what they show at once, and of very many hits for a sample. A mail
counts once for opening and once for clicking, for the nearest to a person that did.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from pabal.console.audience.models import Segment, Subscriber
from pabal.console.campaigns.ledger_tables import LedgerDelivery, LedgerUse
from pabal.console.campaigns.models import Campaign
from pabal.console.reports.sampling import EVERYTHING, Sample
from pabal.console.reports.spread import DOMAINS, width_for
from pabal.console.segments.compiling import matching
from pabal.domain.address import domain_of
from pabal.domain.delivery import State
from pabal.domain.engagement import Actor
from pabal.domain.errors import Refusal
from pabal.domain.event import EventKind

KINDS = (EventKind.OPENED, EventKind.CLICKED)

ByActor = Mapping[Actor, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Mails to a domain that were first used in an interval."""

    kind: EventKind
    actor: Actor
    interval: int
    domain: str
    mails: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """All of a campaign's, in intervals of a width, the first of which begins at `begins`.

    sent: mails that were sent, by domain.
    """

    begins: datetime
    width: timedelta
    count: int
    used: Sequence[Used]
    sent: Mapping[str, int] = field(default_factory=dict[str, int])

    def over_time(self, kind: EventKind) -> Sequence[ByActor]:
        """Return what there was in each interval."""
        found = [Counter[Actor]() for _ in range(self.count)]
        for each in self.used:
            if each.kind is kind:
                found[each.interval][each.actor] += each.mails
        return found

    def of_domains(self, domains: Collection[str], kind: EventKind) -> ByActor:
        found = Counter[Actor]()
        for each in self.used:
            if each.domain in domains and each.kind is kind:
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


def uses_of(
    campaign: Campaign, mailed: Sample = EVERYTHING, used: Sample = EVERYTHING
) -> Uses | None:
    """Return what was opened and clicked; None where nothing was.

    mailed, used: of which deliveries it is read what was sent, and what was opened and clicked;
    the same where neither is everything.
    """
    mails = list(mailed.read(_mails(campaign, mailed).values_list("pk", "address", "state")))
    found = list(_uses(campaign, used, {pk: address for pk, address, _ in mails}))
    if not found:
        return None
    first = min(each[2] for each in found)
    last = max(each[2] for each in found)
    width = width_for(last - first)
    counted = Counter(
        (kind, actor, (at - first) // width, domain_of(address))
        for kind, actor, at, address in found
    )
    return Uses(
        begins=first,
        width=width,
        count=(last - first) // width + 1,
        used=[
            Used(
                kind=EventKind(kind),
                actor=Actor(actor),
                interval=interval,
                domain=domain,
                mails=used.whole(n),
            )
            for (kind, actor, interval, domain), n in counted.items()
        ],
        sent=_sent(mails, mailed),
    )


def by_domain(uses: Uses) -> Sequence[Part]:
    """Return the domains to which most was sent, and all others as one."""
    ordered = sorted(uses.sent, key=lambda domain: (-uses.sent[domain], domain))
    large = ordered[:DOMAINS]
    small = (frozenset(ordered) | {each.domain for each in uses.used}).difference(large)
    parts = [_part(uses, domain, [domain]) for domain in large]
    return [*parts, _part(uses, "", small)] if small else parts


def by_segment(
    campaign: Campaign, now: datetime, mailed: Sample = EVERYTHING, used: Sample = EVERYTHING
) -> Sequence[Part]:
    """Return what became of those who fit each of the campaign's segments at this moment.

    Somebody who fits two is in both; whoever is erased is in none. A segment that asks what is
    not known any more is left out. mailed, used: as above.
    """
    segments = Segment.objects.filter(pk__in=campaign.bounds.segments).order_by("name")
    asked = {each: _fits(each, now) for each in segments}
    fits = {f"s{each.pk}": wanted for each, wanted in asked.items() if wanted is not None}
    if not fits:
        return ()
    sent = (
        _mails(campaign, mailed)
        .filter(state=State.SENT.value)
        .aggregate(**_counts(fits, "address"))
    )
    uses = LedgerUse.objects.filter(campaign=campaign.pk).values("kind", "actor")
    if not used.is_exact:
        uses = uses.filter(delivery__in=list(_mails(campaign, used).values_list("pk", flat=True)))
    rows: dict[tuple[str, str], Mapping[str, Any]] = {
        (row["kind"], row["actor"]): row
        for row in uses.annotate(**_counts(fits, "delivery__address"))
    }

    def count(name: str, kind: EventKind) -> ByActor:
        return {
            actor: used.whole(rows.get((kind.value, actor.value), {}).get(name, 0))
            for actor in Actor
        }

    return [
        Part(
            name=each.name,
            sent=mailed.whole(sent[f"s{each.pk}"]),
            opened=count(f"s{each.pk}", EventKind.OPENED),
            clicked=count(f"s{each.pk}", EventKind.CLICKED),
        )
        for each in segments
        if f"s{each.pk}" in fits
    ]


def _uses(
    campaign: Campaign, used: Sample, addresses: Mapping[str, str]
) -> Iterator[tuple[str, str, datetime, str]]:
    """Yield kinds, actors, moments and addresses. addresses: of the sample, by delivery.

    A sample is joined here: a database that joins one to a million rows reads the million.
    """
    rows = LedgerUse.objects.filter(campaign=campaign.pk)
    if used.is_exact:
        yield from rows.values_list("kind", "actor", "at", "delivery__address").iterator()
        return
    sampled = rows.filter(delivery__in=list(addresses))
    for kind, actor, at, delivery in sampled.values_list("kind", "actor", "at", "delivery"):
        yield kind, actor, at, addresses[delivery]


def _mails(campaign: Campaign, mailed: Sample) -> QuerySet[LedgerDelivery]:
    return LedgerDelivery.objects.filter(**mailed.of(campaign))


def _sent(mails: Iterable[tuple[str, str, str]], mailed: Sample) -> Mapping[str, int]:
    counted = Counter(
        domain_of(address) for _, address, state in mails if state == State.SENT.value
    )
    return {domain: mailed.whole(n) for domain, n in counted.items()}


def _part(uses: Uses, name: str, domains: Collection[str]) -> Part:
    together = frozenset(domains)
    return Part(
        name=name,
        sent=sum(uses.sent.get(domain, 0) for domain in domains),
        opened=uses.of_domains(together, EventKind.OPENED),
        clicked=uses.of_domains(together, EventKind.CLICKED),
    )


def _by_name(counts: ByActor) -> Mapping[str, int]:
    return {actor.value: counts.get(actor, 0) for actor in Actor}


def _fits(segment: Segment, now: datetime) -> Q | None:
    try:
        return matching(segment.segmentation, now)
    except Refusal:
        return None


def _counts(fits: Mapping[str, Q], address: str) -> Mapping[str, Count]:
    return {
        name: Count("pk", filter=Exists(Subscriber.people.filter(asked, address=OuterRef(address))))
        for name, asked in fits.items()
    }
