"""The start page: the campaigns."""

from datetime import timedelta

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from builders.console import ACCEPTED, NO_MAILBOX, a_campaign, a_member, settled, started
from pabal.console.audience.models import List
from pabal.console.campaigns.models import Campaign


def test_it_says_what_to_do_first(as_alice: Client) -> None:
    assert "pabal campaign create" in as_alice.get("/").content.decode()


def test_it_shows_how_each_campaign_stands(as_alice: Client, news: List) -> None:
    people = [a_member(news, f"person{number}@customer.example") for number in range(3)]
    campaign = a_campaign(news, name="가을 안내")
    first, second, _third = started(campaign, people)
    settled(campaign, {first: ACCEPTED, second: NO_MAILBOX})

    page = as_alice.get("/").content.decode()
    row = page.partition("<tbody>")[2].partition("</tr>")[0]

    assert "가을 안내" in row
    assert "발송 중" in row
    assert [cell.partition(">")[2].partition("<")[0] for cell in row.split("<td")[2:6]] == [
        "3",
        "1",
        "1",
        "0",
    ]


def test_a_draft_is_a_draft(as_alice: Client, campaign: Campaign) -> None:
    assert "작성 중" in as_alice.get("/").content.decode()


def test_the_subject_is_shown_as_it_will_begin(as_alice: Client, campaign: Campaign) -> None:
    assert "(광고) {{ name }}님" in as_alice.get("/").content.decode()


def test_it_asks_the_database_as_often_for_many_campaigns_as_for_one(
    as_alice: Client, news: List, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    person = a_member(news)
    for number in range(20):
        started(a_campaign(news, name=f"campaign {number}"), [person])

    with django_assert_max_num_queries(6):
        as_alice.get("/")


def test_pages_lead_to_all_campaigns(as_alice: Client, news: List) -> None:
    for number in range(51):
        campaign = a_campaign(news, name=f"campaign {number}")
        created = campaign.created_at + timedelta(minutes=number)
        Campaign.objects.filter(pk=campaign.pk).update(created_at=created)

    first = as_alice.get("/").content.decode()
    older = first.partition('href="?before=')[2].partition('"')[0]
    second = as_alice.get(f"/?before={older}").content.decode()

    assert ">campaign 0<" not in first
    assert ">campaign 0<" in second
    assert ">campaign 1<" not in second


def test_a_page_behind_nothing_is_not_found(as_alice: Client) -> None:
    assert as_alice.get("/?before=nothing").status_code == 404
