"""A draft's bounds as fields of its form, each with the rows that may be ticked."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from pabal.console.audience.models import List, Segment
from pabal.console.campaigns.bounds import Bounds
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.sent import sent_campaigns

BOUNDS = frozenset(field.name for field in fields(Bounds))
_RECENT = 30  # campaigns


def bound_choices(chosen: Bounds, now: datetime) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return what may be ticked. What is chosen already always may."""
    segments = _named(Segment.objects.order_by("name", "pk"))
    lists = List.objects.filter(Q(archived_at=None) | Q(pk__in=chosen.without_lists))
    recent = sent_campaigns(now).order_by("-started_at").values_list("pk", flat=True)[:_RECENT]
    former = Campaign.objects.filter(pk__in=[*recent, *chosen.without_campaigns])
    return {
        "segments": segments,
        "without_segments": segments,
        "without_lists": _named(lists.order_by("name", "pk")),
        "without_campaigns": _named(former.order_by("-started_at", "pk")),
    }


def typed_bounds(bounds: Bounds) -> dict[str, list[str]]:
    """Return bounds as the values of the form's fields."""
    return {name: [str(each) for each in sorted(getattr(bounds, name))] for name in BOUNDS}


def read_bounds(typed: Mapping[str, Sequence[str]]) -> Bounds:
    return Bounds(
        segments=frozenset(map(int, typed["segments"])),
        without_segments=frozenset(map(int, typed["without_segments"])),
        without_lists=frozenset(map(int, typed["without_lists"])),
        without_campaigns=frozenset(typed["without_campaigns"]),
    )


def _named(rows: "QuerySet[Any]") -> Sequence[tuple[str, str]]:
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]
