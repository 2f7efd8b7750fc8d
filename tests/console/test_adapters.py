"""The campaigns and their audiences as the pipeline sees them."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from builders.console import NOW, a_buyer, a_campaign, a_list, a_member, a_segment, a_subscriber
from pabal.console.adapters import OrmCampaignSource
from pabal.console.audience.joining import Joining, join_list
from pabal.console.audience.leaving import leave_everything, leave_list, leave_topic
from pabal.console.audience.models import List, Topic
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.bounds import Bounds, keep_bounds
from pabal.console.campaigns.models import Campaign
from pabal.domain.campaign import Kind
from pabal.domain.consent import Ground
from pabal.domain.recipient import Recipient
from pabal.domain.suppression import (
    EVERYTHING,
    RESTING,
    Reason,
    Suppression,
    list_scope,
    topic_scope,
)
from pabal.domain.tracking import Tracking
from pabal.pipeline.ports import Admitted, CampaignSource, Excluded, Exclusion

pytestmark = pytest.mark.django_db

SOURCE: CampaignSource = OrmCampaignSource()


def _audience(campaign: Campaign, *, now: datetime = NOW) -> list[Recipient | Excluded]:
    return list(SOURCE.audience(campaign.campaign_id, now=now))


def _excluded(campaign: Campaign) -> list[tuple[str, Exclusion]]:
    return [(e.address, e.reason) for e in _audience(campaign) if isinstance(e, Excluded)]


def test_recipients_come_in_the_order_of_joining_without_gaps(news: List) -> None:
    first = a_member(news, "B@Customer.example")
    a_member(news, "no-consent@customer.example", consented_at=None)
    third = a_member(news, "a@customer.example", language="en")

    recipients = [one for one in _audience(a_campaign(news)) if isinstance(one, Recipient)]

    assert [recipient.key for recipient in recipients] == [first.key, third.key]
    assert [recipient.position for recipient in recipients] == [0, 1]
    assert recipients[0].address.original == "B@Customer.example"
    assert recipients[0].address.wire == "B@customer.example"
    assert recipients[0].attributes == {"name": "김민지", "coupon": "FALL-1"}
    assert recipients[1].language == "en"


def test_advertising_goes_only_to_those_who_agreed(news: List) -> None:
    """K1: no record of consent, not in the audience; the reason is shown."""
    a_member(news, "john@customer.example", consented_at=None)

    assert _excluded(a_campaign(news)) == [("john@customer.example", Exclusion.NO_CONSENT)]
    assert _excluded(a_campaign(news, kind=Kind.NOTICE)) == []


def test_whoever_bought_the_same_is_advertised_to_for_six_months_and_not_a_day_longer(
    news: List,
) -> None:
    """K2: “within 6 months of the end of the transaction”; it expires by itself."""
    a_buyer(news, "buyer@customer.example", ended_at=datetime(2026, 5, 24, 9, tzinfo=UTC))
    campaign = a_campaign(news)

    (recipient,) = _audience(campaign, now=datetime(2026, 11, 24, 14, 59, tzinfo=UTC))
    assert isinstance(recipient, Recipient)

    assert isinstance(recipient, Admitted)
    assert recipient.ground is Ground.TRANSACTION

    (excluded,) = _audience(campaign, now=datetime(2026, 11, 25, 9, tzinfo=UTC))
    assert isinstance(excluded, Excluded)
    assert excluded.reason is Exclusion.TRANSACTION_OVER
    assert excluded.detail == "2026-05-24"


def test_whoever_agreed_is_counted_by_their_consent_and_its_day(news: List) -> None:
    """K1: also where they have bought; a notice asks nobody for a ground."""
    agreed_at = NOW - timedelta(days=900)
    minji = a_member(news, consented_at=agreed_at)
    a_buyer(news, minji.email, ended_at=NOW, subscriber=minji)

    (recipient,) = _audience(a_campaign(news))
    assert isinstance(recipient, Admitted)
    assert (recipient.ground, recipient.since) == (Ground.CONSENT, agreed_at)
    (informed,) = _audience(a_campaign(news, kind=Kind.NOTICE))
    assert not isinstance(informed, Admitted)


def test_a_notice_needs_no_transaction(news: List) -> None:
    a_buyer(news, "buyer@customer.example", ended_at=NOW - timedelta(days=400))

    assert _excluded(a_campaign(news, kind=Kind.NOTICE)) == []


def test_a_transaction_must_last_until_the_campaign_is_sent(news: List) -> None:
    """Not only until the draft is prepared."""
    a_buyer(news, "buyer@customer.example", ended_at=datetime(2026, 5, 24, 9, tzinfo=UTC))
    campaign = a_campaign(news)
    Campaign.objects.update(scheduled_at=NOW + timedelta(days=2))

    (excluded,) = _audience(campaign)
    assert isinstance(excluded, Excluded)


def test_consent_lasts_when_the_transaction_is_over(news: List) -> None:
    minji = a_member(news, consented_at=NOW - timedelta(days=900))
    a_buyer(news, minji.email, ended_at=NOW - timedelta(days=400), subscriber=minji)

    assert _excluded(a_campaign(news)) == []


def test_whoever_left_the_list_is_excluded_with_the_day(news: List) -> None:
    minji = a_member(news)
    leave_list(minji, news, source="one-click", now=NOW)

    (excluded,) = _audience(a_campaign(news))

    assert isinstance(excluded, Excluded)
    assert excluded.reason is Exclusion.UNSUBSCRIBED
    assert excluded.detail == "2026-11-24"


def test_whoever_left_everything_is_excluded_from_lists_made_later(news: List) -> None:
    minji = a_member(news)
    leave_everything(minji, source="preferences page", now=NOW)
    later = a_list("나중", identifier="later")
    joining = Joining(
        subscriber=minji.pk, address=minji.address, consented_at=NOW, source="", wording=""
    )
    join_list(later, [joining], now=NOW + timedelta(days=1))

    assert _excluded(a_campaign(later)) == [(minji.email, Exclusion.UNSUBSCRIBED)]


def test_whoever_left_the_topic_is_excluded_from_its_campaigns_alone(news: List) -> None:
    minji = a_member(news)
    coupons = Topic.objects.create(name="쿠폰", identifier="coupons")
    leave_topic(minji, coupons, source="preferences page", now=NOW)
    general, about_coupons = a_campaign(news), a_campaign(news)
    Campaign.objects.filter(pk=about_coupons.pk).update(topic=coupons)

    assert _excluded(general) == []
    assert _excluded(about_coupons) == [(minji.email, Exclusion.UNSUBSCRIBED)]


def test_a_suppressed_address_is_excluded_with_the_reason(news: List) -> None:
    minji = a_member(news)
    joined_ledger().suppress(
        Suppression(
            address=minji.address,
            scope=EVERYTHING,
            reason=Reason.BOUNCE,
            since=NOW,
            detail="550 5.1.1 no such user",
        )
    )

    (excluded,) = _audience(a_campaign(news))

    assert isinstance(excluded, Excluded)
    assert excluded.reason is Exclusion.SUPPRESSED
    assert excluded.detail == "bounce: 550 5.1.1 no such user"


def test_a_large_audience_is_read_in_chunks(
    news: List, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Two queries a thousand, and never more than a thousand in memory."""
    people = [a_subscriber(f"person{number}@customer.example") for number in range(2_001)]
    join_list(
        news,
        [
            Joining(subscriber=p.pk, address=p.address, consented_at=NOW, source="", wording="")
            for p in people
        ],
        now=NOW,
    )
    campaign = a_campaign(news)

    # The campaign, its bounds, pauses, one a week; then three chunks and the empty one behind them.
    with django_assert_num_queries(4 + 4):
        recipients = _audience(campaign)

    assert [one.key for one in recipients if isinstance(one, Recipient)] == [p.key for p in people]


