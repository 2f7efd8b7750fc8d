"""The start page: the campaigns."""

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from builders.console import ACCEPTED, NO_MAILBOX, a_campaign, a_member, settled, started
from pabal.console.audience.models import List
from pabal.console.campaigns.models import Campaign


def test_it_says_what_to_do_first(as_alice: Client) -> None:
    assert 'href="/campaigns/new/"' in as_alice.get("/campaigns/").content.decode()


def test_it_shows_how_each_campaign_stands(as_alice: Client, news: List) -> None:
    people = [a_member(news, f"person{number}@customer.example") for number in range(3)]
    campaign = a_campaign(news, name="가을 안내")
    first, second, _third = started(campaign, people)
    settled(campaign, {first: ACCEPTED, second: NO_MAILBOX})

    page = as_alice.get("/campaigns/").content.decode()
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
    assert "작성 중" in as_alice.get("/campaigns/").content.decode()


def test_it_says_whom_a_campaign_is_for(as_alice: Client, campaign: Campaign) -> None:
    assert "파발상점 소식 · 광고성 정보" in as_alice.get("/campaigns/").content.decode()


def test_it_asks_the_database_as_often_for_many_campaigns_as_for_one(
    as_alice: Client, news: List, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    person = a_member(news)
    for number in range(20):
        started(a_campaign(news, name=f"campaign {number}"), [person])

    with django_assert_max_num_queries(6):
        as_alice.get("/campaigns/")


def test_pages_lead_to_all_campaigns(as_alice: Client, news: List) -> None:
    """Those made at the same moment too."""
    ids = {a_campaign(news, name=f"campaign {number}").pk for number in range(51)}

    first = as_alice.get("/campaigns/").content.decode()
    older = first.partition('href="?before=')[2].partition('"')[0]
    second = as_alice.get(f"/campaigns/?before={older}").content.decode()

    on_first = {each for each in ids if f"/campaigns/{each}/" in first}
    on_second = {each for each in ids if f"/campaigns/{each}/" in second}
    assert (len(on_first), len(on_second)) == (50, 1)
    assert on_first | on_second == ids


def test_a_page_behind_nothing_is_not_found(as_alice: Client) -> None:
    assert as_alice.get("/campaigns/?before=nothing").status_code == 404


def test_nonsense_in_the_address_is_not_found(as_alice: Client) -> None:
    """PostgreSQL takes no NUL in a text; that is no reason for an error of ours."""
    assert as_alice.get("/campaigns/?before=a%00b").status_code == 404
