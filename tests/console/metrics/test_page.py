"""The console's /metrics: what it says of the database, and to whom."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from builders.console import (
    ACCEPTED,
    BUSY,
    NO_MAILBOX,
    NOW,
    SILENCE,
    a_campaign,
    a_member,
    finished,
    settled,
    started,
)
from builders.metrics import Scraped
from pabal.configuration.handover import WorkerPage
from pabal.console.audience.models import List
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.models import Campaign
from pabal.console.metrics.catalogue import HARM_RATIO
from pabal.console.metrics.facts import facts
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source
from pabal.domain.identity import DeliveryId
from pabal.domain.outcome import Reply
from pabal.telemetry.metrics import Labels
from servers.smtp import free_port

TOKEN = "correct-horse-battery"
HERE = {"HTTP_HOST": "127.0.0.1:8025", "REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture
def chosen(settings: Settings) -> Callable[..., None]:
    """Change Pabal's settings for a test."""

    def choose(**values: object) -> None:
        settings.PABAL = settings.PABAL.model_copy(update=values)

    return choose


def page() -> Scraped:
    answer = Client().get("/metrics", **HERE)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Scraped(answer.content.decode())


def by_state(page: Scraped, name: str) -> dict[str, float]:
    return page.by(name, "state")


def test_an_empty_installation_has_metrics(db: None) -> None:
    seen = page()
    assert seen.sum("pabal_database_up") == 1
    assert seen.sum("pabal_workers_alive") == 0
    assert seen.sum("pabal_queue_age_seconds") == 0
    assert seen.sum("pabal_campaign_promised_seconds") == 300
    assert by_state(seen, "pabal_campaigns") == {}
    assert not seen.has("pabal_campaign_last_seconds")
    assert not seen.has("pabal_worker_up")


def test_a_campaign_is_counted_where_it_stands(news: List) -> None:
    now = timezone.now()
    a_campaign(news)
    for moment in (None, now - timedelta(minutes=3), now + timedelta(hours=1)):
        waiting = a_campaign(news)
        waiting.status, waiting.started_at = "started", now - timedelta(minutes=7)
        waiting.scheduled_at = moment
        waiting.save()
    started(a_campaign(news), [a_member(news)])
    seen = page()
    assert by_state(seen, "pabal_campaigns") == {"draft": 1, "due": 2, "scheduled": 1, "running": 1}


def test_a_campaign_that_no_worker_takes_up_makes_the_queue_old(news: List) -> None:
    waiting = a_campaign(news)
    waiting.status, waiting.started_at = "started", timezone.now() - timedelta(minutes=7)
    waiting.save()
    assert 420 <= page().sum("pabal_queue_age_seconds") < 440
    waiting.scheduled_at = timezone.now() - timedelta(minutes=2)
    waiting.save()
    assert 120 <= page().sum("pabal_queue_age_seconds") < 140


def test_the_figures_are_the_ledgers(news: List) -> None:
    people = [a_member(news, f"person{n}@customer.example") for n in range(6)]
    campaign = a_campaign(news)
    deliveries = started(campaign, people)
    outcomes = [ACCEPTED, ACCEPTED, NO_MAILBOX, BUSY, SILENCE]
    settled(campaign, dict(zip(deliveries, outcomes, strict=False)), now=timezone.now())
    seen = page()
    assert by_state(seen, "pabal_deliveries") == {
        "sent": 2, "failed": 1, "queued": 2, "doubtful": 1,
    }  # fmt: skip
    assert seen.sum("pabal_deliveries_waiting_again") == 1
    assert seen.sum("pabal_doubts") == 1
    assert seen.sum("pabal_workers_alive") == 1
    assert seen.sum("pabal_quota_used") == 3  # what was refused or deferred is given back
    assert seen.sum("pabal_quota_left") == 497


def test_the_last_campaign_is_told_by_its_time_and_its_deliveries(news: List) -> None:
    campaign = a_campaign(news)
    deliveries = started(campaign, [a_member(news)])
    settled(campaign, {deliveries[0]: ACCEPTED})
    assert page().sum("pabal_campaign_running_seconds") > 0
    finished(campaign, now=NOW + timedelta(seconds=280))
    seen = page()
    assert seen.sum("pabal_campaign_last_seconds") == 280
    assert by_state(seen, "pabal_campaign_last_deliveries") == {"sent": 1}
    assert seen.sum("pabal_campaign_running_seconds") == 0


