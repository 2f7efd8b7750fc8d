"""The page behind List-Unsubscribe: docs/rules.md S9, S10; RFC 8058."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from builders.console import NOW, a_campaign, a_member, started
from pabal.console.audience.models import Consent, List, Membership, Subscriber
from pabal.console.audience.verifying import verify_consents
from pabal.console.campaigns.ledger_tables import LedgerSuppression
from pabal.console.campaigns.models import Campaign
from pabal.domain.identity import DeliveryId
from pabal.domain.links import PublicLinks
from pabal.domain.suppression import list_scope

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture
def link(links: PublicLinks, campaign: Campaign, minji: Subscriber) -> str:
    """The link in Minji's mail."""
    (delivery,) = started(campaign, [minji])
    return links.unsubscribe(delivery)


def _status(subscriber: Subscriber) -> str:
    return Membership.objects.get(subscriber=subscriber).status


def _is_subscribed(subscriber: Subscriber) -> bool:
    return _status(subscriber) == "subscribed" and not LedgerSuppression.objects.exists()


@pytest.mark.parametrize("encoding", ["multipart", "urlencoded"])
def test_one_click_unsubscribes_without_cookies_log_in_or_redirect(
    as_charlie: Client, link: str, minji: Subscriber, encoding: str
) -> None:
    """S9: both encodings, 200, no Location, no Set-Cookie (RFC 8058 3.1, 3.2)."""
    if encoding == "multipart":
        answer = as_charlie.post(link, ONE_CLICK)
    else:
        answer = as_charlie.post(link, "List-Unsubscribe=One-Click", content_type=URLENCODED)

    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert not answer.cookies
    assert _status(minji) == "unsubscribed"


def test_one_click_stops_the_mails_that_have_not_begun(
    as_charlie: Client, link: str, minji: Subscriber, news: List
) -> None:
    """K4: the suppression that the ledger looks up before the wire is there at once."""
    as_charlie.post(link, ONE_CLICK)

    stop = LedgerSuppression.objects.get()
    assert (stop.address, stop.scope) == (minji.address, list_scope(news.pk))
    assert stop.reason == "unsubscribed"


def test_one_click_is_written_down_as_a_withdrawal(
    as_charlie: Client, link: str, minji: Subscriber, news: List
) -> None:
    as_charlie.post(link, ONE_CLICK)

    granted, withdrawn = Consent.objects.filter(subscriber=minji).order_by("pk")
    assert granted.action == "granted"
    assert (withdrawn.action, withdrawn.source) == ("withdrawn", "one-click")
    assert withdrawn.purpose == list_scope(news.pk)
    assert verify_consents().is_whole


def test_one_click_twice_is_one_withdrawal(
    as_charlie: Client, link: str, minji: Subscriber
) -> None:
    """S9: a second POST gets the same answer and changes nothing."""
    first = as_charlie.post(link, ONE_CLICK)
    second = as_charlie.post(link, ONE_CLICK)

    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert Consent.objects.filter(subscriber=minji, action="withdrawn").count() == 1
    assert LedgerSuppression.objects.count() == 1


def test_one_click_may_come_from_anywhere(as_charlie: Client, link: str, minji: Subscriber) -> None:
    """A mail provider posts it from its own site; there is no origin to check."""
    answer = as_charlie.post(link, ONE_CLICK, headers={"Origin": "https://mail.example"})

    assert answer.status_code == 200
    assert _status(minji) == "unsubscribed"


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(
    as_charlie: Client, link: str, minji: Subscriber, method: str
) -> None:
    """S10: scanners fetch the link; three times GET or HEAD leave the subscriber on the list."""
    for _time in range(3):
        answer = getattr(as_charlie, method)(link)
        assert answer.status_code == 200
        assert not answer.cookies

    assert _is_subscribed(minji)
    assert Consent.objects.count() == 1


def test_the_confirm_page_speaks_korean_and_english(as_charlie: Client, link: str) -> None:
    """S10: a confirm page in both languages, with a button."""
    page = as_charlie.get(link).content.decode()

    assert '<html lang="ko">' in page
    assert "수신 거부" in page
    assert "Unsubscribe" in page
    assert 'value="leave"' in page


def test_the_confirm_page_names_the_sender(as_charlie: Client, link: str) -> None:
    page = as_charlie.get(link).content.decode()

    assert "파발상점 주식회사" in page
    assert "02-1234-5678" in page


def test_the_page_speaks_the_subscribers_language(
    as_charlie: Client, links: PublicLinks, news: List
) -> None:
    john = a_member(news, "john@customer.example", language="en")
    (delivery,) = started(a_campaign(news), [john])

    assert '<html lang="en">' in as_charlie.get(links.unsubscribe(delivery)).content.decode()


def test_the_language_can_be_switched(as_charlie: Client, link: str) -> None:
    answer = as_charlie.get(link, {"lang": "en"})

    assert '<html lang="en">' in answer.content.decode()
    assert not answer.cookies


