"""Who was sent campaigns, or will be."""

from collections.abc import Collection, Iterable, Sequence

from pabal.console.campaigns import elsewhere
from pabal.console.campaigns.launching import sent_there
from pabal.console.campaigns.ledger_tables import LedgerDelivery
from pabal.domain.delivery import State
from pabal.domain.identity import (
    CampaignId,
    DeliveryId,
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
    had = [*found.values_list("pk", flat=True), *_had_there(ids)]
    keys = (split_delivery_id(pk)[1] for pk in had)
    return frozenset(subscriber_number(key) for key in keys)


def _had_there(ids: Sequence[DeliveryId]) -> list[str]:
    """Ask AWS about those of campaigns that are sent there, one by one."""
    there = sent_there({split_delivery_id(each)[0] for each in ids})
    names = [each for each in ids if split_delivery_id(each)[0] in there]
    return [row.pk for row in elsewhere.deliveries(names) if row.delivery_state in _HAD]