def test_what_came_back_is_weighed_against_all_mails_of_a_week(
    news: List, chosen: Callable[..., None]
) -> None:
    """The account's alarm: SES and Gmail look at all campaigns together."""
    for name in ("one", "two"):
        people = [a_member(news, f"{name}{n}@customer.example") for n in range(2)]
        campaign = a_campaign(news)
        deliveries = started(campaign, people)
        settled(campaign, dict.fromkeys(deliveries, ACCEPTED))
        _told(deliveries[0], EventKind.BOUNCED)
    _told(deliveries[1], EventKind.COMPLAINED)

    assert _shares(NOW + timedelta(hours=1)) == {}, "four mails are too few"
    chosen(pause_mails=4)
    assert _shares(NOW + timedelta(hours=1)) == {("bounces",): 0.5, ("complaints",): 0.25}
    assert _shares(NOW + timedelta(days=8)) == {}
    seen = page()
    assert seen.sum("pabal_returned_total", event="bounced", weight="hard") == 2
    assert seen.sum("pabal_returned_total", event="bounced", weight="about us") == 0
    assert seen.by("pabal_returned_total", "event") == {"bounced": 2, "complained": 1}


def _told(delivery: DeliveryId, kind: EventKind) -> None:
    event = FeedbackEvent(
        id=f"{kind.value} {delivery}",
        kind=kind,
        at=NOW,
        source=Source.SES,
        delivery=delivery,
        proof=Proof.SEALED,
        reply=Reply(code=550, enhanced="5.1.1", text="no such user"),
    )
    joined_ledger().record_event(event, policy=BouncePolicy(), now=NOW)


def _shares(now: datetime) -> Mapping[Labels, float]:
    found = [each.values for each in facts(now) if each.metric is HARM_RATIO]
    return found[0] if found else {}


def test_the_rate_is_shown_where_there_is_one(db: None, chosen: Callable[..., None]) -> None:
    assert not page().has("pabal_rate_limit")
    chosen(rate=12.5)
    assert page().sum("pabal_rate_limit") == 12.5


def test_many_campaigns_cost_no_more_queries(
    news: List, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        Campaign.objects.filter(pk=a_campaign(news).pk).update(
            status="started", started_at=timezone.now()
        )
    with django_assert_max_num_queries(4):
        page()


# To whom


def test_without_a_token_only_this_machine_reads(db: None) -> None:
    assert Client().get("/metrics", **HERE).status_code == 200
    for other in (
        {"REMOTE_ADDR": "10.0.0.7"},
        {"HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"HTTP_HOST": "evil.example"},
    ):
        answer = Client().get("/metrics", **(HERE | other))
        assert answer.status_code == 403
        assert b"only this machine" in answer.content
        assert b"pabal_" not in answer.content


def test_with_a_token_its_readers_read_by_whatever_name_leads_here(
    db: None, chosen: Callable[..., None]
) -> None:
    """No host name is wrong, so that Prometheus can call a server by its address."""
    chosen(metrics_token=TOKEN)
    asked = {"REMOTE_ADDR": "10.0.0.7", "HTTP_HOST": "10.0.0.5:8025"}
    known = {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}
    assert Client().get("/metrics", **asked, **known).status_code == 200
    assert Client().get("/metrics", **asked).status_code == 403
    assert Client().get("/metrics", **HERE).status_code == 403


def test_behind_a_proxy_nobody_reads_without_a_token(chosen: Callable[..., None]) -> None:
    chosen(base_url="https://mail.shop.example")
    answer = Client().get("/metrics", **HERE)
    assert (answer.status_code, b"PABAL_METRICS_TOKEN" in answer.content) == (403, True)


def test_signing_in_opens_nothing_and_nobody_is_sent_to_sign_in(
    as_alice: Client, chosen: Callable[..., None]
) -> None:
    chosen(metrics_token=TOKEN)
    answer = as_alice.get("/metrics", **HERE)
    assert answer.status_code == 403
    assert "Location" not in answer
    assert not answer.cookies


def test_it_is_read_only_and_kept_by_nobody(db: None) -> None:
    assert Client().head("/metrics", **HERE).status_code == 200
    assert Client().post("/metrics", **HERE).status_code == 405
    answer = Client().get("/metrics", **HERE)
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"


# Trouble


def test_a_worker_that_does_not_answer_is_said_and_hides_nothing(
    db: None, settings: Settings
) -> None:
    settings.METRICS_OF_WORKER = WorkerPage(address=f"127.0.0.1:{free_port()}", token=TOKEN)
    seen = page()
    assert seen.sum("pabal_worker_up") == 0
    assert seen.sum("pabal_database_up") == 1
