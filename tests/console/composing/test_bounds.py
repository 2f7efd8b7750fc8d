"""A campaign is for some of its list: segments joined, others taken away, and all of it is kept."""

import re
from datetime import timedelta

import pytest
from django.db.models import ProtectedError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from builders.console import (
    ACCEPTED,
    NOW,
    a_campaign,
    a_list,
    a_member,
    a_segment,
    settled,
    started,
)
from pabal.cli.bounding import find_bounds
from pabal.cli.errors import NotSentYet, UnknownExclusion, UnknownSegment
from pabal.console.adapters import OrmCampaignSource
from pabal.console.audience.leaving import leave_list
from pabal.console.audience.models import List, Segment, Subscriber
from pabal.console.campaigns.bounds import Bounds, bounds_of, keep_bounds
from pabal.console.campaigns.drafting import copy_campaign
from pabal.console.campaigns.models import Campaign
from pabal.console.composing.bound_choices import read_bounds, typed_bounds
from pabal.domain.recipient import Recipient
from pabal.pipeline.ports import Excluded, Exclusion

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(news: List) -> dict[str, Subscriber]:
    """Two of gold, one of silver, one of nothing."""
    found = {name: a_member(news, f"{name}@customer.example") for name in ("a", "b", "c", "d")}
    for name, grade in {"a": "GOLD", "b": "GOLD", "c": "SILVER"}.items():
        Subscriber.objects.filter(pk=found[name].pk).update(attributes={"grade": grade})
    return found


def _reached(campaign: Campaign) -> str:
    everybody = OrmCampaignSource().audience(campaign.campaign_id, now=NOW)
    return "".join(each.address.wire[0] for each in everybody if isinstance(each, Recipient))


def _left_out(campaign: Campaign) -> list[Exclusion]:
    everybody = OrmCampaignSource().audience(campaign.campaign_id, now=NOW)
    return [each.reason for each in everybody if isinstance(each, Excluded)]


def _only(*segments: Segment) -> frozenset[int]:
    return frozenset(each.pk for each in segments)


def test_segments_are_joined(news: List, people: dict[str, Subscriber]) -> None:
    campaign = a_campaign(news)
    keep_bounds(
        campaign.pk,
        Bounds(segments=_only(a_segment("grade", "GOLD"), a_segment("grade", "SILVER"))),
    )

    assert _reached(campaign) == "abc"
    assert _left_out(campaign) == [Exclusion.NOT_IN_SEGMENT]


def test_whoever_is_left_out_is_left_out_of_what_they_fit(
    news: List, people: dict[str, Subscriber]
) -> None:
    gold = a_segment("grade", "GOLD")
    campaign = a_campaign(news)
    keep_bounds(campaign.pk, Bounds(segments=_only(gold), without_segments=_only(gold)))

    assert _reached(campaign) == ""
    assert Exclusion.LEFT_OUT in _left_out(campaign)


def test_another_list_is_taken_away_without_those_who_left_it(
    news: List, people: dict[str, Subscriber]
) -> None:
    staff = a_list("직원", identifier="staff")
    for name in "ab":
        people[name].memberships.create(list=staff, changed_at=NOW)
    leave_list(people["b"], staff, source="link", now=NOW)
    campaign = a_campaign(news)
    keep_bounds(campaign.pk, Bounds(without_lists=frozenset({staff.pk})))

    assert _reached(campaign) == "bcd"


def test_recipients_of_a_former_campaign_are_taken_away(
    news: List, people: dict[str, Subscriber]
) -> None:
    former = a_campaign(news)
    deliveries = started(former, [people["a"], people["c"]])
    settled(former, dict.fromkeys(deliveries, ACCEPTED))
    campaign = a_campaign(news)
    keep_bounds(campaign.pk, Bounds(without_campaigns=frozenset({former.pk})))

    assert _reached(campaign) == "bd"


def test_a_segment_that_keeps_people_out_cannot_be_deleted(news: List) -> None:
    gold = a_segment("grade", "GOLD")
    keep_bounds(a_campaign(news).pk, Bounds(without_segments=_only(gold)))

    with pytest.raises(ProtectedError):
        gold.delete()


def test_a_copy_is_for_the_same_people(news: List) -> None:
    campaign = a_campaign(news)
    bounds = Bounds(segments=_only(a_segment("grade", "GOLD")))
    keep_bounds(campaign.pk, bounds)

    assert copy_campaign(campaign, now=NOW).bounds == bounds


