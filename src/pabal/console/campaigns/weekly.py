"""Who has had their one advertisement of the week."""

from collections.abc import Iterable
from datetime import datetime

from pabal.console.audience.resting import WEEK, wanting_weekly
from pabal.console.campaigns.having import having
from pabal.console.campaigns.models import Campaign


def had_this_week(subscribers: Iterable[int], *, before: datetime) -> frozenset[int]:
    """Return who, of some subscribers by number, wants one a week and has it already.

    before: when the next one would be sent.
    """
    weekly = wanting_weekly(subscribers)
    if not weekly:
        return frozenset()
    recent = Campaign.objects.filter(
        kind=Campaign.Kind.ADVERTISING, started_at__gt=before - WEEK, started_at__lte=before
    )
    return having([campaign.campaign_id for campaign in recent], weekly)
