"""How many fit a segment, and some of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Max, Min, Q

from pabal.console.audience.attributes import scattered
from pabal.console.audience.conditions import Segmentation
from pabal.console.audience.models import Subscriber
from pabal.console.segments.compiling import matching

_SAMPLED = 4_000
_COUNTED_ONE_BY_ONE = 50_000  # subscribers; with more, a live count is an estimate
_FEW = 1_000  # of the sampled; where most numbers are of nobody, they say little
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """of: how many subscribers there are. is_exact: neither is an estimate.

    some: up to ten who fit, for a live count.
    """

    count: int
    of: int
    is_exact: bool
    some: Sequence[Subscriber] = ()


def count(segmentation: Segmentation, now: datetime) -> Counted:
    """Count who fits, one by one: at a million it takes as long as reading them."""
    fitting = Subscriber.people.filter(matching(segmentation, now))
    return Counted(count=fitting.count(), of=Subscriber.people.count(), is_exact=True)


def estimate(
    segmentation: Segmentation, now: datetime, *, exact_to: int = _COUNTED_ONE_BY_ONE
) -> Counted:
    """Count who fits, among four thousand who are scattered where there are many more.

    exact_to: so many subscribers are counted one by one.
    """
    ends = Subscriber.objects.aggregate(first=Min("pk"), last=Max("pk"))
    span = 0 if ends["last"] is None else ends["last"] - ends["first"] + 1
    fits = matching(segmentation, now)
    if span <= exact_to:
        return _count_with_some(segmentation, fits, now)
    numbers = scattered(ends["first"], ends["last"], _SAMPLED)
    sampled = Subscriber.people.filter(pk__in=numbers)
    found = sampled.aggregate(asked=Count("pk"), fitting=Count("pk", filter=fits or None))
    asked = found["asked"]
    if asked < min(_FEW, exact_to):
        return _count_with_some(segmentation, fits, now)
    fitting = found["fitting"] if fits else asked
    return Counted(
        count=round(span * fitting / len(numbers)),
        of=round(span * asked / len(numbers)),
        is_exact=False,
        some=list(sampled.filter(fits)[:_SHOWN]) if fitting else (),
    )


def _count_with_some(segmentation: Segmentation, fits: Q, now: datetime) -> Counted:
    newest = Subscriber.people.filter(fits).order_by("-pk")[:_SHOWN]
    return replace(count(segmentation, now), some=list(newest))
