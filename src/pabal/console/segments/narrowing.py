"""Who of a campaign's list it is for: segments joined, and others taken away."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from pabal.console.audience.models import Membership, Segment, Subscriber
from pabal.console.campaigns.bounds import Bounds
from pabal.console.campaigns.having import having
from pabal.console.segments.compiling import matching
from pabal.domain.identity import CampaignId
from pabal.pipeline.ports import Exclusion


class Narrowing:
    """A campaign's bounds, ready to be asked for a thousand people at a time.

    when: what “today” is of in segments.
    """

    def __init__(self, bounds: Bounds, when: datetime) -> None:
        self._wanted = _any_segment(bounds.segments, when)
        self._unwanted = _any_segment(bounds.without_segments, when)
        if bounds.without_lists:
            on_one = Membership.objects.filter(
                list__in=bounds.without_lists,
                status=Membership.Status.SUBSCRIBED,
                subscriber=OuterRef("pk"),
            )
            self._unwanted = Q(Exists(on_one)) | (self._unwanted or Q(pk__in=[]))
        self._former = [CampaignId(each) for each in bounds.without_campaigns]

    def outside(self, numbers: Collection[int]) -> Mapping[int, Exclusion]:
        """Return whom the campaign is not for, of subscribers by number, and why."""
        people = Subscriber.objects.filter(pk__in=numbers)
        outside: dict[int, Exclusion] = {}
        if self._wanted is not None:
            fitting = frozenset(people.filter(self._wanted).values_list("pk", flat=True))
            outside |= dict.fromkeys(frozenset(numbers) - fitting, Exclusion.NOT_IN_SEGMENT)
        if self._unwanted is not None:
            unwanted = people.filter(self._unwanted).values_list("pk", flat=True)
            outside |= dict.fromkeys(unwanted, Exclusion.LEFT_OUT)
        return outside | dict.fromkeys(having(self._former, numbers), Exclusion.LEFT_OUT)


def _any_segment(segments: Collection[int], when: datetime) -> Q | None:
    """What fits one of them; None where there are none. A segment that asks nothing fits all."""
    asked: Q | None = None
    for segment in Segment.objects.filter(pk__in=segments).order_by("pk"):
        one = matching(segment.segmentation, when) or ~Q(pk__in=[])
        asked = one if asked is None else asked | one
    return asked