def test_what_is_ticked_is_kept_with_the_draft(
    as_typing: Client, campaign: Campaign, filled: dict[str, str]
) -> None:
    gold = a_segment("grade", "GOLD")
    Campaign.objects.update(prepared_digest="d" * 64)

    page = as_typing.post(
        f"/campaigns/{campaign.pk}/save/", filled | {"without_segments": [str(gold.pk)]}
    )

    assert page.headers["X-Draft-Saved"] == "yes"
    campaign.refresh_from_db()
    assert campaign.bounds == Bounds(without_segments=_only(gold))
    assert (campaign.version, campaign.prepared_digest) == (1, ""), "what was checked is void"
    shown = as_typing.get(f"/campaigns/{campaign.pk}/edit/").content.decode()
    assert "checked" in shown.partition('name="without_segments"')[2].partition(">")[0]


def test_an_archived_list_that_is_left_out_stays_so_when_the_draft_is_saved(
    as_typing: Client, campaign: Campaign, filled: dict[str, str]
) -> None:
    old = a_list("예전 목록", identifier="old")
    List.objects.filter(pk=old.pk).update(archived_at=NOW)
    bounds = Bounds(without_lists=frozenset({old.pk}))
    keep_bounds(campaign.pk, bounds)

    as_typing.post(
        f"/campaigns/{campaign.pk}/save/", filled | {"subject": "x", "without_lists": [str(old.pk)]}
    )

    assert bounds_of(campaign.pk) == bounds


def test_a_command_says_whom_by_name(news: List) -> None:
    gold = a_segment("grade", "GOLD")
    former = a_campaign(news)
    Campaign.objects.filter(pk=former.pk).update(status="ended")

    found = find_bounds(["grade GOLD"], [f"list:{news.name}", f"campaign:{former.pk}"])

    assert found == Bounds(
        segments=_only(gold),
        without_lists=frozenset({news.pk}),
        without_campaigns=frozenset({former.pk}),
    )
    with pytest.raises(UnknownSegment, match="grade GOLD"):
        find_bounds(["grade PLATIN"], [])
    with pytest.raises(UnknownExclusion):
        find_bounds([], ["grade GOLD"])


@pytest.mark.parametrize("fields", [{"status": "draft"}, {"local_time": "2026-11-25T09:00"}])
def test_whoever_still_waits_for_a_campaign_cannot_be_left_out_by_it(
    news: List, fields: dict[str, str]
) -> None:
    """Nobody knows yet who they are, and they would be sent both."""
    former = a_campaign(news, name="아침 인사")
    waits = {"status": "started", "scheduled_at": NOW - timedelta(days=99)} | fields
    Campaign.objects.filter(pk=former.pk).update(**waits)

    with pytest.raises(NotSentYet, match="아침 인사"):
        find_bounds([], [f"campaign:{former.pk}"])


def test_a_draft_does_not_offer_to_leave_out_its_own_list(
    as_typing: Client, campaign: Campaign, filled: dict[str, str], news: List
) -> None:
    staff = a_list("직원", identifier="staff")

    page = as_typing.get(f"/campaigns/{campaign.pk}/edit/").content.decode()

    offered = re.findall(r'name="without_lists" value="(\d+)"', page)
    assert offered == [str(staff.pk)]


def test_whoever_leaves_out_the_list_that_it_goes_to_is_told_there(
    as_typing: Client, campaign: Campaign, filled: dict[str, str], news: List
) -> None:
    """The list may be changed after it was ticked."""
    answer = as_typing.post(
        f"/campaigns/{campaign.pk}/save/", filled | {"without_lists": [str(news.pk)]}
    )

    assert answer.headers["X-Draft-Saved"] == "in part"
    assert "이 목록으로 보내는 메일" in answer.content.decode()
    assert bounds_of(campaign.pk) == Bounds()


_numbers = st.frozensets(st.integers(1, 10**9), max_size=4)


@given(
    st.builds(
        Bounds,
        segments=_numbers,
        without_segments=_numbers,
        without_lists=_numbers,
        without_campaigns=st.frozensets(st.text("abcdefgh234", min_size=8, max_size=8), max_size=3),
    )
)
def test_a_form_returns_what_it_was_filled_with(bounds: Bounds) -> None:
    assert read_bounds(typed_bounds(bounds)) == bounds
