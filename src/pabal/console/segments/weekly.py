"""Who has had their one advertisement of the week, or is to have it."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from pabal.console.audience.models import Membership
from pabal.console.audience.resting import WEEK, wanting_weekly
from pabal.console.campaigns.having import having
from pabal.console.campaigns.models import Campaign
from pabal.console.segments.narrowing import Narrowing

_ROUND_THE_EARTH = timedelta(hours=26)  # from the first clock that shows a time to the last


def had_this_week(subscribers: Iterable[int], *, before: datetime, now: datetime) -> frozenset[int]:
    """Return who, of some subscribers by number, wants one a week and has or awaits it already.

    before: when the next one would be sent.
    """
    weekly = wanting_weekly(subscribers)
    if not weekly:
        return frozenset()
    adverts = Campaign.objects.filter(kind=Campaign.Kind.ADVERTISING)
    recent = adverts.filter(started_at__gt=before - WEEK, started_at__lte=before)
    found = having([campaign.campaign_id for campaign in recent], weekly)
    for campaign in adverts.filter(_goes_out_later(now), _near(before), trial_of=None):
        found |= _awaiting(campaign, weekly - found)
    return found


def _goes_out_later(now: datetime) -> Q:
    """Campaigns of whose recipients the ledger does not know all yet."""
    return Q(status=Campaign.Status.STARTED) & (Q(scheduled_at__gt=now) | ~Q(local_time=""))


def _near(moment: datetime) -> Q:
    return Q(scheduled_at__gt=moment - WEEK - _ROUND_THE_EARTH, scheduled_at__lt=moment + WEEK)


def _awaiting(campaign: Campaign, subscribers: Collection[int]) -> frozenset[int]:
    """Return who of them a campaign will be sent to, as its list and bounds are at present."""
    members = Membership.objects.filter(
        list=campaign.list_id, status=Membership.Status.SUBSCRIBED, subscriber__in=subscribers
    )
    there = frozenset(members.values_list("subscriber_id", flat=True))
    when = campaign.scheduled_at
    return there - Narrowing(campaign.bounds, when).outside(there).keys() if when else there
