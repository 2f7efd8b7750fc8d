"""A mail as a page, for whoever cannot read it in their mail program."""

import shutil

import pytest
from django.conf import settings
from django.test import Client

from builders.console import NOW, a_campaign, a_member, started
from pabal.console.adapters import OrmCampaignSource
from pabal.console.audience.models import List, Subscriber
from pabal.console.campaigns import deciding
from pabal.console.campaigns.experiments import Setup, Variant, keep_setup
from pabal.console.campaigns.models import Campaign
from pabal.domain.experiment import Measure
from pabal.domain.identity import DeliveryId
from pabal.domain.links import PublicLinks
from pabal.pipeline.local.wiring import Workshop
from pabal.pipeline.steps.prepare import prepare

BODY = (
    "<html><body><p>{{ email }}</p><script>alert(1)</script>"
    '<a href="{{ web_view_url }}">보기</a></body></html>'
)


@pytest.fixture
def mailed(news: List, minji: Subscriber) -> Campaign:
    """A campaign that was prepared and put into the ledger for Minji."""
    campaign = a_campaign(news)
    Campaign.objects.filter(pk=campaign.pk).update(body=BODY, markup="html")
    _prepared(campaign)
    started(campaign, [minji])
    return campaign


def _prepared(campaign: Campaign) -> None:
    shop = Workshop(settings.PABAL)
    source = OrmCampaignSource()
    prepare(campaign.campaign_id, source=source, store=shop.store, limits=shop.limits, now=NOW)


def _delivery(campaign: Campaign, subscriber: Subscriber) -> DeliveryId:
    return DeliveryId(f"{campaign.pk}-{subscriber.key}")


def test_it_shows_the_mail_of_its_reader(
    as_charlie: Client, links: PublicLinks, mailed: Campaign, minji: Subscriber
) -> None:
    link = links.web_view(_delivery(mailed, minji))
    answer = as_charlie.get(link)

    page = answer.content.decode()
    assert "<p>minji@customer.example</p>" in page
    assert link in page


def test_of_an_ab_test_it_shows_what_the_reader_got(
    as_charlie: Client, links: PublicLinks, news: List
) -> None:
    """Who tests sees their variant, and the others what was chosen for them."""
    campaign = a_campaign(news)
    other = Variant(body=BODY.replace("{{ email }}", "B"), markup="html")
    setup = Setup(share=50, measure=Measure.CLICKS, hours=None, others=(other,))
    keep_setup(campaign.pk, setup)
    Campaign.objects.update(body=BODY, markup="html", has_experiment=True)
    people = [a_member(news, f"p{number}@customer.example") for number in range(8)]
    _prepared(campaign)
    started(campaign, people)
    campaign.refresh_from_db()
    deciding.decide(campaign, 1, by="operator", now=NOW)

    for position, person in enumerate(people):
        page = as_charlie.get(links.web_view(_delivery(campaign, person))).content.decode()
        is_b = deciding.letter_of(campaign, position) == "B"
        assert ("<p>B</p>" if is_b else f"<p>{person.email}</p>") in page


def test_nothing_in_it_runs(
    as_charlie: Client, links: PublicLinks, mailed: Campaign, minji: Subscriber
) -> None:
    policy = as_charlie.get(links.web_view(_delivery(mailed, minji)))["Content-Security-Policy"]

    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy


def test_a_link_for_something_else_does_not_open_it(
    as_charlie: Client, links: PublicLinks, mailed: Campaign, minji: Subscriber
) -> None:
    token = links.unsubscribe(_delivery(mailed, minji)).rpartition("/")[2]

    assert as_charlie.get(f"/w/{token}").status_code == 404


def test_whoever_was_not_mailed_sees_nothing(
    as_charlie: Client, links: PublicLinks, mailed: Campaign, news: List
) -> None:
    stranger = a_member(news, "stranger@customer.example")

    assert as_charlie.get(links.web_view(_delivery(mailed, stranger))).status_code == 410


def test_a_package_that_is_gone_is_said(
    as_charlie: Client, links: PublicLinks, mailed: Campaign, minji: Subscriber
) -> None:
    shutil.rmtree(settings.PABAL.home / "packages" / mailed.pk)

    answer = as_charlie.get(links.web_view(_delivery(mailed, minji)))

    assert answer.status_code == 410
    assert "Traceback" not in answer.content.decode()
