"""The count that a page shows is the audience that is frozen later, person by person."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from builders.console import NOW, a_campaign, a_member, a_subscriber
from pabal.console.adapters import OrmCampaignSource
from pabal.console.audience.joining import Joining, join_list
from pabal.console.audience.leaving import leave_everything, leave_list
from pabal.console.audience.models import List
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.reaching import reach
from pabal.domain.campaign import Kind
from pabal.domain.suppression import EVERYTHING, Reason, Suppression, list_scope
from pabal.pipeline.ports import Excluded, Exclusion

pytestmark = pytest.mark.django_db


def _one_by_one(campaign: Campaign, now: datetime) -> tuple[int, dict[Exclusion, int]]:
    people = list(OrmCampaignSource().audience(campaign.campaign_id, now=now))
    excluded = Counter(each.reason for each in people if isinstance(each, Excluded))
    return len(people) - sum(excluded.values()), dict(excluded)


def _populate(news: List, dice: random.Random) -> None:
    """People of all fates, in numbers that differ."""
    for number in range(40):
        person = a_subscriber(f"p{number}@customer.example")
        joining = Joining(
            subscriber=person.pk,
            address=person.address,
            consented_at=NOW if dice.random() < 0.5 else None,
            transaction_ended_at=NOW - timedelta(days=dice.randrange(150, 220)),
            source="order",
            wording="",
        )
        join_list(news, [joining], now=NOW - timedelta(days=1))
        for scope in (EVERYTHING, list_scope(news.pk), "list:999"):
            if dice.random() < 0.15:
                reason = dice.choice([Reason.BOUNCE, Reason.COMPLAINT, Reason.UNSUBSCRIBED])
                since = NOW - timedelta(hours=dice.randrange(100))
                stop = Suppression(address=person.address, scope=scope, reason=reason, since=since)
                joined_ledger().suppress(stop)
        if dice.random() < 0.1:
            leave_list(person, news, source="link", now=NOW)
        if dice.random() < 0.1:
            leave_everything(person, source="link", now=NOW)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("seed", range(3))
def test_the_count_is_the_audience(news: List, kind: Kind, seed: int) -> None:
    _populate(news, random.Random(seed))
    campaign = a_campaign(news, kind=kind)

    found = reach(campaign, NOW)

    assert (found.recipients, found.excluded) == _one_by_one(campaign, NOW)


def test_a_later_time_counts_for_transactions(news: List) -> None:
    person = a_member(news, "buyer@customer.example", consented_at=None)
    person.memberships.update(transaction_ended_at=datetime(2026, 6, 24, 9, tzinfo=UTC))
    campaign = a_campaign(news)
    assert reach(campaign, NOW).recipients == 1

    campaign.scheduled_at = datetime(2026, 12, 25, tzinfo=UTC)
    assert reach(campaign, NOW).excluded == {Exclusion.TRANSACTION_OVER: 1}


def test_an_empty_list_reaches_nobody(news: List) -> None:
    found = reach(a_campaign(news), NOW)

    assert (found.recipients, found.everybody) == (0, 0)
