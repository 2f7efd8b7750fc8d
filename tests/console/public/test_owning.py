"""A subscriber sees what is kept about them, and has it erased, by a link in a mail."""

import json

import pytest
from django.test import Client

from builders.console import started
from pabal.console.audience.models import Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.domain.links import PublicLinks


@pytest.fixture
def page(links: PublicLinks, campaign: Campaign, minji: Subscriber) -> str:
    (delivery,) = started(campaign, [minji])
    return f"{links.preferences(delivery)}/data"


def test_it_is_saved_as_a_file(as_charlie: Client, page: str, minji: Subscriber) -> None:
    answer = as_charlie.post(page, {"action": "save"})

    assert answer["Content-Disposition"].startswith("attachment")
    assert json.loads(answer.content)["address"] == minji.address


def test_looking_gives_nothing_away_and_erases_nothing(
    as_charlie: Client, page: str, minji: Subscriber
) -> None:
    assert "consent" not in as_charlie.get(page).content.decode()
    assert Subscriber.objects.get(pk=minji.pk).erased_at is None


def test_erasing_needs_a_tick(as_charlie: Client, page: str, minji: Subscriber) -> None:
    answer = as_charlie.post(page, {"action": "erase"})

    assert answer.content.decode().count('class="field-error"') == 1
    assert Subscriber.objects.get(pk=minji.pk).erased_at is None


def test_once_erased_the_page_says_so_and_offers_nothing(
    as_charlie: Client, page: str, minji: Subscriber
) -> None:
    answer = as_charlie.post(page, {"action": "erase", "sure": "1"})

    assert answer.status_code == 200
    assert Subscriber.objects.get(pk=minji.pk).erased_at is not None
    again = as_charlie.post(page, {"action": "save"})
    assert "Content-Disposition" not in again.headers


def test_a_forged_link_opens_nothing(as_charlie: Client, db: None) -> None:
    assert as_charlie.post("/p/forged/data", {"action": "save"}).status_code == 404
