"""What the variants of an A/B test have done, read from the ledger's tables.

Each delivery of the campaign is looked at once, which takes a second for a million:
pages ask for it behind what they show at once.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)

from pabal.console.audience.models import Membership
from pabal.console.campaigns.ledger_tables import LedgerDelivery, LedgerHit
from pabal.console.campaigns.models import Campaign
from pabal.domain.delivery import State
from pabal.domain.engagement import ANY_LINK, Actor, actors
from pabal.domain.event import EventKind
from pabal.domain.experiment import PLACES, STEP, Experiment, Measure, Tally

_KINDS = {Measure.CLICKS: EventKind.CLICKED, Measure.OPENS: EventKind.OPENED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a variant has done in the test. people: of those it was sent to, by what they did."""

    sent: int
    people: Mapping[Measure, int]
    unsubscribed: int

    def tally(self, measure: Measure) -> Tally:
        return Tally(sent=self.sent, people=self.people[measure])


def seen(campaign: Campaign, experiment: Experiment) -> Sequence[Seen]:
    """Return what is known of each variant."""
    sent = _sent(campaign, experiment)
    mails = Counter(dict(sent.values_list("variant").annotate(n=Count("pk"))))
    people = Counter(_people(sent))
    left = Counter(_left(campaign, sent))
    return [
        Seen(
            sent=mails[number],
            people={measure: people[number, kind] for measure, kind in _KINDS.items()},
            unsubscribed=left[number],
        )
        for number in range(experiment.variants)
    ]


def _sent(campaign: Campaign, experiment: Experiment):  # type: ignore[no-untyped-def]
    """The mails of the test that a server took, each with its variant (Experiment.variant)."""
    place = (F("position") % PLACES * STEP + experiment.start) % PLACES
    cases = [When(place__lt=end, then=Value(n)) for n, end in enumerate(experiment.ends)]
    sent = LedgerDelivery.objects.filter(campaign=campaign.pk, state=State.SENT.value)
    numbered = sent.annotate(place=place).annotate(
        variant=Case(*cases, default=None, output_field=IntegerField())
    )
    return numbered.filter(place__lt=experiment.ends[-1])


def _people(sent: "QuerySet[Any]") -> Iterator[tuple[int, EventKind]]:
    """Whatever a person did with a mail of the test, each once, by its variant."""
    of_test = sent.filter(pk=OuterRef("delivery"))
    hits = LedgerHit.objects.filter(delivery__in=sent.values("pk"))
    with_variant = hits.annotate(variant=Subquery(of_test.values("variant")[:1]))
    in_order = with_variant.order_by("delivery").iterator()
    for _delivery, group in groupby(in_order, key=lambda hit: hit.delivery):
        rows = list(group)
        by = actors([row.as_hits() for row in rows])
        for kind in _KINDS.values():
            if by.get((kind, ANY_LINK)) is Actor.PERSON:
                yield rows[0].variant, kind


def _left(campaign: Campaign, sent: "QuerySet[Any]") -> Iterator[int]:
    """The variant of each recipient who has left the list since the campaign was started."""
    mailed = sent.filter(address=OuterRef("subscriber__address"))
    left = Membership.objects.filter(
        Exists(mailed),
        list=campaign.list_id,
        status=Membership.Status.UNSUBSCRIBED,
        changed_at__gte=campaign.started_at,
    )
    yield from left.values_list(Subquery(mailed.values("variant")[:1]), flat=True)