def test_the_plan_names_sender_list_and_what_keeps_people_out(news: List) -> None:
    campaign = a_campaign(news)
    topic = Topic.objects.create(name="쿠폰", identifier="coupons")
    Campaign.objects.update(topic=topic)

    plan = SOURCE.draft(campaign.campaign_id).plan

    assert plan.list_id == "news.shop.example"
    assert plan.scopes == (EVERYTHING, list_scope(news.pk), topic_scope(topic.pk), RESTING)
    assert plan.sender.company == "파발상점 주식회사"


def test_a_campaign_is_due_when_it_was_started_and_its_time_has_come(news: List) -> None:
    draft, now, later, over = (a_campaign(news) for _number in range(4))
    soon = NOW + timedelta(hours=1)
    started = Campaign.Status.STARTED
    Campaign.objects.filter(pk=now.pk).update(status=started, started_at=NOW)
    Campaign.objects.filter(pk=later.pk).update(status=started, started_at=NOW, scheduled_at=soon)
    Campaign.objects.filter(pk=over.pk).update(status=Campaign.Status.ENDED)

    assert SOURCE.due(now=NOW) == [now.pk]
    assert set(SOURCE.due(now=soon)) == {now.pk, later.pk}
    assert draft.pk not in SOURCE.due(now=soon)


