"""The count beside a draft is that of preparing, also with a segment or a wish for one a week."""

from datetime import timedelta

import pytest

from builders.console import ACCEPTED, NOW, a_campaign, a_member, a_segment, settled, started
from pabal.console.audience.models import List, Subscriber
from pabal.console.audience.resting import rest, want_weekly
from pabal.console.campaigns.bounds import Bounds, keep_bounds
from pabal.console.campaigns.models import Campaign
from pabal.console.composing import reaching
from pabal.pipeline.ports import Exclusion


@pytest.fixture
def people(news: List) -> list[Subscriber]:
    found = [a_member(news, f"person{number}@customer.example") for number in range(4)]
    Subscriber.objects.filter(pk=found[0].pk).update(attributes={"grade": "GOLD"})
    return found


def test_a_segment_is_counted(news: List, people: list[Subscriber]) -> None:
    draft = a_campaign(news)
    keep_bounds(draft.pk, Bounds(segments=frozenset({a_segment("grade", "GOLD").pk})))

    found = reaching.reach(draft, NOW)

    assert (found.recipients, found.excluded) == (1, {Exclusion.NOT_IN_SEGMENT: 3})
    assert found.some == ["person0@customer.example"]


def test_pauses_and_one_a_week_are_counted(news: List, people: list[Subscriber]) -> None:
    first = a_campaign(news)
    (delivery,) = started(first, people[:1])
    settled(first, {delivery: ACCEPTED})
    Campaign.objects.filter(pk=first.pk).update(started_at=NOW)
    want_weekly(people[0], True)
    rest(people[1], days=30, now=NOW)

    found = reaching.reach(a_campaign(news), NOW + timedelta(hours=1))

    assert found.recipients == 2
    assert found.excluded == {Exclusion.WEEKLY: 1, Exclusion.RESTING: 1}


def test_a_pause_is_counted_by_the_one_statement_too(news: List, people: list[Subscriber]) -> None:
    rest(people[1], days=30, now=NOW)

    found = reaching.reach(a_campaign(news), NOW + timedelta(hours=1))

    assert found.excluded == {Exclusion.RESTING: 1}


def test_of_a_long_list_it_is_about_how_many(
    news: List, people: list[Subscriber], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaching, "_MOST", 3)
    draft = a_campaign(news)
    keep_bounds(draft.pk, Bounds(segments=frozenset({a_segment("grade", "GOLD").pk})))

    found = reaching.reach(draft, NOW)

    assert not found.is_exact
    assert (found.recipients, found.excluded) == (1, {Exclusion.NOT_IN_SEGMENT: 3})
