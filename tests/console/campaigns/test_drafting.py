"""Making senders, lists and campaigns, and starting what was made."""

import pytest

from builders.console import NOW, a_campaign
from pabal.console.audience.models import List
from pabal.console.campaigns.drafting import (
    add_list,
    add_sender_identity,
    add_topic,
    copy_campaign,
    mark_started,
)
from pabal.console.campaigns.models import Campaign
from pabal.domain.address import AddressError
from pabal.domain.identity import is_campaign_id

pytestmark = pytest.mark.django_db

SENDER = {
    "name": "파발상점",
    "address": "news@한국.kr",
    "company": "파발상점 주식회사",
    "postal_address": "서울특별시 중구 세종대로 110",
    "phone": "02-1234-5678",
    "contact_email": "help@shop.example",
}


def test_a_senders_address_is_kept_as_it_goes_on_the_wire() -> None:
    identity = add_sender_identity(SENDER)

    assert identity.address == "news@xn--3e0b707e.kr"
    assert identity.bounce_domain == "xn--3e0b707e.kr"


def test_a_sender_with_a_wrong_address_is_refused() -> None:
    with pytest.raises(AddressError):
        add_sender_identity(SENDER | {"address": "news"})
    with pytest.raises(AddressError):
        add_sender_identity(SENDER | {"reply_to": "nobody at home"})


def test_lists_with_korean_names_have_identifiers_for_headers() -> None:
    first, second = add_list("파발 소식", now=NOW), add_list("Pabal news", now=NOW)
    third = add_list("Pabal news", now=NOW)

    identifiers = {first.identifier, second.identifier, third.identifier}
    assert len(identifiers) == 3
    assert all(identifier.isascii() and " " not in identifier for identifier in identifiers)
    assert second.identifier == "pabal-news"


def test_topics_have_identifiers_too() -> None:
    assert add_topic("쿠폰").identifier != add_topic("쿠폰").identifier


def test_a_campaign_begins_as_a_draft_with_an_id_for_the_wire(news: List) -> None:
    campaign = a_campaign(news)

    assert is_campaign_id(campaign.pk)
    assert campaign.status == Campaign.Status.DRAFT


def test_a_copy_says_the_same_and_is_a_draft(campaign: Campaign) -> None:
    Campaign.objects.update(status=Campaign.Status.ENDED)

    copy = copy_campaign(campaign, now=NOW)

    assert copy.pk != campaign.pk
    assert copy.as_source() == campaign.as_source()
    assert copy.status == Campaign.Status.DRAFT


def test_a_campaign_is_started_once(campaign: Campaign) -> None:
    Campaign.objects.update(prepared_digest="d" * 64)

    assert mark_started(campaign, digest="d" * 64, now=NOW)
    assert not mark_started(campaign, digest="d" * 64, now=NOW)
    assert (campaign.status, campaign.started_at) == (Campaign.Status.STARTED, NOW)


def test_only_what_was_checked_is_started(campaign: Campaign) -> None:
    """Somebody prepared it anew meanwhile: what would be sent is not what was checked."""
    Campaign.objects.update(prepared_digest="e" * 64)

    assert not mark_started(campaign, digest="d" * 64, now=NOW)
    assert campaign.status == Campaign.Status.DRAFT
