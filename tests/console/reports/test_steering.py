"""A campaign is paused, resumed and cancelled from its page, and doubts are settled there."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from builders.console import (
    ACCEPTED,
    NOW,
    SILENCE,
    a_campaign,
    a_member,
    finished,
    settled,
    started,
)
from pabal.console.audience.models import List
from pabal.console.audience.own_transactions import ledger_of_request
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.ledger_tables import LedgerDelivery, LedgerHistory, LedgerRun
from pabal.console.campaigns.models import Campaign
from pabal.domain.delivery import State


@pytest.fixture
def running(news: List) -> Campaign:
    campaign = a_campaign(news)
    started(campaign, [a_member(news, f"p{number}@customer.example") for number in range(3)])
    return campaign


def _state(campaign: Campaign) -> str:
    return LedgerRun.objects.get(pk=campaign.pk).state


def _page(client: Client, campaign: Campaign) -> str:
    return client.get(f"/campaigns/{campaign.pk}/").content.decode()


def test_pause_and_resume_work_at_once_and_every_tab_sees_it(
    as_alice: Client, as_bob: Client, running: Campaign
) -> None:
    as_bob.post(f"/campaigns/{running.pk}/pause/")
    assert _state(running) == "paused"
    assert 'id="resume"' in as_alice.get(f"/campaigns/{running.pk}/live/").content.decode()

    as_alice.post(f"/campaigns/{running.pk}/resume/")
    assert _state(running) == "running"
    assert 'id="pause"' in _page(as_bob, running)


def test_cancelling_asks_first_and_then_cancels_what_is_left(
    as_bob: Client, running: Campaign
) -> None:
    asked = as_bob.get(f"/campaigns/{running.pk}/cancel/").content.decode()
    assert "되돌릴 수 없습니다" in asked
    assert _state(running) == "running"

    as_bob.post(f"/campaigns/{running.pk}/cancel/")
    assert _state(running) == "cancelled"
    assert joined_ledger().counts(running.campaign_id) == {State.CANCELLED: 3}
    as_bob.post(f"/campaigns/{running.pk}/resume/")
    assert _state(running) == "cancelled", "what was cancelled stays so"


def test_a_campaign_that_no_worker_has_seen_yet_can_be_paused(
    as_bob: Client, campaign: Campaign
) -> None:
    Campaign.objects.update(status=Campaign.Status.STARTED, started_at=NOW)

    as_bob.post(f"/campaigns/{campaign.pk}/pause/")
    assert _state(campaign) == "paused"


def test_a_draft_and_a_scheduled_campaign_have_nothing_to_pause(
    as_bob: Client, campaign: Campaign
) -> None:
    assert as_bob.post(f"/campaigns/{campaign.pk}/pause/").status_code == 404

    later = timezone.now() + timedelta(days=1)
    Campaign.objects.update(status=Campaign.Status.STARTED, scheduled_at=later)
    as_bob.post(f"/campaigns/{campaign.pk}/pause/")
    assert not LedgerRun.objects.exists()
    assert "take-back" in _page(as_bob, campaign)


def test_a_page_says_when_nobody_sends(as_bob: Client, running: Campaign) -> None:
    assert "pabal worker" in _page(as_bob, running)

    until = timezone.now() + timedelta(minutes=1)

    ledger_of_request().heartbeat("somebody", until=until)
    assert "pabal worker" not in _page(as_bob, running)


@pytest.fixture
def doubtful(running: Campaign) -> LedgerDelivery:
    rows = list(LedgerDelivery.objects.order_by("position"))
    outcomes = dict(zip([row.pk for row in rows], [SILENCE, ACCEPTED, ACCEPTED], strict=True))
    settled(running, outcomes)
    finished(running)
    Campaign.objects.update(status=Campaign.Status.ENDED)
    return LedgerDelivery.objects.get(state=State.DOUBTFUL.value)


def test_a_person_says_that_a_doubtful_mail_arrived(
    as_bob: Client, running: Campaign, doubtful: LedgerDelivery
) -> None:
    assert "도착했습니다" in _page(as_bob, running)
    path = f"/campaigns/{running.pk}/deliveries/{doubtful.pk}/settle/"
    as_bob.post(path, {"found": "arrived"})

    doubtful.refresh_from_db()
    assert doubtful.state == State.SENT.value
    assert LedgerHistory.objects.filter(delivery=doubtful.pk).latest("pk").text == (
        "bob@shop.example"
    )


def test_a_person_has_it_sent_again_and_the_campaign_goes_on(
    as_bob: Client, running: Campaign, doubtful: LedgerDelivery
) -> None:
    path = f"/campaigns/{running.pk}/deliveries/{doubtful.pk}/settle/"
    as_bob.post(path, {"found": "again"})

    doubtful.refresh_from_db()
    running.refresh_from_db()
    assert doubtful.state == State.QUEUED.value
    assert (_state(running), running.status) == ("running", Campaign.Status.STARTED)

    answer = as_bob.post(path, {"found": "arrived"}, follow=True)
    assert answer.status_code == 200
    doubtful.refresh_from_db()
    assert doubtful.state == State.QUEUED.value, "the second of two people changes nothing"
