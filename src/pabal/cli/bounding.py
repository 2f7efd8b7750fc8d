"""Whom an operator narrows a campaign's list to, in words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pabal.cli.errors import NotSentYet, UnknownExclusion, UnknownSegment
from pabal.cli.lookup import find_campaign, find_list

if TYPE_CHECKING:
    from pabal.console.campaigns.bounds import Bounds


def find_bounds(segments: Sequence[str], exclude: Sequence[str]) -> "Bounds":
    """exclude: as KIND:NAME.

    Raises UnknownSegment, UnknownList, UnknownCampaign, AmbiguousCampaign. UnknownExclusion:
    it begins with none of the kinds. NotSentYet: some of a campaign's readers still wait for it.
    """
    from pabal.console.campaigns.bounds import Bounds

    left_out: dict[str, list[str]] = {"segment": [], "list": [], "campaign": []}
    for text in exclude:
        kind, _colon, name = text.partition(":")
        if kind not in left_out:
            raise UnknownExclusion(text=text)
        left_out[kind].append(name)
    return Bounds(
        segments=frozenset(map(_segment, segments)),
        without_segments=frozenset(map(_segment, left_out["segment"])),
        without_lists=frozenset(find_list(name).pk for name in left_out["list"]),
        without_campaigns=frozenset(map(_sent_campaign, left_out["campaign"])),
    )


def _sent_campaign(name: str) -> str:
    """Before its deliveries are known, nobody would be left out."""
    from django.utils import timezone

    from pabal.console.campaigns.sent import sent_campaigns

    found = find_campaign(name)
    if not sent_campaigns(timezone.now()).filter(pk=found.pk).exists():
        raise NotSentYet(campaign=found.name)
    return found.pk


def _segment(name: str) -> int:
    from pabal.console.audience.models import Segment

    found = Segment.objects.filter(name=name).first()
    if found is None:
        names = ", ".join(Segment.objects.order_by("name").values_list("name", flat=True)[:20])
        raise UnknownSegment(name=name, names=names or "–")
    return found.pk
