"""Who has had their one advertisement of the week."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pabal.console.audience.resting import WEEK, wanting_weekly
from pabal.console.campaigns import elsewhere
from pabal.console.campaigns.launching import sent_there
from pabal.console.campaigns.ledger_tables import LedgerDelivery
from pabal.console.campaigns.models import Campaign
from pabal.domain.delivery import State
from pabal.domain.identity import (
    DeliveryId,
    delivery_id,
    split_delivery_id,
    subscriber_key,
    subscriber_number,
)

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
    had = [*found.values_list("pk", flat=True), *_had_there(ids)]
    keys = (split_delivery_id(pk)[1] for pk in had)
    return frozenset(subscriber_number(key) for key in keys)


def _had_there(ids: Sequence[DeliveryId]) -> list[str]:
    """Ask AWS about those of campaigns that are sent there, one by one: weekly ones are few."""
    there = sent_there({split_delivery_id(each)[0] for each in ids})
    names = [each for each in ids if split_delivery_id(each)[0] in there]
    return [row.pk for row in elsewhere.deliveries(names) if row.delivery_state in _HAD]
