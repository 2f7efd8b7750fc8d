"""Who was sent campaigns, or will be."""

from collections.abc import Collection, Iterable

from pabal.console.campaigns.ledger_tables import LedgerDelivery
from pabal.domain.delivery import State
from pabal.domain.identity import (
    CampaignId,
    delivery_id,
    split_delivery_id,
    subscriber_key,
    subscriber_number,
)

# What has perhaps been sent counts, and so does what will be.
_HAD = (State.QUEUED, State.SENDING, State.SENT, State.DOUBTFUL)


def having(campaigns: Iterable[CampaignId], subscribers: Collection[int]) -> frozenset[int]:
    """Return who, of some subscribers by number, has had one of these campaigns.

    Deliveries are asked for by their ids, so that a long history costs nothing.
    """
    ids = [
        delivery_id(campaign, subscriber_key(number))
        for campaign in campaigns
        for number in subscribers
    ]
    if not ids:
        return frozenset()
    states = [state.value for state in _HAD]
    found = LedgerDelivery.objects.filter(pk__in=ids, state__in=states)
    keys = (split_delivery_id(pk)[1] for pk in found.values_list("pk", flat=True))
    return frozenset(subscriber_number(key) for key in keys)
