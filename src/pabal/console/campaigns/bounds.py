"""What narrows a campaign's list: segments of whom it wants one, and whom it leaves out.

A row protects what it names: a segment that keeps people out cannot be deleted under a campaign.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models

from pabal.console.audience.models import List, Segment

_NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """By the numbers of the rows. segments: everybody has to fit one of them; none asks nothing.

    without_*: who fits one, is on one or was sent one gets nothing, whatever else they fit.
    """

    segments: frozenset[int] = _NOTHING
    without_segments: frozenset[int] = _NOTHING
    without_lists: frozenset[int] = _NOTHING
    without_campaigns: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self != NO_BOUNDS


NO_BOUNDS = Bounds()


class Bound(models.Model):
    """One of a campaign's bounds: exactly one of segment, list and former is set.

    former: a campaign whose recipients get nothing.
    """

    campaign = models.ForeignKey("campaigns.Campaign", models.CASCADE, related_name="bound_rows")
    is_without = models.BooleanField()
    segment = models.ForeignKey(Segment, models.PROTECT, null=True, related_name="+")
    list = models.ForeignKey(List, models.PROTECT, null=True, related_name="+")
    former = models.ForeignKey("campaigns.Campaign", models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{'without ' if self.is_without else ''}{self.segment or self.list or self.former}"


def bounds_of(campaign: str) -> Bounds:
    rows = list(Bound.objects.filter(campaign=campaign))
    return Bounds(
        segments=frozenset(row.segment_id for row in rows if row.segment_id and not row.is_without),
        without_segments=frozenset(
            row.segment_id for row in rows if row.segment_id and row.is_without
        ),
        without_lists=frozenset(row.list_id for row in rows if row.list_id),
        without_campaigns=frozenset(row.former_id for row in rows if row.former_id),
    )


def keep_bounds(campaign: str, bounds: Bounds) -> None:
    """Let these be a campaign's bounds, within the caller's transaction."""
    Bound.objects.filter(campaign=campaign).delete()
    Bound.objects.bulk_create(_rows(campaign, bounds))


def _rows(campaign: str, bounds: Bounds) -> Iterator[Bound]:
    for segment in sorted(bounds.segments):
        yield Bound(campaign_id=campaign, is_without=False, segment_id=segment)
    for segment in sorted(bounds.without_segments):
        yield Bound(campaign_id=campaign, is_without=True, segment_id=segment)
    for target in sorted(bounds.without_lists):
        yield Bound(campaign_id=campaign, is_without=True, list_id=target)
    for former in sorted(bounds.without_campaigns):
        yield Bound(campaign_id=campaign, is_without=True, former_id=former)
