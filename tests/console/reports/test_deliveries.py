"""Who got a campaign and who did not, page by page."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from builders.console import ACCEPTED, BUSY, NO_MAILBOX, a_campaign, a_member, settled, started
from pabal.console.audience.models import List
from pabal.console.campaigns.models import Campaign
from pabal.console.reports.deliveries import PAGE


@pytest.fixture
def sent(news: List) -> Campaign:
    """One page of recipients and five more; the second failed, the third waits."""
    people = [a_member(news, f"person{number:02}@customer.example") for number in range(PAGE + 5)]
    campaign = a_campaign(news)
    deliveries = started(campaign, people)
    outcomes = dict.fromkeys(deliveries, ACCEPTED)
    outcomes |= {deliveries[1]: NO_MAILBOX, deliveries[2]: BUSY}
    settled(campaign, outcomes)
    return campaign


def _rows(client: Client, campaign: Campaign, query: str = "") -> list[str]:
    page = client.get(f"/campaigns/{campaign.pk}/deliveries/{query}").content.decode()
    return [row.partition("</tr>")[0] for row in page.partition("<tbody>")[2].split("<tr>")[1:]]


def test_each_row_says_state_and_attempts_and_why_it_is_not_sent(
    as_alice: Client, sent: Campaign
) -> None:
    accepted, refused, deferred = _rows(as_alice, sent)[:3]

    assert "person00@customer.example" in accepted
    assert "전송" in accepted
    assert "250" not in accepted
    assert "실패" in refused
    assert "550 5.1.1 no such user" in refused
    assert "재시도 대기" in deferred


def test_pages_follow_one_another_without_gap_or_repeat(as_alice: Client, sent: Campaign) -> None:
    first = _rows(as_alice, sent)
    second = _rows(as_alice, sent, f"?after={PAGE - 1}")

    assert (len(first), len(second)) == (PAGE, 5)
    assert f"person{PAGE:02}@" in second[0]
    assert f"person{PAGE - 1:02}@" in first[-1]


def test_the_next_page_keeps_the_filter(as_alice: Client, sent: Campaign) -> None:
    page = as_alice.get(f"/campaigns/{sent.pk}/deliveries/?state=sent&q=person").content.decode()

    assert "?state=sent&amp;q=person&amp;after=51" in page


def test_it_filters_by_state(as_alice: Client, sent: Campaign) -> None:
    (row,) = _rows(as_alice, sent, "?state=failed")

    assert "person01@" in row


def test_it_finds_by_a_part_of_the_address(as_alice: Client, sent: Campaign) -> None:
    assert len(_rows(as_alice, sent, "?q=PERSON1")) == 10
    assert _rows(as_alice, sent, "?q=nobody") == []


@pytest.mark.parametrize("query", ["?state=nonsense", "?after=x", "?after=-9", "?q=%00%25_"])
def test_nonsense_in_the_address_is_passed_over(
    as_alice: Client, sent: Campaign, query: str
) -> None:
    assert as_alice.get(f"/campaigns/{sent.pk}/deliveries/{query}").status_code == 200


def test_it_asks_the_database_as_often_for_any_page(
    as_alice: Client, sent: Campaign, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(6):
        _rows(as_alice, sent, "?after=3")
