"""How often somebody wants advertising: a pause of their own, or one mail a week."""

from datetime import timedelta

import pytest

from builders.console import ACCEPTED, NOW, a_campaign, settled, started
from pabal.console.adapters import OrmCampaignSource
from pabal.console.audience.models import List, Rhythm, Subscriber
from pabal.console.audience.resting import end_rests, rest, wake, want_weekly
from pabal.console.campaigns.bounds import Bounds, keep_bounds
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.scheduling import at_local_time, at_moment
from pabal.domain.campaign import Kind
from pabal.domain.recipient import Recipient
from pabal.pipeline.ports import Excluded, Exclusion


def _audience(campaign: Campaign, now: object = NOW) -> list[Recipient | Excluded]:
    return list(OrmCampaignSource().audience(campaign.campaign_id, now=now))


def _why(campaign: Campaign, now: object = NOW) -> list[Exclusion]:
    return [each.reason for each in _audience(campaign, now) if isinstance(each, Excluded)]


def test_whoever_rests_gets_no_advertising_until_it_is_over(news: List, minji: Subscriber) -> None:
    rest(minji, days=30, now=NOW)

    assert _why(a_campaign(news)) == [Exclusion.RESTING]
    assert _why(a_campaign(news), NOW + timedelta(days=29)) == [Exclusion.RESTING]
    assert _why(a_campaign(news), NOW + timedelta(days=30)) == []
    assert Rhythm.objects.get(pk=minji.pk).rests_until is None


def test_whoever_rests_still_gets_notices(news: List, minji: Subscriber) -> None:
    rest(minji, days=30, now=NOW)

    assert _why(a_campaign(news, kind=Kind.NOTICE)) == []


def test_a_pause_holds_for_a_campaign_that_runs(news: List, minji: Subscriber) -> None:
    """Its scope is among the run's, so that beginning finds the suppression."""
    campaign = a_campaign(news)
    plan = OrmCampaignSource().draft(campaign.campaign_id).plan

    assert "resting" in plan.scopes


def test_a_pause_can_be_ended_early(news: List, minji: Subscriber) -> None:
    rest(minji, days=90, now=NOW)
    wake(minji)
    wake(minji)

    assert _why(a_campaign(news)) == []


def test_ending_pauses_touches_those_that_are_over_alone(news: List, minji: Subscriber) -> None:
    rest(minji, days=30, now=NOW)

    assert end_rests(NOW + timedelta(days=29)) == 0
    assert end_rests(NOW + timedelta(days=31)) == 1
    assert end_rests(NOW + timedelta(days=31)) == 0


@pytest.mark.parametrize(("days", "expected"), [(6, [Exclusion.WEEKLY]), (7, []), (8, [])])
def test_one_a_week_is_one_in_seven_days(
    news: List, minji: Subscriber, days: int, expected: list[Exclusion]
) -> None:
    want_weekly(minji, True)
    first = a_campaign(news)
    (delivery,) = started(first, [minji])
    settled(first, {delivery: ACCEPTED})
    Campaign.objects.filter(pk=first.pk).update(started_at=NOW)

    assert _why(a_campaign(news), NOW + timedelta(days=days)) == expected


@pytest.mark.parametrize(
    ("by_own_clocks", "hours", "expected"),
    [
        (True, -7 * 24 - 15, []),
        (True, -7 * 24 + 1, [Exclusion.WEEKLY]),
        (True, 1, [Exclusion.WEEKLY]),
        (True, 9 * 24, []),
        (False, -7 * 24 + 1, [Exclusion.WEEKLY]),
        (False, -7 * 24, []),
    ],
)
def test_one_that_waits_for_its_time_is_the_one_of_the_week(
    news: List, minji: Subscriber, *, by_own_clocks: bool, hours: int, expected: list[Exclusion]
) -> None:
    """Its readers are not in the ledger yet, and get it whatever else they are sent."""
    want_weekly(minji, True)
    time = NOW + timedelta(days=8)
    fields = at_local_time(time.replace(tzinfo=None), "zone") if by_own_clocks else at_moment(time)
    first = a_campaign(news)
    Campaign.objects.filter(pk=first.pk).update(status="started", started_at=NOW, **fields)

    assert _why(a_campaign(news), time + timedelta(hours=hours)) == expected


def test_one_that_waits_is_nobodys_whom_it_leaves_out(news: List, minji: Subscriber) -> None:
    want_weekly(minji, True)
    first = a_campaign(news)
    keep_bounds(first.pk, Bounds(without_lists=frozenset({news.pk})))
    soon = at_moment(NOW + timedelta(days=1))
    Campaign.objects.filter(pk=first.pk).update(status="started", started_at=NOW, **soon)

    assert _why(a_campaign(news)) == []


def test_whoever_did_not_ask_for_it_gets_every_mail(news: List, minji: Subscriber) -> None:
    first = a_campaign(news)
    (delivery,) = started(first, [minji])
    settled(first, {delivery: ACCEPTED})
    Campaign.objects.filter(pk=first.pk).update(started_at=NOW)

    assert _why(a_campaign(news), NOW + timedelta(hours=1)) == []
