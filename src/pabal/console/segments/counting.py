"""How many fit a segment, and some of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min, Q

from pabal.console.audience.attributes import spread
from pabal.console.audience.conditions import Segmentation
from pabal.console.audience.models import Subscriber
from pabal.console.segments.compiling import matching

_SAMPLED = 10_000
_COUNTED_ONE_BY_ONE = 50_000  # subscribers; with more, a live count is an estimate
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """of: how many subscribers there are. is_exact: no estimate."""

    count: int
    of: int
    is_exact: bool


def count(segmentation: Segmentation, now: datetime) -> Counted:
    """Count who fits, one by one: at a million it takes as long as reading them."""
    total = Subscriber.objects.count()
    found = Subscriber.objects.filter(matching(segmentation, now)).count()
    return Counted(count=found, of=total, is_exact=True)


def estimate(
    segmentation: Segmentation, now: datetime, *, exact_to: int = _COUNTED_ONE_BY_ONE
) -> Counted:
    """Count who fits, among ten thousand who are evenly spread where there are many more.

    exact_to: so many subscribers are counted one by one.
    """
    total = Subscriber.objects.count()
    if total <= exact_to:
        return count(segmentation, now)
    ends = Subscriber.objects.aggregate(first=Min("pk"), last=Max("pk"))
    sampled = Q(pk__in=spread(ends["first"], ends["last"], _SAMPLED))
    asked = Subscriber.objects.filter(sampled).count()
    found = Subscriber.objects.filter(sampled & matching(segmentation, now)).count()
    return Counted(count=round(total * found / max(asked, 1)), of=total, is_exact=False)


def sample(segmentation: Segmentation, now: datetime) -> Sequence[Subscriber]:
    """Return the ten newest who fit."""
    fitting = Subscriber.objects.filter(matching(segmentation, now))
    return list(fitting.order_by("-pk")[:_SHOWN])
