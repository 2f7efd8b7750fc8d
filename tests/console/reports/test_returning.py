"""Rates by campaign, domain and day, with the limits of providers drawn in."""

import re

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from builders.console import ACCEPTED, a_campaign, a_member, settled, started
from pabal.console.audience.models import List
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.models import Campaign
from pabal.console.reports.charts import gauge
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source
from pabal.domain.outcome import Reply
from pabal.domain.reputation import PROVIDER_LIMITS, Harm, Regard, regard_of

PAGE = "/campaigns/returned/?days=7"
GONE = Reply(code=550, enhanced="5.1.1", text="no such user")


@pytest.fixture
def sent(news: List) -> Campaign:
    """Ten mails to each of two domains; one bounced, another was reported as spam."""
    people = [a_member(news, f"p{n}@{'ab'[n % 2]}.example") for n in range(20)]
    campaign = a_campaign(news, name="가을 <쿠폰>")
    now = timezone.now()
    deliveries = started(campaign, people, now=now)
    settled(campaign, dict.fromkeys(deliveries, ACCEPTED), now=now)
    for delivery, kind in zip(deliveries, (EventKind.BOUNCED, EventKind.COMPLAINED), strict=False):
        event = FeedbackEvent(
            id=delivery,
            kind=kind,
            at=now,
            source=Source.DSN,
            delivery=delivery,
            proof=Proof.SEALED,
            reply=GONE,
            label="abuse",
        )
        joined_ledger().record_event(event, policy=BouncePolicy(), now=now)
    return campaign


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("sender", [("shop.example", "5.00%", "5.00%")]),
        ("recipient", [("a.example", "10.00%", "0.00%"), ("b.example", "0.00%", "10.00%")]),
        ("campaign", [("가을 &lt;쿠폰&gt;", "5.00%", "5.00%")]),
    ],
)
def test_rates_are_shown_by_day_and_whose_mails_they_are(
    as_alice: Client, sent: Campaign, by: str, rows: list[tuple[str, str, str]]
) -> None:
    page = as_alice.get(f"{PAGE}&by={by}").content.decode()

    share = r'.*?<span class="number">([\d.]+%)'
    found = re.findall(rf'<th scope="row">(?:<a [^>]*>)?([^<]+){share}{share}', page, re.DOTALL)
    assert found == rows
    assert f"{timezone.localdate():%Y-%m-%d}" in page


def test_the_limits_of_providers_are_drawn_in(as_alice: Client, sent: Campaign) -> None:
    """Gmail 0.1 and 0.3 %, SES 5 and 10 % and 0.1 and 0.5 %."""
    page = as_alice.get(PAGE).content.decode()

    for limit in ("SES 5.00%", "SES 10.00%", "Gmail, SES 0.10%", "Gmail 0.30%", "SES 0.50%"):
        assert f"<title>{limit}</title>" in page
        assert limit in re.sub("<svg.*?</svg>", "", page)  # also to read
    assert page.count("<line") == 5


def test_few_mails_are_not_judged(as_alice: Client, sent: Campaign, settings: Settings) -> None:
    assert "fill-bad" not in as_alice.get(PAGE).content.decode()
    settings.PABAL = settings.PABAL.model_copy(update={"pause_mails": 20})
    assert "fill-bad" in as_alice.get(PAGE).content.decode()


@pytest.mark.parametrize("asked", ["by=nobody&days=x", "by=&days=-1", "by=%00&days=99999999999"])
def test_what_is_none_of_the_choices_is_the_first(as_alice: Client, asked: str) -> None:
    answer = as_alice.get(f"/campaigns/returned/?{asked}")
    assert answer.status_code == 200
    assert 'href="?by=sender&amp;days=7" aria-current="true"' in answer.content.decode()


@given(share=st.floats(0, 1), harm=st.sampled_from(Harm))
def test_a_bar_ends_behind_exactly_the_limits_that_are_reached(share: float, harm: Harm) -> None:
    drawn = gauge(share, harm)
    ends = float(drawn.width.rstrip("%"))
    assert 0 <= ends <= 100
    for mark in drawn.marks:
        line = float(mark.x.rstrip("%"))
        assert 0 < line < 100
        assert (ends >= line) or share < mark.limit.share
    assert (regard_of(share, harm) is Regard.GOOD) == (share < PROVIDER_LIMITS[harm][0].share)
