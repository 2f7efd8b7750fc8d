"""A segment is made by choosing, says how many fit while it is made, and is kept."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from builders.console import NOW, a_campaign, a_member, a_segment, a_subscriber, started
from console.segments.hits import an_open, keep_hits
from pabal.console.audience.conditions import (
    MOST_CONDITIONS,
    MOST_GROUPS,
    About,
    Condition,
    Group,
    Kind,
    Match,
    Segmentation,
    Test,
)
from pabal.console.audience.models import List, Segment
from pabal.console.campaigns.bounds import Bounds, keep_bounds
from pabal.console.campaigns.models import Campaign
from pabal.console.segments import counting
from pabal.console.segments.draft import Draft

GOLD = {"g0-c0-subject": "attribute:text:grade", "g0-c0-test": "is", "g0-c0-value": "GOLD"}


@pytest.fixture
def people(news: List) -> None:
    for number, grade in enumerate(["GOLD", "gold", "SILVER"]):
        person = a_member(news, f"p{number}@x.kr")
        person.attributes = {"grade": grade, "points": str(number * 100), "name": f"김{number}"}
        person.save()


def test_what_is_chosen_is_saved_and_shown_again(people: None, as_bob: Client) -> None:
    typed = {
        "name": " VIP  손님 ",
        "g0-match": "any",
        **GOLD,
        "g0-c1-subject": "attribute:number:points",
        "g0-c1-test": "between",
        "g0-c1-value": "150",
        "g0-c1-until": "250",
    }
    assert as_bob.post("/segments/add/", typed)["Location"] == "/segments/"

    saved = Segment.objects.get()
    assert saved.name == "VIP 손님"
    (group,) = saved.segmentation.groups
    assert group.match is Match.ANY
    assert [each.test for each in group.conditions] == [Test.IS, Test.BETWEEN]
    page = as_bob.get(f"/segments/{saved.pk}/").content.decode()
    for kept in ('value="GOLD"', 'value="150"', 'value="250"', "VIP 손님"):
        assert kept in page
    assert as_bob.get(f"/segments/{saved.pk}/count/").content.decode().strip() == "3"
    table = as_bob.get("/subscribers/", {"segment": saved.pk}).content.decode()
    assert table.count("@x.kr</a>") == 3


def test_the_count_follows_what_is_typed(people: None, as_bob: Client) -> None:
    """Lines that are not finished do not count; nothing is saved."""
    half = {**GOLD, "g0-c1-subject": "attribute:number:points", "g0-c1-value": "many"}
    page = as_bob.post("/segments/count/", half).content.decode()

    assert "<strong>2</strong>" in page
    assert "p0@x.kr" in page
    assert "p2@x.kr" not in page
    assert not Segment.objects.exists()


def test_what_is_wrong_is_said_at_its_line_and_what_was_typed_is_kept(
    people: None, as_bob: Client
) -> None:
    typed = {
        "name": "",
        "g0-c0-subject": "attribute:number:points",
        "g0-c0-test": "at-least",
        "g0-c0-value": "many",
        "g0-c1-subject": "",
        "g1-c0-subject": "list",
        "g1-c0-key": "",
    }
    page = as_bob.post("/segments/add/", typed).content.decode()

    assert page.count('class="field-error"') == 4
    assert 'value="many"' in page
    assert not Segment.objects.exists()


def test_a_name_is_no_others(people: None, as_bob: Client) -> None:
    a_segment("grade", "GOLD")

    page = as_bob.post("/segments/add/", {"name": "Grade gold", **GOLD}).content.decode()
    assert 'class="field-error"' in page


def test_lines_and_groups_come_and_go_without_a_script(people: None, as_bob: Client) -> None:
    page = as_bob.post("/segments/add/", {**GOLD, "act": "add:0"}).content.decode()
    assert 'name="g0-c1-subject"' in page
    page = as_bob.post("/segments/draft/", {**GOLD, "act": "add-group"}).content.decode()
    assert 'name="g1-c0-subject"' in page
    page = as_bob.post("/segments/draft/", {**GOLD, "act": "remove:0:0"}).content.decode()
    assert 'value="GOLD"' not in page
    assert 'name="g0-c0-subject"' in page


def test_a_form_has_an_end() -> None:
    draft = Draft()
    for _ in range(30):
        draft = draft.after("add-group")
    for _ in range(30):
        draft = draft.after("add:0")
    for act in ("add:9", "remove:9:9", "add:0:0:0", "drop table", "add:99999"):
        draft = draft.after(act)

    assert len(draft.groups) == MOST_GROUPS
    assert len(draft.groups[0].rows) == MOST_CONDITIONS


@pytest.mark.parametrize(
    "typed",
    [
        {"g0-c0-subject": "attribute:text:x'); drop table", "g0-c0-value": "1"},
        {"g0-c0-subject": "attribute:nothing:grade", "g0-c0-value": "\0"},
        {"g0-c0-subject": "campaign", "g0-c0-key": "../../../"},
        {"g0-c0-subject": "list", "g0-c0-key": "9" * 40},
        {
            "g0-c0-subject": "attribute:date:grade",
            "g0-c0-test": "last-days",
            "g0-c0-value": "9" * 9,
        },
        {"g0-c0-subject": "attribute:number:points", "g0-c0-value": "nan"},
        {"g0-c0-subject": "added", "g0-c0-test": "on", "g0-c0-value": "9999-12-31"},
        {"g0-c0-subject": "consent", "g0-c0-test": "before", "g0-c0-value": "0001-01-01"},
        {"g0-c0-subject": "added", "g0-c0-test": "after", "g0-c0-value": "9999-12-31"},
    ],
)
def test_no_line_breaks_the_page(people: None, as_bob: Client, typed: dict[str, str]) -> None:
    assert as_bob.post("/segments/count/", typed).status_code == 200
    assert as_bob.post("/segments/draft/", typed).status_code == 200
    assert as_bob.post("/segments/add/", {"name": "x", **typed}).status_code in (200, 302)


def test_what_a_campaign_uses_is_not_deleted(news: List, as_bob: Client) -> None:
    segment = a_segment("grade", "GOLD")
    campaign = a_campaign(news)
    keep_bounds(campaign.pk, Bounds(segments=frozenset({segment.pk})))

    as_bob.post(f"/segments/{segment.pk}/delete/")
    assert Segment.objects.exists()
    campaign.delete()
    as_bob.post(f"/segments/{segment.pk}/delete/")
    assert not Segment.objects.exists()


def test_a_sample_estimates_what_a_count_finds(db: None) -> None:
    for number in range(40):
        a_subscriber(f"p{number}@x.kr", attributes={"grade": "GOLD" if number % 4 else ""})
    asked = Condition(
        about=About.ATTRIBUTE, kind=Kind.TEXT, test=Test.IS, key="grade", value="gold"
    )
    gold = Segmentation(groups=(Group(conditions=(asked,)),))

    estimated, counted = counting.estimate(gold, NOW, exact_to=10), counting.count(gold, NOW)
    assert not estimated.is_exact
    assert estimated.count == counted.count == 30


def test_the_pages_take_few_statements(
    people: None,
    news: List,
    as_alice: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    started(a_campaign(news), [])
    segment = a_segment("grade", "GOLD")
    for number in range(20):
        a_segment("grade", str(number))
    for path in ("/segments/", "/segments/add/", f"/segments/{segment.pk}/"):
        with django_assert_max_num_queries(25):
            assert as_alice.get(path).status_code == 200


def test_whoever_opened_is_asked_for_among_campaigns_that_recorded_it(
    news: List, as_bob: Client
) -> None:
    opened, unseen = (a_campaign(news, name=name) for name in ("가을 소식", "겨울 소식"))
    reader, other = a_member(news, "reader@x.kr"), a_member(news, "other@x.kr")
    delivery, _ = started(opened, [reader, other])
    started(unseen, [reader])
    Campaign.objects.filter(pk=opened.pk).update(tracked="opens", started_at=timezone.now())
    keep_hits(delivery, [an_open(timezone.now())])

    asked = {"g0-c0-subject": "campaign", "g0-c0-test": "opened", "g0-c0-key": opened.pk}
    lines = as_bob.post("/segments/draft/", asked).content.decode()
    assert "가을 소식" in lines
    assert "겨울 소식" not in lines
    assert "reader@x.kr" in as_bob.post("/segments/count/", asked).content.decode()
    recently = {"g0-c0-subject": "activity", "g0-c0-test": "used-not", "g0-c0-value": "3"}
    page = as_bob.post("/segments/count/", recently).content.decode()
    assert "other@x.kr" in page
    assert "reader@x.kr" not in page


def test_opens_of_longer_ago_than_they_are_kept_cannot_be_asked_for(as_bob: Client) -> None:
    asked = {"g0-c0-subject": "activity", "g0-c0-test": "used", "g0-c0-value": "401"}
    page = as_bob.post("/segments/add/", {"name": "x", **asked}).content.decode()
    assert "열람과 클릭은 400일 동안만 보관합니다" in page
    assert not Segment.objects.exists()
