"""Who has had their one advertisement of the week."""

from collections.abc import Iterable
from datetime import datetime

from pabal.console.audience.resting import WEEK, wanting_weekly
from pabal.console.campaigns.ledger_tables import LedgerDelivery
from pabal.console.campaigns.models import Campaign
from pabal.domain.delivery import State
from pabal.domain.identity import delivery_id, split_delivery_id, subscriber_key, subscriber_number

# What has perhaps been sent counts, and so does what will be.
_HAD = (State.QUEUED, State.SENDING, State.SENT, State.DOUBTFUL)


def had_this_week(subscribers: Iterable[int], *, before: datetime) -> frozenset[int]:
    """Return who, of some subscribers by number, wants one a week and has it already.

    before: when the next one would be sent. Asks for the deliveries of the last seven days'
    campaigns by their ids, so that a long history costs nothing.
    """
    weekly = wanting_weekly(subscribers)
    if not weekly:
        return frozenset()
    recent = Campaign.objects.filter(
        kind=Campaign.Kind.ADVERTISING, started_at__gt=before - WEEK, started_at__lte=before
    )
    ids = [
        delivery_id(campaign.campaign_id, subscriber_key(number))
        for campaign in recent
        for number in weekly
    ]
    states = [state.value for state in _HAD]
    found = LedgerDelivery.objects.filter(pk__in=ids, state__in=states)
    keys = (split_delivery_id(pk)[1] for pk in found.values_list("pk", flat=True))
    return frozenset(subscriber_number(key) for key in keys)
