"""What the variants of an A/B test have done, read from the ledger's tables.

Each delivery of the campaign is looked at once, which takes a second for a million:
pages ask for it behind what they show at once.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from pabal.console.campaigns.ledger_tables import LedgerDelivery, LedgerUse
from pabal.console.campaigns.models import Campaign
from pabal.domain.delivery import State
from pabal.domain.engagement import Actor
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
    taken = LedgerDelivery.objects.filter(campaign=campaign.pk, state=State.SENT.value)
    sent = _numbered(taken, experiment, "position")
    mails = Counter(dict(sent.values_list("variant").annotate(n=Count("pk"))))
    people = Counter(_people(campaign, experiment))
    left = Counter(_left(campaign, sent))
    return [
        Seen(
            sent=mails[number],
            people={measure: people[number, kind] for measure, kind in _KINDS.items()},
            unsubscribed=left[number],
        )
        for number in range(experiment.variants)
    ]


def _numbered(rows, experiment: Experiment, position: str):  # type: ignore[no-untyped-def]
    """Keep the rows of the test, each with its variant: Experiment.variant in SQL."""
    place = (F(position) % PLACES * STEP + experiment.start) % PLACES
    cases = [When(place__lt=end, then=Value(n)) for n, end in enumerate(experiment.ends)]
    numbered = rows.annotate(place=place).filter(place__lt=experiment.ends[-1])
    return numbered.annotate(variant=Case(*cases, output_field=IntegerField()))


def _people(campaign: Campaign, experiment: Experiment) -> Iterator[tuple[int, EventKind]]:
    """Whatever a person did with a mail of the test, each once, by its variant."""
    by_people = LedgerUse.objects.filter(
        campaign=campaign.pk, actor=Actor.PERSON.value, delivery__state=State.SENT.value
    )
    of_test = _numbered(by_people, experiment, "delivery__position")
    for variant, kind in of_test.values_list("variant", "kind").iterator():
        yield variant, EventKind(kind)


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
