"""Opens and clicks as a campaign's report shows them: people and machines apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.console.campaigns.models import Campaign
from pabal.domain.engagement import ANY_LINK, Actor, Engagement
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


def _used(seen: Engagement, kind: EventKind, link: int, what: str | Promise, sent: int) -> Used:
    people, proxies, machines = (seen.count(kind, actor, link) for actor in Actor)
    share = people / sent if sent else 0.0
    return Used(what=what, people=people, proxies=proxies, machines=machines, share=share)
