"""What new campaigns record is set once, within what is allowed, and told to readers."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from builders.console import NOW, a_campaign
from pabal.console.accounts.models import AuditEntry, Organisation, organisation
from pabal.console.audience.models import List, Subscriber
from pabal.console.campaigns.drafting import copy_campaign
from pabal.console.campaigns.models import Campaign
from pabal.domain.identity import DeliveryId
from pabal.domain.links import PublicLinks
from pabal.domain.tracking import Tracking

DETAILS = {
    "name": "파발상점",
    "postal_address": "서울특별시 중구 세종대로 110",
    "phone": "02-1234-5678",
    "email": "help@shop.example",
}
PAGE = "/settings/organisation/"


@pytest.fixture
def allows(settings: Settings):
    """Say what the installation allows."""

    def allow(tracking: Tracking) -> None:
        settings.PABAL = settings.PABAL.model_copy(update={"tracking": tracking})

    return allow


def _offered(page: str) -> list[str]:
    select = page.split('name="tracking"')[1].split("</select>")[0]
    return re.findall('value="([^"]*)"', select)


def test_each_new_draft_begins_with_it_and_may_change_it(
    as_alice: Client, news: List, allows
) -> None:
    allows(Tracking.ON)
    earlier = a_campaign(news, name="before")
    as_alice.post(PAGE, DETAILS | {"tracking": "clicks"})

    made = a_campaign(news)
    assert (earlier.tracking, made.tracking) == ("", "clicks")
    Campaign.objects.filter(pk=made.pk).update(tracking="on")
    made.refresh_from_db()
    assert copy_campaign(made, now=NOW).tracking == "on", "a copy asks for what it is a copy of"
    assert copy_campaign(earlier, now=NOW).tracking == "on", "and not for what is usual since"


@pytest.mark.parametrize(
    ("allowed", "offered"),
    [
        (Tracking.ON, ["", "off", "opens", "clicks", "on"]),
        (Tracking.OPENS, ["", "off", "opens"]),
        (Tracking.CLICKS, ["", "off", "clicks"]),
    ],
)
def test_no_more_is_offered_than_the_installation_allows(
    as_alice: Client, allows, allowed: Tracking, offered: list[str]
) -> None:
    allows(allowed)
    assert _offered(as_alice.get(PAGE).content.decode()) == offered
    as_alice.post(PAGE, DETAILS | {"tracking": "on"})
    assert organisation().tracking == ("on" if "on" in offered else "")


def test_where_nothing_is_allowed_what_was_chosen_stays(as_alice: Client, allows) -> None:
    Organisation.objects.update_or_create(pk=1, defaults={"tracking": "opens"})
    allows(Tracking.OFF)

    assert "아무것도 기록하지 않습니다" in as_alice.get(PAGE).content.decode()
    as_alice.post(PAGE, DETAILS | {"tracking": "on"})
    assert organisation().tracking == "opens"


def test_a_change_is_noted_for_itself(as_alice: Client, allows) -> None:
    allows(Tracking.ON)
    as_alice.post(PAGE, DETAILS)
    as_alice.post(PAGE, DETAILS | {"tracking": "off"})

    first, second = AuditEntry.objects.exclude(act="signed in").order_by("pk")
    assert first.act == "organisation changed"
    assert (second.act, second.subject) == ("tracking changed", "off")
    assert (
        "새 캠페인이 독자에 대해 기록하는 것을 바꿈"
        in as_alice.get("/settings/activity/").content.decode()
    )


@pytest.mark.parametrize(
    ("allowed", "usual", "says"),
    [
        (Tracking.ON, "off", "보통은 아무것도"),
        (Tracking.ON, "opens", "보통은 메일을 열람했다는"),
        (Tracking.ON, "clicks", "보통은 무엇을 클릭했는지만"),
        (Tracking.OPENS, "clicks", "보통은 아무것도"),
        (Tracking.ON, "on", ""),
        (Tracking.CLICKS, "", ""),
        (Tracking.OFF, "on", ""),
    ],
)
def test_readers_are_told_what_is_usual_where_it_is_less_than_may_be(
    campaign: Campaign,
    minji: Subscriber,
    links: PublicLinks,
    allows,
    allowed: Tracking,
    usual: str,
    says: str,
) -> None:
    Organisation.objects.update_or_create(pk=1, defaults={"tracking": usual})
    allows(allowed)

    page = Client(headers={"accept-language": "ko"}).get(
        links.preferences(DeliveryId(f"{campaign.pk}-{minji.key}"))
    )
    said = page.content.decode()
    assert says in said if says else "보통은" not in said


@pytest.mark.parametrize("allowed", Tracking)
def test_a_draft_says_what_is_allowed_at_the_moment(
    as_bob: Client, campaign: Campaign, allows, allowed: Tracking
) -> None:
    allows(allowed)
    says = {
        Tracking.OFF: "아무것도 기록하지 않습니다",
        Tracking.OPENS: "이 설치는 열람을 허용하며",
        Tracking.CLICKS: "이 설치는 클릭을 허용하며",
        Tracking.ON: "이 설치는 열람과 클릭을 허용하며",
    }
    page = as_bob.get(f"/campaigns/{campaign.pk}/edit/").content.decode()
    assert [each for each in says.values() if each in page] == [says[allowed]]
