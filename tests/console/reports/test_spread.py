"""Charts and tables over time and domains are right with no mail, one, and a hundred thousand."""

from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from builders.console import (
    ACCEPTED,
    NO_MAILBOX,
    NOW,
    a_campaign,
    a_member,
    finished,
    settled,
    started,
)
from pabal.console.audience.models import List
from pabal.console.campaigns.models import Campaign
from pabal.console.reports.charts import HEIGHT, WIDTH, bars
from pabal.console.reports.figures import Counts, Timing
from pabal.console.reports.progress import progress, rate_of
from pabal.console.reports.spread import by_domain, filled, timeline, width_for
from pabal.domain.delivery import State
from pabal.domain.domain_rate import DomainRates, parse_domain_rates

NO_LIMITS = DomainRates()


@pytest.fixture
def spread_out(news: List) -> Campaign:
    """Three mails: at the start, and two half a minute later, of which one is refused."""
    addresses = ("p0@a.example", "p1@a.example", "p2@b.example")
    people = [a_member(news, address) for address in addresses]
    campaign = a_campaign(news)
    first, second, third = started(campaign, people)
    settled(campaign, {first: ACCEPTED})
    settled(campaign, {second: ACCEPTED, third: NO_MAILBOX}, now=NOW + timedelta(seconds=30))
    return campaign


def test_what_was_sent_is_counted_in_intervals_without_gaps(spread_out: Campaign) -> None:
    found = timeline(spread_out)

    assert found.width == timedelta(seconds=1)
    assert [each.sent for each in found.intervals] == [1, *[0] * 29, 1]
    assert found.intervals[0].begins == NOW


def test_nothing_sent_is_no_chart(campaign: Campaign) -> None:
    assert bars(timeline(campaign)).bars == []


def test_a_single_mail_is_a_single_bar() -> None:
    chart = bars(filled({0: 1}, NOW, timedelta(seconds=1)))

    (bar,) = chart.bars
    assert float(bar.width) <= 40
    assert (bar.y, float(bar.height)) == ("0.00", HEIGHT)


@given(span=st.timedeltas(timedelta(0), timedelta(days=4_000)))
def test_no_chart_has_more_bars_than_can_be_seen(span: timedelta) -> None:
    assert 0 <= span // width_for(span) + 1 <= 61


@given(counts=st.dictionaries(st.integers(0, 59), st.integers(1, 100_000), min_size=1))
def test_bars_stay_in_the_picture_and_lose_no_mail(counts: dict[int, int]) -> None:
    found = filled(counts, NOW, timedelta(minutes=1))
    chart = bars(found)

    assert sum(each.sent for each in found.intervals) == sum(counts.values())
    assert all(float(bar.x) >= 0 and float(bar.x) + float(bar.width) <= WIDTH for bar in chart.bars)
    assert all(0 <= float(bar.height) <= HEIGHT for bar in chart.bars)


def test_domains_are_counted_with_the_rate_that_is_set_for_them(spread_out: Campaign) -> None:
    rates = DomainRates(parse_domain_rates("a.example=5/s"))
    first, second = by_domain(spread_out, rates)

    assert (first.domain, first.mails, first.sent, first.failed) == ("a.example", 2, 2, 0)
    assert (second.domain, second.mails, second.sent, second.failed) == ("b.example", 1, 0, 1)
    assert (first.limit, second.limit) == ("5/s", "")


def test_small_domains_are_one_row(news: List) -> None:
    people = [a_member(news, f"p@host{number:02}.example") for number in range(20)]
    campaign = a_campaign(news)
    started(campaign, people)

    shares = by_domain(campaign, NO_LIMITS)
    assert sum(each.mails for each in shares) == 20
    assert (shares[-1].domain, shares[-1].mails) == ("", 8)


def test_the_part_is_a_page_of_few_questions(
    as_alice: Client,
    spread_out: Campaign,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(10):
        page = as_alice.get(f"/campaigns/{spread_out.pk}/spread/").content.decode()
    assert "<svg" in page
    assert "b.example" in page


def test_the_rate_is_that_of_the_last_seconds(spread_out: Campaign, news: List) -> None:
    other = a_campaign(news)
    now = NOW + timedelta(seconds=32)
    assert rate_of(spread_out, now) == 2.0, "two within the last second"
    assert rate_of(spread_out, now + timedelta(minutes=1)) == 0.0
    assert rate_of(other, now) == 0.0


def _timing(seconds: int) -> Timing:
    return Timing(started_at=NOW, finished_at=None, elapsed=timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("elapsed", "rate", "in_time"), [(60, 10.0, True), (60, 1.0, False), (290, 0.0, True)]
)
def test_time_left_is_held_against_the_five_minutes(
    elapsed: int, rate: float, in_time: bool
) -> None:
    seen = progress(Counts({State.QUEUED: 500, State.SENT: 100}), _timing(elapsed), rate)

    assert (seen.done, seen.total, seen.in_time) == (100, 600, in_time)
    assert (seen.left is None) == (rate == 0)


def test_the_charts_are_drawn_anew_while_mails_leave(as_bob: Client, spread_out: Campaign) -> None:
    """As the head is; a page that was told to stand still does, and so does one of the past."""
    path = f"/campaigns/{spread_out.pk}/spread/"
    asks_again = f'hx-get="{path}" hx-trigger="every 5s"'

    assert asks_again in as_bob.get(path).content.decode()
    assert asks_again not in as_bob.get(f"{path}?live=no").content.decode()
    still = as_bob.get(f"/campaigns/{spread_out.pk}/?live=no").content.decode()
    assert f'hx-get="{path}?live=no" hx-trigger="load"' in still
    finished(spread_out)
    assert "every 5s" not in as_bob.get(path).content.decode()


def test_a_campaign_about_to_send_has_a_place_for_its_charts(
    as_bob: Client, campaign: Campaign
) -> None:
    assert 'id="spread"' not in as_bob.get(f"/campaigns/{campaign.pk}/").content.decode()
    Campaign.objects.filter(pk=campaign.pk).update(status="started", started_at=NOW)
    assert 'id="spread"' in as_bob.get(f"/campaigns/{campaign.pk}/").content.decode()
