"""A draft is sent at once, at a moment, or by each subscriber's own clock, and says so."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from builders.console import NOW, a_campaign, a_member
from pabal.cli.errors import NoTime, TimeHasPassed
from pabal.cli.timing import find_times
from pabal.console.audience.models import List, Subscriber
from pabal.console.campaigns.bounds import NO_BOUNDS
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.planning import plan_of
from pabal.console.composing.bound_choices import bound_choices
from pabal.domain.local_time import LocalTime

pytestmark = pytest.mark.django_db

Filled = dict[str, str]


@pytest.fixture
def abroad(news: List) -> Subscriber:
    person = a_member(news, "jane@customer.example")
    Subscriber.objects.filter(pk=person.pk).update(attributes={"zone": "Europe/Berlin"})
    return person


def _typed(when: datetime) -> str:
    return timezone.localtime(when).strftime("%Y-%m-%dT%H:%M")


def _saved(client: Client, campaign: Campaign, filled: Filled, **changed: str) -> str:
    answer = client.post(f"/campaigns/{campaign.pk}/save/", filled | changed)
    campaign.refresh_from_db()
    return answer.content.decode()


def test_a_time_by_everybodys_own_clock_is_kept_and_planned(
    as_typing: Client, campaign: Campaign, filled: Filled, abroad: Subscriber
) -> None:
    wall = "2027-01-04T09:00"
    _saved(as_typing, campaign, filled, when="local", scheduled_at=wall, zone_attribute="zone")

    assert plan_of(campaign).local_time == LocalTime(
        wall=datetime.fromisoformat("2027-01-04T09:00"), attribute="zone", fallback="Asia/Seoul"
    )
    assert campaign.scheduled_at == datetime(2027, 1, 3, 19, tzinfo=UTC), "on Kiritimati"
    page = as_typing.get(f"/campaigns/{campaign.pk}/edit/").content.decode()
    assert f'value="{wall}"' in page


def test_a_time_that_has_passed_somewhere_is_refused_at_its_field(
    as_typing: Client, campaign: Campaign, filled: Filled, abroad: Subscriber
) -> None:
    soon = _typed(timezone.now() + timedelta(hours=2))
    page = _saved(
        as_typing, campaign, filled, when="local", scheduled_at=soon, zone_attribute="zone"
    )

    assert "이미 지난 나라" in page
    assert campaign.scheduled_at is None


def test_without_the_attribute_nothing_of_the_time_is_kept(
    as_typing: Client, campaign: Campaign, filled: Filled, abroad: Subscriber
) -> None:
    page = _saved(as_typing, campaign, filled, when="local", scheduled_at="2027-01-04T09:00")

    assert "시간대가 담긴 속성을 골라" in page
    assert (campaign.scheduled_at, campaign.local_time) == (None, "")


def test_changing_to_one_moment_leaves_nothing_of_the_clocks(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    Campaign.objects.update(local_time="2027-01-04T09:00", zone_attribute="zone")
    _saved(as_typing, campaign, filled, when="later", scheduled_at="2027-01-04T09:00")

    assert (campaign.local_time, campaign.zone_attribute) == ("", "")
    assert campaign.scheduled_at == datetime(2027, 1, 4, tzinfo=UTC)


def test_those_who_wait_are_counted_until_the_campaign_ends(
    as_bob: Client, campaign: Campaign
) -> None:
    Campaign.objects.update(
        status="started", local_time="2026-11-24T09:00", zone_attribute="zone", recipients=5
    )
    campaign.refresh_from_db()

    assert campaign.to_come(2) == 3
    assert "시각을 기다리는 메일" in as_bob.get(f"/campaigns/{campaign.pk}/").content.decode()
    campaign.status = Campaign.Status.ENDED
    assert campaign.to_come(2) == 0


def test_a_command_says_when() -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    wall = datetime.fromisoformat("2026-12-02T09:00")

    assert find_times(wall, "", "Asia/Seoul", now=now)["scheduled_at"] == datetime(
        2026, 12, 2, tzinfo=UTC
    )
    assert find_times(wall, "zone", "Asia/Seoul", now=now)["local_time"] == "2026-12-02T09:00"
    assert find_times(None, "", "Asia/Seoul", now=now)["scheduled_at"] is None
    with pytest.raises(NoTime):
        find_times(None, "zone", "Asia/Seoul", now=now)
    with pytest.raises(TimeHasPassed):
        find_times(datetime.fromisoformat("2026-12-01T12:00"), "zone", "Asia/Seoul", now=now)


def test_a_campaign_that_waits_for_clocks_cannot_be_left_out_before_it_ends(news: List) -> None:
    """Whom it goes to is not all in the ledger yet, so they would get both."""
    Campaign.objects.filter(pk=a_campaign(news).pk).update(
        status="started", scheduled_at=NOW, local_time="2026-11-24T09:00"
    )
    later = NOW + timedelta(hours=1)

    assert bound_choices(NO_BOUNDS, later)["without_campaigns"] == []
    Campaign.objects.update(local_time="", has_experiment=True)
    assert bound_choices(NO_BOUNDS, later)["without_campaigns"] == [], "nor for an A/B test"
    Campaign.objects.update(status="ended")
    assert len(bound_choices(NO_BOUNDS, later)["without_campaigns"]) == 1
