"""A campaign's report."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from builders.console import (
    ACCEPTED,
    BUSY,
    NO_MAILBOX,
    NOW,
    SILENCE,
    a_campaign,
    a_member,
    finished,
    settled,
    started,
)
from pabal.console.audience.models import List
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.ledger_tables import LedgerDelivery
from pabal.console.campaigns.models import Campaign
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.engagement import ANY_LINK, Hit, Sign
from pabal.domain.event import EventKind
from pabal.domain.identity import DeliveryId


@pytest.fixture
def sent(news: List) -> Campaign:
    """A campaign that met everything that a mail server can say."""
    people = [a_member(news, f"person{number}@customer.example") for number in range(6)]
    campaign = a_campaign(news)
    deliveries = started(campaign, people)
    outcomes = [ACCEPTED, ACCEPTED, NO_MAILBOX, BUSY, SILENCE]
    settled(campaign, dict(zip(deliveries, outcomes, strict=False)))
    return campaign


def _page(client: Client, campaign: Campaign) -> str:
    return client.get(f"/campaigns/{campaign.pk}/").content.decode()


def _figures(page: str) -> dict[str, str]:
    """Read the figures at the head of the report."""
    cards = page.split("<dt>")[1:]
    return {
        card.partition("</dt>")[0]: card.partition("<dd>")[2]
        .partition("</dd>")[0]
        .replace("</a>", "")
        .rpartition(">")[2]
        for card in cards
    }


def test_it_counts_what_became_of_the_mails(as_alice: Client, sent: Campaign) -> None:
    assert _figures(_page(as_alice, sent)) == {
        "수신자": "6",
        "전송": "2",
        "남은 발송": "2",
        "재시도 대기": "1",
        "실패": "1",
        "확인 필요": "1",
    }


def test_it_groups_failures_by_what_the_server_said(as_alice: Client, sent: Campaign) -> None:
    page = _page(as_alice, sent)

    assert "550 5.1.1" in page
    assert "no such user" in page


def test_it_lists_the_doubtful_ones(as_alice: Client, sent: Campaign) -> None:
    page = _page(as_alice, sent)

    assert "person4@customer.example" in page
    assert "자동으로 다시 보내지는 않습니다" in page


def test_its_head_asks_for_itself_while_mails_go_out(as_alice: Client, sent: Campaign) -> None:
    assert "every 2s" in _page(as_alice, sent)

    finished(sent)
    assert "every 2s" not in _page(as_alice, sent)
    assert as_alice.get(f"/campaigns/{sent.pk}/live/")["HX-Refresh"] == "true"


def test_it_can_be_told_to_stand_still(as_alice: Client, sent: Campaign) -> None:
    """WCAG 2.2.1: whoever reads slowly can stop a page that changes."""
    assert "?live=no" in _page(as_alice, sent)

    still = as_alice.get(f"/campaigns/{sent.pk}/?live=no").content.decode()
    assert "every 2s" not in still


def test_it_measures_against_the_five_minutes(as_alice: Client, news: List) -> None:
    quick, slow = a_campaign(news), a_campaign(news)
    for campaign, took in ((quick, timedelta(seconds=72)), (slow, timedelta(minutes=6))):
        started(campaign, [])
        finished(campaign, now=NOW + took)

    assert "1분 12초" in _page(as_alice, quick)
    assert "5분 이내" in _page(as_alice, quick)
    assert "5분 초과" in _page(as_alice, slow)


def test_it_says_who_was_left_out_and_why(as_alice: Client, campaign: Campaign) -> None:
    excluded = {"unsubscribed": 2, "no consent": 1, "suppressed": 0}
    Campaign.objects.filter(pk=campaign.pk).update(excluded=excluded)

    page = _page(as_alice, campaign)
    assert "광고 수신 동의 없음" in page
    assert "발송 제외" not in page


def test_a_draft_has_a_page_too(as_alice: Client, campaign: Campaign) -> None:
    assert "작성 중" in _page(as_alice, campaign)


def test_the_subject_is_shown_as_it_will_begin(as_alice: Client, campaign: Campaign) -> None:
    assert "(광고) {{ name }}님" in _page(as_alice, campaign)


def test_why_it_ended_is_said(as_alice: Client, campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(
        status=Campaign.Status.ENDED, explanation="535 authentication failed"
    )

    assert "535 authentication failed" in _page(as_alice, campaign)


def test_an_unknown_campaign_is_not_found(as_alice: Client) -> None:
    assert as_alice.get("/campaigns/nothing/").status_code == 404


def test_it_asks_the_database_two_dozen_times_at_most(
    as_alice: Client, sent: Campaign, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(17):
        _page(as_alice, sent)


def test_opens_and_clicks_are_not_spoken_of_where_nothing_is_tracked(
    as_alice: Client, sent: Campaign
) -> None:
    assert "열람과 클릭" not in _page(as_alice, sent)


def test_it_counts_people_and_machines_apart(as_alice: Client, sent: Campaign) -> None:
    links = ["https://shop.example/", "https://blog.example/"]
    Campaign.objects.filter(pk=sent.pk).update(tracked="on", links=links)
    first, second = LedgerDelivery.objects.filter(state="sent").order_by("position")
    at = NOW + timedelta(hours=1)
    for delivery, sign, link in (
        (first, Sign.BROWSER, 2),
        (first, Sign.BROWSER, ANY_LINK),
        (second, Sign.SCANNER, 2),
        (second, Sign.APPLE, ANY_LINK),
    ):
        kind = EventKind.CLICKED if link else EventKind.OPENED
        hit = Hit(delivery=DeliveryId(delivery.pk), kind=kind, sign=sign, at=at, link=link)
        joined_ledger().record_hit(hit, policy=BouncePolicy(), now=at)

    page = _page(as_alice, sent)
    assert "열람 수는 정확하지 않습니다" in page
    table = page.partition("열람과 클릭")[2].partition("<h2>")[0]
    rows = [re.sub("<[^>]*>", " ", row).split() for row in table.split("<tr>")[2:]]
    assert rows[0][:5] == ["열람", "1", "50.00%", "0", "1"]
    assert rows[1][:5] == ["클릭", "1", "50.00%", "0", "1"]
    assert rows[3] == ["https://blog.example/", "1", "1"]
    assert rows[4][:3] == ["https://shop.example/", "0", "0"]
