"""A mail is shown with each link's share of those who clicked, and can still do nothing."""

import re
from datetime import timedelta
from html import escape

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from builders.console import ACCEPTED, NOW, a_campaign, a_member, settled, started
from pabal.console.audience.models import List, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.models import Campaign
from pabal.console.design.framing import FRAME_POLICY
from pabal.console.reports.click_map import LEVELS, link_shares, with_shares
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.engagement import Actor, Engagement, Hit, Sign
from pabal.domain.event import EventKind

SHOP = "https://shop.example/?a=1&b=2"
BODY = f'<p><a href="{escape(SHOP)}">one</a> <a href="{{{{ unsubscribe_url }}}}">수신거부</a></p>'
CLICKS = "https://mail.shop.example/c/"


def seen(clickers: int, *people: int) -> Engagement:
    """How many clicked anything, and each link."""
    counts = {
        (EventKind.CLICKED, number, Actor.PERSON): n for number, n in enumerate((clickers, *people))
    }
    return Engagement(counts=counts | {(EventKind.CLICKED, 1, Actor.MACHINE): 7})


@pytest.fixture
def clicked(news: List) -> Campaign:
    a_member(news, "minji@customer.example")
    campaign = a_campaign(news)
    Campaign.objects.filter(pk=campaign.pk).update(
        markup="html", body=BODY, tracked="on", links=[SHOP], status="ended"
    )
    return Campaign.objects.get(pk=campaign.pk)


@given(people=st.lists(st.integers(0, 100_000), min_size=1, max_size=5))
def test_shares_are_of_those_who_clicked_and_the_most_clicked_is_the_hottest(
    people: list[int],
) -> None:
    clickers = max(people)
    campaign = Campaign(links=[f"https://shop.example/{n}" for n in range(len(people))])
    shares = link_shares(campaign, seen(clickers, *people))

    assert [each.people for each in shares] == sorted(people, reverse=True)
    assert all(0 <= each.share <= 1 for each in shares)
    assert all((each.level == 0) == (each.people == 0) for each in shares)
    assert shares[0].level == (LEVELS if clickers else 0)
    assert {each.machines for each in shares if each.number == 1} == {7}


def test_a_link_bears_its_share_and_leads_where_it_led() -> None:
    campaign = Campaign(links=[SHOP, "https://blog.example/"])
    html = (
        f'<!-- <a href="{CLICKS}seal/1"> -->\n<A title="a > b"\n href=\'{CLICKS}seal/1\' >x</A>'
        f'<a href="{CLICKS}seal/2"><img></a><a href="{CLICKS}seal/9">y</a><a href="/c/s/1">z</a>'
    )
    drawn = with_shares(html, link_shares(campaign, seen(3, 1, 2)), clicks=CLICKS)

    assert f'<A data-clicks="33%" data-heat="2" title="a > b"\n href="{escape(SHOP)}" >x' in drawn
    assert '<a data-clicks="67%" data-heat="4" href="https://blog.example/"><img>' in drawn
    assert drawn.count(" data-clicks=") == 2
    assert f'<!-- <a href="{CLICKS}seal/1"> -->' in drawn
    assert "<script" not in drawn


def test_a_target_cannot_write_into_the_mail() -> None:
    target = 'https://x.example/"><script>alert(1)</script>'
    shares = link_shares(Campaign(links=[target]), seen(1, 1))

    assert "<script" not in with_shares(f'<a href="{CLICKS}s/1">x</a>', shares, clicks=CLICKS)


def test_the_page_says_in_a_table_what_the_mail_shows(as_bob: Client, clicked: Campaign) -> None:
    a_click_of_everybody(clicked)
    page = as_bob.get(f"/campaigns/{clicked.pk}/clicks/").content.decode()
    (row,) = re.findall("<tr><th scope=.row.*?</tr>", page)
    assert re.sub("<[^>]*>", " ", row).split() == [escape(SHOP), "100.00%", "1", "0"]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "minji@customer.example" in page

    frame = as_bob.get(f"/campaigns/{clicked.pk}/clicks/mail")
    mail = frame.content.decode()
    assert f'<a data-clicks="100%" data-heat="4" href="{escape(SHOP)}">one</a>' in mail
    assert mail.count(" data-clicks=") == 1, "the link for leaving bears none"
    assert frame["Content-Security-Policy"] == FRAME_POLICY
    assert "<script" not in mail


def test_a_mail_without_tracked_links_has_no_map(as_bob: Client, campaign: Campaign) -> None:
    assert as_bob.get(f"/campaigns/{campaign.pk}/clicks/").status_code == 404
    assert as_bob.get(f"/campaigns/{campaign.pk}/clicks/mail").status_code == 404


def test_a_mail_that_cannot_be_rendered_leaves_the_table(as_bob: Client, clicked: Campaign) -> None:
    Campaign.objects.filter(pk=clicked.pk).update(body="{{ nothing_of_the_kind }}")
    page = as_bob.get(f"/campaigns/{clicked.pk}/clicks/").content.decode()
    assert escape(SHOP) in page
    assert "<iframe" not in page
    assert as_bob.get(f"/campaigns/{clicked.pk}/clicks/mail").status_code == 200


def a_click_of_everybody(campaign: Campaign) -> None:
    delivery, *_ = started(campaign, list(Subscriber.objects.all()))
    settled(campaign, {delivery: ACCEPTED})
    at = NOW + timedelta(hours=1)
    hit = Hit(delivery=delivery, kind=EventKind.CLICKED, sign=Sign.BROWSER, at=at, link=1)
    joined_ledger().record_hit(hit, policy=BouncePolicy(), now=at)
