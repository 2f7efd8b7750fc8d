"""docs/rules.md: “link valid ≥ 30 days after sending”, for whoever still has the mail."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from builders.console import ACCEPTED, NOW, finished, settled, started
from pabal.configuration.keyring import load_keyring, rotate_keyring
from pabal.console.audience.erasing import erase, installed_aliases
from pabal.console.audience.models import Membership, Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.domain.identity import DeliveryId
from pabal.domain.links import PublicLinks

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
PAGES: list[Callable[[PublicLinks, DeliveryId], str]] = [
    PublicLinks.unsubscribe,
    PublicLinks.preferences,
]


@pytest.fixture
def delivery(campaign: Campaign, minji: Subscriber) -> DeliveryId:
    """A mail of a campaign that ended more than a year ago."""
    (delivery,) = started(campaign, [minji])
    settled(campaign, {delivery: ACCEPTED})
    finished(campaign)
    long_ago = NOW - timedelta(days=400)
    Campaign.objects.update(status=Campaign.Status.ENDED, started_at=long_ago, ended_at=long_ago)
    return delivery


def _status(subscriber: Subscriber) -> str:
    return Membership.objects.get(subscriber=subscriber).status


@pytest.mark.parametrize("page", PAGES)
def test_links_of_a_year_ago_lead_to_their_pages(
    as_charlie: Client, links: PublicLinks, delivery: DeliveryId, page: Callable[..., str]
) -> None:
    assert "minji@customer.example" in as_charlie.get(page(links, delivery)).content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_links_outlive_keys(
    as_charlie: Client, links: PublicLinks, delivery: DeliveryId, page: Callable[..., str]
) -> None:
    """Rotated twice since the mail was sent, and the newer links are others."""
    old = page(links, delivery)
    for _time in range(2):
        keyring = rotate_keyring(settings.PABAL.home)
    newer = PublicLinks(base_url="", keys=keyring.token_keys)

    assert page(newer, delivery) != old
    for link in (old, page(newer, delivery)):
        assert as_charlie.get(link).status_code == 200


def test_one_click_works_a_year_later_and_after_the_keys_were_rotated(
    as_charlie: Client, links: PublicLinks, delivery: DeliveryId, minji: Subscriber
) -> None:
    link = links.unsubscribe(delivery)
    rotate_keyring(settings.PABAL.home)

    assert as_charlie.post(link, ONE_CLICK).status_code == 200
    assert _status(minji) == "unsubscribed"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_whoever_was_erased_reads_so_and_nothing_of_theirs(
    as_charlie: Client,
    links: PublicLinks,
    delivery: DeliveryId,
    page: Callable[..., str],
    language: str,
) -> None:
    """In both languages; the list's name would tell what they had been interested in."""
    erase("minji@customer.example", installed_aliases(), now=NOW)

    answer = as_charlie.get(page(links, delivery) + f"?lang={language}")

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "No mail is sent to you any more." in text
    assert "더 이상 메일을 보내지 않습니다" in text
    for personal in ("minji", "김민지", "FALL-1", "파발상점 소식", "<form"):
        assert personal not in text
    assert not answer.cookies
    assert answer["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("asked", [ONE_CLICK, {"action": "return"}, {"action": "save"}])
def test_nothing_brings_whoever_was_erased_back(
    as_charlie: Client, links: PublicLinks, delivery: DeliveryId, asked: dict[str, str]
) -> None:
    """A mail program's one-click POST is answered with 2xx (RFC 8058 3.2)."""
    erase("minji@customer.example", installed_aliases(), now=NOW)

    for page in PAGES:
        assert as_charlie.post(page(links, delivery), asked).status_code == 200

    assert not Membership.objects.exists()


def test_the_keyring_keeps_every_key(links: PublicLinks) -> None:
    before = load_keyring(settings.PABAL.home).masters
    after = rotate_keyring(settings.PABAL.home).masters

    assert before.items() < after.items()
