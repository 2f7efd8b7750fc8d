"""Whom a public link belongs to, and to which list it was mailed."""

from dataclasses import dataclass
from typing import TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.urls import reverse

from pabal.configuration.keyring import load_keyring
from pabal.console.audience.models import List, Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.domain.identity import DeliveryId, split_delivery_id, subscriber_number
from pabal.domain.token import Purpose, TokenInvalid, TokenKeys

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a link in a mail was made for."""

    delivery: DeliveryId
    subscriber: Subscriber
    campaign: Campaign
    list: List

    @property
    def preferences(self) -> str:
        """The path at which its reader chooses what to get."""
        token = token_keys().sign(Purpose.PREFERENCES, self.delivery)
        return reverse("public:preferences", args=[token])


def token_keys() -> TokenKeys:
    """The keys that this installation's public links are signed with."""
    return load_keyring(settings.PABAL.home).token_keys


def row_behind(token: str, purpose: Purpose, rows: QuerySet[Row]) -> Row:
    """Return the row whose key a link was made for. Raises TokenInvalid: there is none."""
    found = rows.filter(pk=token_keys().verify(token, purpose)).first()
    if found is None:
        raise TokenInvalid
    return found


def read_link(token: str, purpose: Purpose) -> Invitation:
    """Return what the link was made for. Raises TokenInvalid: we did not make it."""
    delivery = DeliveryId(token_keys().verify(token, purpose))
    try:
        campaign_id, key = split_delivery_id(delivery)
        subscriber = Subscriber.objects.get(pk=subscriber_number(key))
        campaign = Campaign.objects.select_related("list", "sender").get(pk=campaign_id)
    except (ValueError, Subscriber.DoesNotExist, Campaign.DoesNotExist):
        raise TokenInvalid from None
    return Invitation(
        delivery=delivery, subscriber=subscriber, campaign=campaign, list=campaign.list
    )
