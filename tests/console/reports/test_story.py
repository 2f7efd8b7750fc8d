"""Why somebody did or did not get a mail."""

from datetime import timedelta

from django.test import Client
from pytest_django import Settings

from builders.console import ACCEPTED, NO_MAILBOX, NOW, a_campaign, settled, started
from pabal.console.audience.models import List, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.models import Campaign
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.engagement import ANY_LINK, Hit, Sign
from pabal.domain.event import EventKind
from pabal.domain.identity import DeliveryId


def _story(client: Client, campaign: Campaign, delivery: DeliveryId) -> str:
    return client.get(f"/campaigns/{campaign.pk}/deliveries/{delivery}/").content.decode()


def test_it_tells_everything_in_order(
    as_alice: Client, campaign: Campaign, minji: Subscriber
) -> None:
    (delivery,) = started(campaign, [minji])
    settled(campaign, {delivery: NO_MAILBOX})

    page = _story(as_alice, campaign, delivery)
    told = [page.index(text) for text in ("대기", "전송 시작", "거절됨", "550 5.1.1")]
    assert told == sorted(told)
    assert "worker-1" in page


def test_it_shows_what_the_template_could_say_to_them(
    as_alice: Client, campaign: Campaign, minji: Subscriber
) -> None:
    (delivery,) = started(campaign, [minji])

    assert "FALL-1" in _story(as_alice, campaign, delivery)


def test_markup_in_an_attribute_stays_text(
    as_alice: Client, campaign: Campaign, minji: Subscriber
) -> None:
    Subscriber.objects.filter(pk=minji.pk).update(attributes={"name": "<script>alert(1)</script>"})
    (delivery,) = started(campaign, [minji])

    assert "<script>" not in _story(as_alice, campaign, delivery)


def test_a_mail_in_the_mailbox_can_be_opened(
    as_alice: Client, campaign: Campaign, minji: Subscriber
) -> None:
    (delivery,) = started(campaign, [minji])
    assert "/mailbox/of/" not in _story(as_alice, campaign, delivery)

    settled(campaign, {delivery: ACCEPTED})
    assert f"/mailbox/of/{delivery}/" in _story(as_alice, campaign, delivery)


def test_with_another_mail_server_there_is_nothing_to_open(
    as_alice: Client, campaign: Campaign, minji: Subscriber, settings: Settings
) -> None:
    settings.PABAL = settings.PABAL.model_copy(update={"smtp_url": "smtp://mail.example:587"})
    (delivery,) = started(campaign, [minji])
    settled(campaign, {delivery: ACCEPTED})

    assert "/mailbox/of/" not in _story(as_alice, campaign, delivery)


def test_a_delivery_of_another_campaign_is_not_found(
    as_alice: Client, campaign: Campaign, minji: Subscriber, news: List
) -> None:
    (delivery,) = started(campaign, [minji])
    other = a_campaign(news)

    answer = as_alice.get(f"/campaigns/{other.pk}/deliveries/{delivery}/")
    assert answer.status_code == 404


def test_it_tells_what_was_opened_and_clicked_and_by_whom(
    as_alice: Client, campaign: Campaign, minji: Subscriber
) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(links=["https://shop.example/autumn"])
    (delivery,) = started(campaign, [minji])
    settled(campaign, {delivery: ACCEPTED})
    assert "열람과 클릭" not in _story(as_alice, campaign, delivery)
    for minutes, kind, sign, link in (
        (1, EventKind.OPENED, Sign.APPLE, ANY_LINK),
        (2, EventKind.CLICKED, Sign.SCANNER, 2),
        (3, EventKind.CLICKED, Sign.BROWSER, 1),
        (4, EventKind.CLICKED, Sign.BROWSER, 1),
    ):
        at = NOW + timedelta(minutes=minutes)
        hit = Hit(delivery=delivery, kind=kind, sign=sign, at=at, link=link)
        joined_ledger().record_hit(hit, policy=BouncePolicy(), now=at)

    told = _story(as_alice, campaign, delivery).partition("열람과 클릭")[2]
    assert told.count("기계") == 2
    assert told.count("사람 · 2번") == 1
    assert told.count("https://shop.example/autumn") == 1
