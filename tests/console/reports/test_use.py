"""Opens and clicks over time, by domain and segment: the report's, people and machines apart."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from builders.console import (
    ACCEPTED,
    NOW,
    a_campaign,
    a_member,
    a_segment,
    settled,
    started,
)
from pabal.console.audience.conditions import (
    About,
    Condition,
    Group,
    Kind,
    Segmentation,
    to_json,
)
from pabal.console.audience.conditions import Test as Question
from pabal.console.audience.models import List
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.bounds import Bounds, keep_bounds
from pabal.console.campaigns.models import Campaign
from pabal.console.reports.charts import HEIGHT, WIDTH
from pabal.console.reports.stacks import stacked
from pabal.console.reports.use import Used, Uses, by_domain, by_segment, uses_of
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.engagement import ANY_LINK, Actor, Hit, Sign
from pabal.domain.event import EventKind
from pabal.domain.identity import DeliveryId

OPENED, CLICKED = EventKind.OPENED, EventKind.CLICKED
NOBODY = dict.fromkeys(Actor, 0)


@pytest.fixture
def used(news: List) -> Campaign:
    """Four mails: one is read by a person, one by a proxy, one by machines, one by nobody."""
    people = [a_member(news, f"p{n}@{'ab'[n % 2]}.example") for n in range(4)]
    people[0].attributes = {"grade": "GOLD"}
    people[0].save()
    campaign = a_campaign(news)
    deliveries = started(campaign, people)
    settled(campaign, dict.fromkeys(deliveries, ACCEPTED))
    person, proxy, machine, _ = deliveries
    _hit(person, OPENED, Sign.APPLE, hours=1)
    _hit(person, OPENED, Sign.BROWSER, hours=2)
    _hit(person, OPENED, Sign.BROWSER, hours=3)
    _hit(person, CLICKED, Sign.BROWSER, hours=3, link=1)
    _hit(proxy, OPENED, Sign.GMAIL, hours=1)
    _hit(machine, OPENED, Sign.APPLE, hours=1)
    _hit(machine, CLICKED, Sign.BROWSER, hours=1, link=1)
    _hit(machine, CLICKED, Sign.BROWSER, hours=1, link=2)
    return campaign


def _hit(delivery: DeliveryId, kind: EventKind, sign: Sign, *, hours: int, link: int = 0) -> None:
    at = NOW + timedelta(hours=hours)
    hit = Hit(delivery=delivery, kind=kind, sign=sign, at=at, link=link)
    joined_ledger().record_hit(hit, policy=BouncePolicy(), now=at)


def test_they_are_as_many_as_the_report_counts(used: Campaign) -> None:
    uses = uses_of(used)
    assert uses is not None

    counts = joined_ledger().hit_counts(used.campaign_id)
    for kind in (OPENED, CLICKED):
        total = {actor: sum(each[actor] for each in uses.over_time(kind)) for actor in Actor}
        assert total == {actor: counts.get((kind, ANY_LINK, actor), 0) for actor in Actor}


def test_a_mail_is_opened_when_a_person_first_did(used: Campaign) -> None:
    """What a machine fetched before does not make it earlier."""
    uses = uses_of(used)
    assert uses is not None

    opened = uses.over_time(OPENED)
    assert uses.begins == NOW + timedelta(hours=1)
    assert opened[0] == {Actor.PROXY: 1, Actor.MACHINE: 1}
    (later,) = (each for each in opened[1:] if each)
    assert later == {Actor.PERSON: 1}
    assert uses.width * opened.index(later) <= timedelta(hours=1)


def test_domains_are_told_apart_and_small_ones_are_one(used: Campaign) -> None:
    uses = uses_of(used)
    assert uses is not None
    first, second = by_domain(uses)

    assert (first.name, first.sent) == ("a.example", 2)
    assert first.opened == {Actor.PERSON: 1, Actor.MACHINE: 1}
    assert first.clicked == {Actor.PERSON: 1, Actor.MACHINE: 1}
    assert (second.name, second.sent) == ("b.example", 2)
    assert (second.opened, second.clicked) == ({Actor.PROXY: 1}, {})
    many = replace(uses, sent=uses.sent | {f"{n:02}.example": 3 for n in range(11)})
    *_, last = by_domain(many)
    assert (last.name, last.sent, last.opened) == ("", 2, {Actor.PROXY: 1})


def test_segments_count_those_who_fit_them(used: Campaign) -> None:
    gold, silver = a_segment("grade", "GOLD"), a_segment("grade", "SILVER")
    keep_bounds(used.pk, Bounds(segments=frozenset({gold.pk, silver.pk})))
    first, second = by_segment(used, NOW)

    assert (first.name, first.sent) == ("grade GOLD", 1)
    assert first.opened == NOBODY | {Actor.PERSON: 1}
    assert first.clicked == NOBODY | {Actor.PERSON: 1}
    assert (second.sent, second.opened, second.clicked) == (0, NOBODY, NOBODY)


def test_a_domain_that_a_sample_has_missed_is_among_all_others(used: Campaign) -> None:
    uses = uses_of(used)
    assert uses is not None

    *_, last = by_domain(replace(uses, sent={"a.example": 2}))
    assert (last.name, last.sent, last.opened) == ("", 0, {Actor.PROXY: 1})


def test_a_segment_that_asks_what_nobody_knows_is_left_out(used: Campaign) -> None:
    gold, unknown = a_segment("grade", "GOLD"), a_segment("grade", "x")
    asked = Condition(
        about=About.CAMPAIGN, kind=Kind.CAMPAIGN, test=Question.OPENED_NOT, key=used.pk
    )
    unknown.condition = to_json(Segmentation(groups=(Group(conditions=(asked,)),)))
    unknown.save()
    keep_bounds(used.pk, Bounds(segments=frozenset({gold.pk, unknown.pk})))

    assert [part.name for part in by_segment(used, NOW)] == ["grade GOLD"]


def test_the_report_shows_charts_and_the_same_figures_as_tables(
    used: Campaign, as_bob: Client
) -> None:
    keep_bounds(used.pk, Bounds(segments=frozenset({a_segment("grade", "GOLD").pk})))
    page = as_bob.get(f"/campaigns/{used.pk}/use/", headers={"accept-language": "ko"})

    text = page.content.decode()
    assert 'aria-label="열람한 때: 사람 1, 이미지 프록시 1, 기계 1"' in text
    rows = [
        re.sub("<[^>]*>", " ", row).split()[:8] for row in re.findall("<tr>.*?</tr>", text, re.S)
    ]
    assert ["a.example", "2", "1", "0", "1", "1", "1"] in rows
    assert ["b.example", "2", "0", "1", "0", "0", "0"] in rows
    assert ["grade", "GOLD", "1", "1", "0", "0", "1", "0"] in rows


def test_nothing_is_drawn_where_nothing_was_opened(campaign: Campaign, as_bob: Client) -> None:
    assert uses_of(campaign) is None
    page = as_bob.get(f"/campaigns/{campaign.pk}/use/").content.decode()
    assert "legend" not in page


def test_a_single_open_is_a_single_bar() -> None:
    single = Used(kind=OPENED, actor=Actor.PERSON, interval=0, domain="", mails=1)
    uses = Uses(begins=NOW, width=timedelta(seconds=1), count=1, used=[single])

    chart = stacked(uses, OPENED)
    assert chart is not None
    (block,) = chart.blocks
    assert (block.y, float(block.height), float(block.width)) == ("0.00", HEIGHT, 40)
    assert stacked(uses, CLICKED) is None


@given(
    counts=st.dictionaries(
        st.tuples(st.integers(0, 59), st.sampled_from(Actor)), st.integers(1, 100_000), min_size=1
    )
)
def test_bars_stay_in_the_picture_and_lose_nothing(counts: dict[tuple[int, Actor], int]) -> None:
    used = [
        Used(kind=OPENED, actor=actor, interval=interval, domain="", mails=n)
        for (interval, actor), n in counts.items()
    ]
    uses = Uses(begins=NOW, width=timedelta(minutes=1), count=60, used=used)
    chart = stacked(uses, OPENED)

    assert chart is not None
    assert sum(block.count for block in chart.blocks) == sum(counts.values())
    assert sum(total.count for total in chart.totals) == sum(counts.values())
    for block in chart.blocks:
        assert 0 <= float(block.x) <= float(block.x) + float(block.width) <= WIDTH
        assert 0 <= float(block.y) <= float(block.y) + float(block.height) <= HEIGHT + 0.02