def test_the_button_unsubscribes_and_the_page_says_so(
    as_charlie: Client, link: str, minji: Subscriber
) -> None:
    answer = as_charlie.post(link, {"action": "leave"}, follow=True)

    assert answer.status_code == 200
    assert "수신 거부가 완료되었습니다" in answer.content.decode()
    assert _status(minji) == "unsubscribed"


def test_a_mistaken_click_can_be_undone(as_charlie: Client, link: str, minji: Subscriber) -> None:
    as_charlie.post(link, {"action": "leave"})
    page = as_charlie.post(link, {"action": "return"}, follow=True).content.decode()

    assert "다시 구독되었습니다" in page
    assert 'value="leave"' not in page, "it does not ask the very thing that was just undone"
    assert _is_subscribed(minji)
    last = Consent.objects.filter(subscriber=minji).latest("pk")
    assert last.action == "granted"
    assert "광고성 정보" in last.wording


def test_whoever_would_rather_get_less_finds_the_way(as_charlie: Client, link: str) -> None:
    page = as_charlie.get(link).content.decode()

    (path,) = re.findall(r'href="(/p/[^"]+)"', page)
    assert "잠시 쉬기" in as_charlie.get(path).content.decode()


def test_undoing_twice_is_one_consent(as_charlie: Client, link: str, minji: Subscriber) -> None:
    as_charlie.post(link, {"action": "leave"})
    as_charlie.post(link, {"action": "return"})
    as_charlie.post(link, {"action": "return"})

    assert Consent.objects.filter(subscriber=minji).count() == 3


def test_a_post_that_asks_for_nothing_changes_nothing(
    as_charlie: Client, link: str, minji: Subscriber
) -> None:
    assert as_charlie.post(link, {"something": "else"}).status_code == 400
    assert _is_subscribed(minji)


def test_a_forged_link_is_refused_and_changes_nothing(
    as_charlie: Client, link: str, minji: Subscriber
) -> None:
    """S9: forged token, 4xx and no change; nobody is asked to log in."""
    forged = link[:-12] + link[-12:].swapcase()

    for answer in (as_charlie.get(forged), as_charlie.post(forged, ONE_CLICK)):
        assert answer.status_code == 404
        assert "Location" not in answer.headers
        assert not answer.cookies
    assert _is_subscribed(minji)


def test_a_link_for_preferences_does_not_unsubscribe(
    as_charlie: Client, links: PublicLinks, campaign: Campaign, minji: Subscriber
) -> None:
    (delivery,) = started(campaign, [minji])
    token = links.preferences(delivery).rpartition("/")[2]

    assert as_charlie.post(f"/u/{token}", ONE_CLICK).status_code == 404
    assert _is_subscribed(minji)


def test_a_link_to_nobody_is_refused(as_charlie: Client, links: PublicLinks, db: None) -> None:
    assert as_charlie.get(links.unsubscribe(DeliveryId("0abc1def-zz"))).status_code == 404


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(as_charlie: Client, link: str, method: str) -> None:
    assert getattr(as_charlie, method)(link).status_code == 405


def test_only_the_mailed_list_is_left(as_charlie: Client, link: str, minji: Subscriber) -> None:
    other = List.objects.create(name="다른 목록", identifier="other", created_at=NOW)
    Membership.objects.create(subscriber=minji, list=other, changed_at=NOW)

    as_charlie.post(link, ONE_CLICK)

    assert Membership.objects.get(list=other).status == "subscribed"


def test_the_link_stays_out_of_caches_indexes_and_referrers(as_charlie: Client, link: str) -> None:
    answer = as_charlie.get(link)

    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]


@pytest.mark.parametrize(
    ("base_url", "forwarded", "origin"),
    [
        ("", "", "127.0.0.1"),
        ("", "203.0.113.5", "127.0.0.1"),  # nobody stands in front: the asker says so
        ("https://mail.shop.example", "203.0.113.5", "203.0.113.5"),
        ("https://mail.shop.example", "198.51.100.1, 203.0.113.5", "203.0.113.5"),
        ("https://mail.shop.example", "2001:DB8::5", "2001:db8::5"),
        ("https://mail.shop.example", "<script>", "127.0.0.1"),
        ("https://mail.shop.example", "", "127.0.0.1"),
    ],
)
def test_the_address_of_the_request_is_written_down(
    as_charlie: Client,
    link: str,
    settings: Settings,
    base_url: str,
    forwarded: str,
    origin: str,
) -> None:
    """K1: a record has the address of the request; what a stranger can invent is not it."""
    settings.PABAL = settings.PABAL.model_copy(update={"base_url": base_url})
    as_charlie.post(link, ONE_CLICK, headers={"X-Forwarded-For": forwarded})
    as_charlie.post(link, {"action": "return"}, headers={"X-Forwarded-For": forwarded})

    _given, withdrawn, granted = Consent.objects.order_by("pk")
    assert (withdrawn.action, withdrawn.origin) == ("withdrawn", origin)
    assert (granted.action, granted.origin) == ("granted", origin)
    assert verify_consents().is_whole
