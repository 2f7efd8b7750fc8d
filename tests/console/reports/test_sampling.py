"""Of very many mails a report reads some, says so, and is about right; or reads them all."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from builders.console import ACCEPTED, NOW, a_campaign, a_member, settled, started
from console.segments.hits import an_open, keep_hits
from pabal.console.audience.models import List
from pabal.console.campaigns.models import Campaign
from pabal.console.reports.sampling import EVERYTHING, READ_ONE_BY_ONE, sample_of
from pabal.console.reports.spread import by_domain, timeline
from pabal.console.reports.use import by_domain as used_by_domain
from pabal.console.reports.use import uses_of
from pabal.domain.domain_rate import DomainRates
from pabal.domain.engagement import Actor
from pabal.domain.event import EventKind

MAILS = 40


@pytest.fixture
def many(news: List) -> Campaign:
    """Three quarters go to a large domain; every second mail is opened."""
    people = [
        a_member(news, f"p{n}@{'small' if n % 4 == 0 else 'large'}.example") for n in range(MAILS)
    ]
    campaign = a_campaign(news)
    deliveries = started(campaign, people)
    settled(campaign, dict.fromkeys(deliveries, ACCEPTED))
    for delivery in deliveries[::2]:
        keep_hits(delivery, [an_open(NOW + timedelta(hours=1))])
    return campaign


@given(total=st.integers(0, 3_000_000))
def test_a_sample_stands_for_all_and_lies_within(total: int) -> None:
    sample = sample_of(total)

    assert sample.is_exact == (total <= READ_ONE_BY_ONE)
    if sample.places is not None:
        assert len(sample.places) <= 5_000
        assert 0 <= sample.places[0] <= sample.places[-1] < total
        assert sample.whole(len(sample.places)) == total


def test_what_a_sample_says_is_about_what_all_say(many: Campaign) -> None:
    sample = sample_of(MAILS, exact_to=10, size=20)
    assert not sample.is_exact

    large, small = by_domain(many, DomainRates(), sample)
    assert (large.domain, small.domain) == ("large.example", "small.example")
    assert large.mails + small.mails == MAILS
    assert large.sent == pytest.approx(30, abs=8)
    assert sum(each.sent for each in timeline(many, sample).intervals) == MAILS
    uses = uses_of(many, sample, sample)
    assert uses is not None
    opened = sum(part.opened.get(Actor.PERSON, 0) for part in used_by_domain(uses))
    assert opened == pytest.approx(20, abs=8)


def test_few_opens_are_all_counted_of_however_many_mails(many: Campaign) -> None:
    """A sample of the mails would miss some."""
    uses = uses_of(many, sample_of(MAILS, exact_to=10, size=3), EVERYTHING)

    assert uses is not None
    assert sum(each.mails for each in uses.used if each.kind is EventKind.OPENED) == 20


def test_the_page_says_that_it_estimates_and_counts_every_one_when_asked(
    many: Campaign, as_bob: Client
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update ledger_tally set n = %s", [READ_ONE_BY_ONE + 1])
    for part in ("spread", "use"):
        path = f"/campaigns/{many.pk}/{part}/"
        page = as_bob.get(path).content.decode()
        assert "5,000통으로 어림한" in page
        assert f'hx-get="{path}?exact=yes&amp;live=no" hx-target="#{part}"' in page
        assert "어림한" not in as_bob.get(path, {"exact": "yes"}).content.decode()
