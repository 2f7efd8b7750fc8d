"""A recipient: a subscriber as frozen in one campaign's package."""

from collections.abc import Mapping
from dataclasses import dataclass

from pabal.domain.address import Address
from pabal.domain.identity import CampaignId, DeliveryId, delivery_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who gets a mail, and what the template may say to them.

    key: the subscriber's key (identity.subscriber_key).
    position: place in the package, from 0; the campaign is sent in this order.
    language: "ko" or "en".
    attributes: values for the template by name, all text as the shop keeps them.
    objects: whether they do not want to be tracked; their links are as they were written.
    """

    key: str
    position: int
    address: Address
    language: str
    attributes: Mapping[str, str]
    objects: bool = False

    def delivery(self, campaign: CampaignId) -> DeliveryId:
        return delivery_id(campaign, self.key)
