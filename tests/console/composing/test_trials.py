"""Test mails go out like all others, to one's own addresses, and count in no report."""

import pytest
from django.test import Client

from builders.console import ACCEPTED, a_member, settled, started
from pabal.console.adapters import OrmCampaignSource
from pabal.console.audience.models import List, Subscriber
from pabal.console.campaigns.models import Campaign
from pabal.domain.identity import delivery_id, subscriber_number
from pabal.domain.links import PublicLinks
from pabal.domain.recipient import Recipient


def _test(client: Client, campaign: Campaign, addresses: str, **more: str) -> str:
    sent = {"addresses": addresses} | more
    return client.post(
        f"/campaigns/{campaign.pk}/test/", sent, HTTP_HX_REQUEST="true"
    ).content.decode()


def _recipients(trial: Campaign) -> list[Recipient]:
    found = OrmCampaignSource().audience(trial.campaign_id, now=trial.created_at)
    return [each for each in found if isinstance(each, Recipient)]


def test_it_is_due_at_once_for_the_addresses_rendered_as_the_reader(
    as_bob: Client, campaign: Campaign, minji: Subscriber, news: List
) -> None:
    a_member(news, "jun@customer.example")
    page = _test(as_bob, campaign, "bob@shop.example, carol@shop.example", **{"as": "minji@"})

    trial = Campaign.objects.get(trial_of=campaign)
    assert trial.pk in OrmCampaignSource().due(now=trial.created_at)
    people = _recipients(trial)
    assert [each.address.original for each in people] == ["bob@shop.example", "carol@shop.example"]
    assert people[0].attributes == minji.attributes
    assert "bob@shop.example" in page
    assert "every 2s" in page


def test_its_links_are_nobodys(
    as_bob: Client, campaign: Campaign, minji: Subscriber, links: PublicLinks, client: Client
) -> None:
    """Whoever tries the unsubscribe link out unsubscribes no customer."""
    _test(as_bob, campaign, "bob@shop.example")
    trial = Campaign.objects.get(trial_of=campaign)

    (person,) = _recipients(trial)
    assert not Subscriber.objects.filter(pk=subscriber_number(person.key)).exists()
    link = links.unsubscribe(delivery_id(trial.campaign_id, person.key))
    assert client.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 404
    assert minji.memberships.get().status == "subscribed"


def test_it_is_shown_neither_in_the_list_nor_in_the_campaigns_report(
    as_bob: Client, campaign: Campaign, minji: Subscriber
) -> None:
    _test(as_bob, campaign, "bob@shop.example")
    trial = Campaign.objects.get(trial_of=campaign)

    assert trial.pk not in as_bob.get("/campaigns/").content.decode()
    assert as_bob.get(f"/campaigns/{trial.pk}/edit/").status_code == 404
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.DRAFT


def test_what_became_of_it_is_shown(as_bob: Client, campaign: Campaign, minji: Subscriber) -> None:
    _test(as_bob, campaign, "bob@shop.example")
    trial = Campaign.objects.get(trial_of=campaign)
    (delivery,) = started(trial, [minji])
    settled(trial, {delivery: ACCEPTED})

    page = as_bob.get(f"/campaigns/{campaign.pk}/tests/").content.decode()
    assert "badge-good" in page


def test_whoever_has_left_can_test(campaign: Campaign, as_bob: Client, minji: Subscriber) -> None:
    """The marketer tried the unsubscribe link last time."""
    _test(as_bob, campaign, "bob@shop.example")
    trial = Campaign.objects.get(trial_of=campaign)

    assert OrmCampaignSource().draft(trial.campaign_id).plan.scopes == ("owed",)


@pytest.mark.parametrize(
    ("addresses", "why"),
    [
        ("nobody", "이메일 주소가 아닙니다"),
        ("", "필수"),
        (" ".join(f"bob{n}@shop.example" for n in range(6)), "5개"),
    ],
)
def test_wrong_addresses_are_refused_and_nothing_is_sent(
    as_bob: Client, campaign: Campaign, addresses: str, why: str
) -> None:
    assert why in _test(as_bob, campaign, addresses)
    assert not Campaign.objects.filter(trial_of=campaign).exists()


def test_a_draft_that_cannot_be_compiled_sends_no_test(
    as_bob: Client, campaign: Campaign, minji: Subscriber
) -> None:
    Campaign.objects.update(body="<mjml>{{ name | nothing }}</mjml>")

    assert "nothing" in _test(as_bob, campaign, "bob@shop.example")
    assert not Campaign.objects.filter(trial_of=campaign).exists()
