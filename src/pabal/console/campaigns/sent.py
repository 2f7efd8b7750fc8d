"""Which campaigns have gone to everybody they go to, as far as the ledger knows whom."""

from datetime import datetime

from django.db.models import Q, QuerySet

from pabal.console.campaigns.models import Campaign


def sent_campaigns(now: datetime) -> "QuerySet[Campaign]":
    """Campaigns all of whose deliveries are in the ledger, or will be in a moment.

    Whom a campaign goes to is known once its deliveries are.
    """
    campaigns = Campaign.objects.filter(trial_of=None, is_automatic=False)
    begun = Q(scheduled_at=None) | Q(scheduled_at__lt=now, local_time="")
    all_at_once = Q(status=Campaign.Status.STARTED, has_experiment=False)
    return campaigns.filter(Q(status=Campaign.Status.ENDED) | begun & all_at_once)
