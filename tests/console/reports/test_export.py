"""The recipients as a file: whole, readable in Excel, and harmless there."""

import csv
from io import StringIO

from django.test import Client
from django.utils import timezone

from builders.console import (
    ACCEPTED,
    NO_MAILBOX,
    a_campaign,
    a_member,
    finished,
    settled,
    started,
)
from pabal.console.audience.leaving import leave_list
from pabal.console.audience.models import List
from pabal.console.campaigns.models import Campaign


def _sent(news: List, *addresses: str, name: str = "가을 안내") -> Campaign:
    people = [a_member(news, address) for address in addresses]
    campaign = a_campaign(news, name=name)
    deliveries = started(campaign, people)
    settled(campaign, dict(zip(deliveries, [NO_MAILBOX, *[ACCEPTED] * 9], strict=False)))
    finished(campaign)
    return campaign


def _file(client: Client, campaign: Campaign, query: str = "") -> list[list[str]]:
    answer = client.get(f"/campaigns/{campaign.pk}/export/{query}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    content = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(StringIO(content)))


def test_every_recipient_is_in_it_with_what_became_of_them(as_bob: Client, news: List) -> None:
    campaign = _sent(news, "a@customer.example", "b@customer.example")

    titles, first, second = _file(as_bob, campaign)
    assert titles == ["수신자", "상태", "시도", "마지막 시도", "마지막 응답"]
    assert (first[0], first[1], first[4]) == (
        "a@customer.example",
        "실패",
        "550 5.1.1 no such user",
    )
    assert (second[0], second[1]) == ("b@customer.example", "전송")


def test_it_follows_the_filter_and_the_search(as_bob: Client, news: List) -> None:
    campaign = _sent(news, "a@customer.example", "b@customer.example", "c@customer.example")

    assert [row[0] for row in _file(as_bob, campaign, "?state=sent&q=c@")][1:] == [
        "c@customer.example"
    ]


def test_no_cell_is_a_formula(as_bob: Client, news: List) -> None:
    campaign = _sent(news, "=cmd|calc@customer.example")

    assert _file(as_bob, campaign)[1][0].startswith("'=")


def test_campaigns_are_compared_in_shares(as_bob: Client, news: List) -> None:
    first = _sent(news, *[f"a{n}@customer.example" for n in range(4)], name="첫 번째")
    second = _sent(news, *[f"b{n}@customer.example" for n in range(2)], name="두 번째")
    draft = a_campaign(news, name="초안")

    page = as_bob.get("/campaigns/compare/", {"id": [first.pk, second.pk, draft.pk]})
    text = page.content.decode()
    assert "25.00%" in text
    assert "50.00%" in text
    assert "초안" not in text


def test_too_few_to_compare_is_no_mistake(as_bob: Client, db: None) -> None:
    assert as_bob.get("/campaigns/compare/").status_code == 200
    assert as_bob.get("/campaigns/compare/", {"id": "\0nothing"}).status_code == 200


def test_whoever_left_behind_the_campaign_is_counted(as_bob: Client, news: List) -> None:
    campaign = _sent(news, "a@customer.example", "b@customer.example")
    leave_list(
        news.memberships.get(subscriber__address="b@customer.example").subscriber,
        news,
        source="link",
        now=timezone.now(),
    )

    assert "1명이 수신을 거부" in as_bob.get(f"/campaigns/{campaign.pk}/").content.decode()
