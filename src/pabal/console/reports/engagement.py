"""Opens and clicks as a campaign's report shows them: people and machines apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.words import ACTORS, EVENTS
from pabal.domain.engagement import ANY_LINK, Actor, Engagement, Hits, told_apart
from pabal.domain.event import EventKind
from pabal.domain.tracking import Tracking


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A row: deliveries of which something was opened or clicked.

    share: of the mails that a server took, by people.
    """

    what: str | Promise
    people: int
    proxies: int
    machines: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEngagement:
    mails: Sequence[Used]
    links: Sequence[Used]


def shown_engagement(campaign: Campaign, seen: Engagement, sent: int) -> ShownEngagement | None:
    """Return what to show; None where nothing was tracked and nothing told."""
    tracked = Tracking(campaign.tracked)
    if tracked is Tracking.OFF and not seen.counts:
        return None
    links = [
        _used(seen, EventKind.CLICKED, number, target, sent)
        for number, target in enumerate(campaign.links, 1)
    ]
    mails = [
        _used(seen, EventKind.OPENED, ANY_LINK, _("opened"), sent),
        _used(seen, EventKind.CLICKED, ANY_LINK, _("clicked"), sent),
    ]
    return ShownEngagement(mails=mails, links=sorted(links, key=lambda each: -each.people))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownHits:
    """Hits of a delivery that are alike. target: "" where it is no link, or none that is known."""

    hits: Hits
    what: str | Promise
    by: str | Promise
    target: str


def shown_hits(campaign: Campaign, found: Sequence[Hits]) -> Sequence[ShownHits]:
    """Return what was opened and clicked of one mail, and by whom."""
    return [_shown(campaign, each, actor) for each, actor in told_apart(found)]


def _shown(campaign: Campaign, hits: Hits, actor: Actor) -> ShownHits:
    is_known = ANY_LINK < hits.link <= len(campaign.links)
    target = campaign.links[hits.link - 1] if is_known else ""
    return ShownHits(hits=hits, what=EVENTS[hits.kind], by=ACTORS[actor], target=target)


def _used(seen: Engagement, kind: EventKind, link: int, what: str | Promise, sent: int) -> Used:
    people, proxies, machines = (seen.count(kind, actor, link) for actor in Actor)
    share = people / sent if sent else 0.0
    return Used(what=what, people=people, proxies=proxies, machines=machines, share=share)