def test_what_was_prepared_is_kept(campaign: Campaign) -> None:
    assert SOURCE.prepared_digest(campaign.campaign_id) == ""

    SOURCE.record_prepared(
        campaign.campaign_id,
        digest="d" * 64,
        recipients=198,
        excluded={Exclusion.NO_CONSENT: 2},
        tracking=Tracking.CLICKS,
        links=("https://shop.example/",),
        now=NOW,
    )

    campaign.refresh_from_db()
    assert SOURCE.prepared_digest(campaign.campaign_id) == "d" * 64
    assert (campaign.recipients, campaign.excluded) == (198, {"no consent": 2})
    assert (campaign.tracked, campaign.links) == ("clicks", ["https://shop.example/"])


def test_the_first_end_counts(campaign: Campaign) -> None:
    SOURCE.record_ended(campaign.campaign_id, explanation="", now=NOW)
    SOURCE.record_ended(campaign.campaign_id, explanation="late", now=NOW + timedelta(hours=1))

    campaign.refresh_from_db()
    assert (campaign.status, campaign.explanation) == (Campaign.Status.ENDED, "")
    assert campaign.ended_at == NOW


@pytest.mark.django_db(transaction=True)
def test_it_can_be_asked_from_another_thread(news: List) -> None:
    """The worker does so, from threads that keep their connection for a while."""
    a_member(news)
    campaign = a_campaign(news)
    found: list[Recipient | Excluded] = []

    def ask() -> None:
        found.extend(_audience(campaign))
        connection.connection.close()  # `connection.close()` leaves one to a database in memory

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()

    assert len(found) == 1


def test_a_segment_leaves_out_the_others_and_counts_them(news: List) -> None:
    """Whoever does not fit is told apart from whoever may not be mailed."""
    gold = a_member(news, "gold@x.kr")
    gold.attributes = {"grade": "GOLD"}
    gold.save()
    a_member(news, "other@x.kr")
    silent = a_member(news, "silent@x.kr", consented_at=None)
    silent.attributes = {"grade": "GOLD"}
    silent.save()
    campaign = a_campaign(news)
    keep_bounds(campaign.pk, Bounds(segments=frozenset({a_segment("grade", "gold").pk})))

    people = list(OrmCampaignSource().audience(campaign.campaign_id, now=NOW))
    assert [p.address.original for p in people if isinstance(p, Recipient)] == ["gold@x.kr"]
    assert {p.address: p.reason for p in people if isinstance(p, Excluded)} == {
        "other@x.kr": Exclusion.NOT_IN_SEGMENT,
        "silent@x.kr": Exclusion.NO_CONSENT,
    }
