"""An A/B test is decided once, by whoever is first, from what people did and not machines."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from builders.console import (
    ACCEPTED,
    NO_MAILBOX,
    NOW,
    a_campaign,
    a_member,
    a_user,
    settled,
    started,
)
from pabal.console.accounts.models import AuditEntry
from pabal.console.adapters import OrmCampaignSource
from pabal.console.audience.leaving import leave_list
from pabal.console.audience.models import List, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns import deciding
from pabal.console.campaigns.errors import DecidedAlready, NothingToDecide
from pabal.console.campaigns.experiments import Experiment, Setup, Variant, keep_setup
from pabal.console.campaigns.measuring import seen
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.planning import experiment_of
from pabal.domain import experiment as domain
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.engagement import Hit, Sign
from pabal.domain.event import EventKind
from pabal.domain.experiment import Measure
from pabal.domain.identity import DeliveryId

pytestmark = pytest.mark.django_db

PEOPLE = 12
SOURCE = OrmCampaignSource()


@pytest.fixture
def people(news: List) -> Sequence[Subscriber]:
    return [a_member(news, f"p{number}@customer.example") for number in range(PEOPLE)]


@pytest.fixture
def testing(news: List, people: Sequence[Subscriber]) -> Campaign:
    """A campaign whose test has gone out to all but one of those who test."""
    campaign = a_campaign(news)
    setup = Setup(share=50, measure=Measure.CLICKS, hours=4, others=(Variant(subject="다른 제목"),))
    keep_setup(campaign.pk, setup)
    Campaign.objects.filter(pk=campaign.pk).update(has_experiment=True, tracked="on")
    campaign.refresh_from_db()
    deliveries = started(campaign, people)
    tested = [deliveries[n] for n, each in enumerate(_variants(campaign)) if each is not None]
    settled(campaign, {each: ACCEPTED for each in tested[1:]} | {tested[0]: NO_MAILBOX})
    campaign.refresh_from_db()
    return campaign


def _plan(campaign: Campaign) -> domain.Experiment:
    found = experiment_of(campaign)
    assert found is not None
    return found


def _variants(campaign: Campaign) -> Sequence[int | None]:
    return [_plan(campaign).variant(position) for position in range(PEOPLE)]


def _of_variant(campaign: Campaign, people: Sequence[Subscriber], variant: int) -> list[Subscriber]:
    """Whoever got a variant, without the one whose mail failed."""
    variants = _variants(campaign)
    first = next(n for n, each in enumerate(variants) if each is not None)
    return [
        person
        for number, person in enumerate(people)
        if variants[number] == variant and number != first
    ]


def _hit(
    campaign: Campaign,
    person: Subscriber,
    sign: Sign = Sign.BROWSER,
    kind: EventKind = EventKind.CLICKED,
    *,
    at: datetime = NOW + timedelta(minutes=5),
    link: int = 1,
) -> None:
    name = DeliveryId(f"{campaign.pk}-{person.key}")
    hit = Hit(delivery=name, kind=kind, sign=sign, at=at, link=link)
    joined_ledger().record_hit(hit, policy=BouncePolicy(), now=at)


def _clicks(campaign: Campaign) -> Sequence[int]:
    return [each.people[Measure.CLICKS] for each in seen(campaign, _plan(campaign))]


def test_each_variant_is_counted_by_those_who_got_it(
    testing: Campaign, people: Sequence[Subscriber], news: List
) -> None:
    """The rest, and whose mail failed, are in none."""
    of_b = _of_variant(testing, people, 1)
    _hit(testing, of_b[0])
    _hit(testing, of_b[0], at=NOW + timedelta(hours=1))
    _hit(testing, of_b[1], kind=EventKind.OPENED, link=0)
    rest = next(p for p, variant in zip(people, _variants(testing), strict=True) if variant is None)
    _hit(testing, rest)
    leave_list(of_b[0], news, source="link", now=NOW + timedelta(hours=2))

    a, b = seen(testing, _plan(testing))

    assert (a.sent, b.sent) == (len(_of_variant(testing, people, 0)), len(of_b))
    assert a.people == {Measure.CLICKS: 0, Measure.OPENS: 0}
    assert b.people == {Measure.CLICKS: 1, Measure.OPENS: 1}
    assert (a.unsubscribed, b.unsubscribed) == (0, 1)


def test_machines_decide_nothing(testing: Campaign, people: Sequence[Subscriber]) -> None:
    """Neither what names itself a filter, nor what clicks several links within a second."""
    one, other = _of_variant(testing, people, 1)[:2]
    _hit(testing, one, Sign.SCANNER)
    for link in (1, 2, 3):
        _hit(testing, other, link=link)

    assert _clicks(testing) == [0, 0]


def test_hours_count_from_when_the_test_is_out_and_then_the_better_one_is_taken(
    testing: Campaign, people: Sequence[Subscriber]
) -> None:
    ask = SOURCE.choice
    name = testing.campaign_id
    _hit(testing, _of_variant(testing, people, 1)[0])

    assert ask(name, is_out=False, now=NOW + timedelta(days=1)) is None, "not all are tried"
    assert ask(name, is_out=True, now=NOW) is None
    assert ask(name, is_out=True, now=NOW + timedelta(hours=3, minutes=59)) is None
    assert ask(name, is_out=True, now=NOW + timedelta(hours=4)) == 1

    row = Experiment.objects.get()
    assert (row.decided_as, row.decided_by, row.letter) == ("Pabal", None, "B")
    _hit(testing, _of_variant(testing, people, 0)[0])
    assert [each.people[Measure.CLICKS] for each in deciding.known_then(row)] == [0, 1]


def test_where_nobody_clicks_it_is_a(testing: Campaign) -> None:
    later = NOW + timedelta(hours=9)
    SOURCE.choice(testing.campaign_id, is_out=True, now=NOW)

    assert SOURCE.choice(testing.campaign_id, is_out=True, now=later) == 0


def test_who_is_first_decides_and_the_others_are_told(testing: Campaign) -> None:
    """Two tabs; and a worker whose hours are over."""
    alice, bob = a_user(), a_user("bob@shop.example")
    stale = Campaign.objects.get(pk=testing.pk)
    SOURCE.choice(testing.campaign_id, is_out=True, now=NOW)

    deciding.decide(testing, 1, by=alice, now=NOW)
    with pytest.raises(DecidedAlready) as refused:
        deciding.decide(stale, 0, by=bob, now=NOW)
    later = NOW + timedelta(hours=9)

    assert "B" in str(refused.value)
    assert SOURCE.choice(testing.campaign_id, is_out=True, now=later) == 1
    assert Experiment.objects.get().decided_by == alice
    noted = AuditEntry.objects.get(act="variant chosen")
    assert (noted.who, noted.subject) == (alice, f"{testing.name}: B")


@pytest.mark.parametrize("status", ["draft", "ended"])
def test_nothing_is_decided_that_is_not_on_its_way(testing: Campaign, status: str) -> None:
    Campaign.objects.update(status=status)
    testing.refresh_from_db()

    with pytest.raises(NothingToDecide):
        deciding.decide(testing, 1, by=a_user(), now=NOW)
    assert not AuditEntry.objects.filter(act="variant chosen").exists()
    SOURCE.choice(testing.campaign_id, is_out=True, now=NOW)
    assert SOURCE.choice(testing.campaign_id, is_out=True, now=NOW + timedelta(days=1)) is None


def test_nothing_is_decided_before_its_time(testing: Campaign) -> None:
    """Taken back and started again, it would have no test."""
    Campaign.objects.update(scheduled_at=NOW + timedelta(hours=1))
    testing.refresh_from_db()

    with pytest.raises(NothingToDecide):
        deciding.decide(testing, 1, by=a_user(), now=NOW)
    deciding.decide(testing, 1, by=a_user("bob@shop.example"), now=NOW + timedelta(hours=1))


def test_where_everybody_tests_nothing_is_decided(testing: Campaign) -> None:
    Experiment.objects.update(share=100)
    with pytest.raises(NothingToDecide):
        deciding.decide(testing, 1, by=a_user(), now=NOW)


@pytest.mark.parametrize("variant", [-1, 2])
def test_only_a_variant_that_there_is_can_be_taken(testing: Campaign, variant: int) -> None:
    with pytest.raises(NothingToDecide):
        deciding.decide(testing, variant, by=a_user(), now=NOW)


def test_everybody_has_a_variant_once_it_is_decided(testing: Campaign) -> None:
    before = [deciding.variant_of(testing, position) for position in range(PEOPLE)]
    deciding.decide(testing, 1, by="operator", now=NOW)
    after = [deciding.variant_of(testing, position) for position in range(PEOPLE)]

    assert before == _variants(testing)
    assert after == [1 if each is None else each for each in before]


def test_a_variant_says_what_it_has_of_its_own_and_else_what_a_says(campaign: Campaign) -> None:
    own = Variant(body="<p>다른 내용</p>", markup="html")
    setup = Setup(share=20, measure=Measure.CLICKS, hours=None, others=(Variant(subject="B"), own))
    keep_setup(campaign.pk, setup)
    Campaign.objects.update(has_experiment=True, text="쓰인 글")
    campaign.refresh_from_db()

    a, b, c = campaign.sources()
    assert (b.subject, b.body, b.text) == ("B", a.body, "쓰인 글")
    assert (c.subject, c.body, c.markup.value) == (a.subject, "<p>다른 내용</p>", "html")
    assert c.text == "", "made from what C says"
    assert campaign.experiment == setup
