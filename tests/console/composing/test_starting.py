"""Nothing goes out but what was checked, and approved where that is asked for."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from builders.console import NOW, a_member, a_user
from console.composing.checking import checker
from pabal.console.accounts.models import AuditEntry, Organisation, Role, User
from pabal.console.adapters import OrmChecks
from pabal.console.audience.models import List, Subscriber
from pabal.console.campaigns import checking
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.proving import Approval, Check
from pabal.pipeline.local.checking import Checking

Filled = dict[str, str]


@pytest.fixture
def approving(db: None) -> None:
    Organisation.objects.update_or_create(pk=1, defaults={"needs_approval": True})


@pytest.fixture
def as_dave(db: None) -> Client:
    """An approver."""
    client = Client()
    client.force_login(a_user("dave@shop.example", role=Role.APPROVER))
    return client


def _ask(client: Client, campaign: Campaign, filled: Filled, **changed: str) -> None:
    answer = client.post(f"/campaigns/{campaign.pk}/save/", filled | {"do": "check"} | changed)
    assert answer["Location"] == f"/campaigns/{campaign.pk}/edit/#check"
    campaign.refresh_from_db()


def _page(client: Client, campaign: Campaign) -> str:
    return client.get(f"/campaigns/{campaign.pk}/check/").content.decode()


def _start(client: Client, campaign: Campaign) -> bool:
    digest = Check.objects.get(pk=campaign.pk).digest if Check.objects.exists() else ""
    client.post(f"/campaigns/{campaign.pk}/start/", {"digest": digest})
    campaign.refresh_from_db()
    return campaign.status == Campaign.Status.STARTED


def test_a_check_is_asked_for_done_by_a_worker_and_read(
    as_bob: Client, campaign: Campaign, filled: Filled, minji: Subscriber, worker: Checking
) -> None:
    _ask(as_bob, campaign, filled)
    assert "점검 중" in _page(as_bob, campaign)
    assert "every 1s" in _page(as_bob, campaign)

    assert worker.check_next()
    assert not worker.check_next()

    page = _page(as_bob, campaign)
    assert "보낼 준비가 되었습니다" in page
    assert "every 1s" not in page
    assert re.search(r'step-good"><a href="#check"', page), "the steps above say so too"
    assert _start(as_bob, campaign)


def test_what_keeps_it_from_going_out_is_said_with_who_it_concerns_and_where_it_is_cured(
    as_bob: Client, campaign: Campaign, filled: Filled, news: List, worker: Checking
) -> None:
    person = a_member(news, "no-coupon@customer.example")
    person.attributes = {"name": "이름만"}
    person.save()

    _ask(as_bob, campaign, filled)
    worker.check_next()

    page = _page(as_bob, campaign)
    assert "아직 보낼 수 없습니다" in page
    assert "no-coupon@customer.example" in page
    assert 'href="#content"' in page
    assert not _start(as_bob, campaign)


def test_a_template_that_cannot_be_compiled_is_the_checks_result(
    as_bob: Client, campaign: Campaign, filled: Filled, minji: Subscriber, worker: Checking
) -> None:
    _ask(as_bob, campaign, filled, body=campaign.body.replace("{{ coupon }}", "{{ coupon | no }}"))
    worker.check_next()

    page = _page(as_bob, campaign)
    assert 'href="#content" data-line=' in page
    assert not _start(as_bob, campaign)


def test_nothing_starts_unchecked(as_bob: Client, campaign: Campaign, minji: Subscriber) -> None:
    assert not _start(as_bob, campaign)


def test_a_change_behind_the_check_has_to_be_checked_again(
    as_bob: Client, campaign: Campaign, filled: Filled, minji: Subscriber, worker: Checking
) -> None:
    _ask(as_bob, campaign, filled)
    worker.check_next()
    as_bob.post(f"/campaigns/{campaign.pk}/save/", filled | {"subject": "바뀐 제목"})

    assert "내용이 바뀌었습니다" in _page(as_bob, campaign)
    assert not _start(as_bob, campaign)


def test_a_change_while_it_is_checked_makes_the_result_stale(
    as_bob: Client, campaign: Campaign, filled: Filled, minji: Subscriber, tmp_path: Path
) -> None:
    """The worker has frozen the old words when somebody saves new ones."""

    class SavedMeanwhile(OrmChecks):
        def record(self, *arguments: Any, **options: Any) -> None:
            as_bob.post(f"/campaigns/{campaign.pk}/save/", filled | {"subject": "바뀐 제목"})
            super().record(*arguments, **options)

    _ask(as_bob, campaign, filled)
    with checker(tmp_path, SavedMeanwhile()) as worker:
        worker.check_next()

    assert not _start(as_bob, campaign)


def test_the_check_of_a_worker_that_died_is_done_by_the_next(
    campaign: Campaign, alice: User
) -> None:
    checking.ask(campaign, alice, now=NOW)
    until = NOW + timedelta(minutes=5)
    assert checking.take(worker="first", now=NOW, until=until) == campaign.pk
    assert checking.take(worker="second", now=NOW, until=until) is None

    later = until + timedelta(seconds=1)
    assert checking.take(worker="second", now=later, until=later) == campaign.pk
    checking.tell(campaign.campaign_id, done=7, worker="first", until=later)
    assert Check.objects.get().done == 0, "the first one has nothing to say any more"


def test_a_page_says_when_nobody_works(as_bob: Client, campaign: Campaign, filled: Filled) -> None:
    _ask(as_bob, campaign, filled)
    Check.objects.update(asked_at=timezone.now() - timedelta(minutes=1))

    assert "pabal worker" in _page(as_bob, campaign)


def test_a_campaign_for_later_can_be_taken_back_until_its_time(
    as_bob: Client, campaign: Campaign, filled: Filled, minji: Subscriber, worker: Checking
) -> None:
    _ask(as_bob, campaign, filled, when="later", scheduled_at="2099-03-01T09:00")
    worker.check_next()
    assert _start(as_bob, campaign)

    as_bob.post(f"/campaigns/{campaign.pk}/take-back/")
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.DRAFT
    assert not _start(as_bob, campaign), "it has to be checked again"


def test_a_campaign_whose_time_has_come_is_not_taken_back(
    as_bob: Client, campaign: Campaign
) -> None:
    Campaign.objects.update(
        status=Campaign.Status.STARTED, scheduled_at=timezone.now() + timedelta(seconds=5)
    )
    as_bob.post(f"/campaigns/{campaign.pk}/take-back/")

    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.STARTED


def test_a_time_that_passes_while_it_is_checked_is_chosen_again(
    as_bob: Client, campaign: Campaign, filled: Filled, minji: Subscriber, worker: Checking
) -> None:
    _ask(as_bob, campaign, filled, when="later", scheduled_at="2099-03-01T09:00")
    worker.check_next()
    Campaign.objects.update(scheduled_at=timezone.now() - timedelta(minutes=1))

    assert "시각이 지났습니다" in _page(as_bob, campaign)
    assert not _start(as_bob, campaign)


@pytest.mark.usefixtures("approving")
def test_four_eyes_are_two_people(
    as_bob: Client,
    as_dave: Client,
    campaign: Campaign,
    filled: Filled,
    minji: Subscriber,
    worker: Checking,
) -> None:
    _ask(as_bob, campaign, filled, subject="밥이 쓴 제목")
    worker.check_next()
    assert not _start(as_bob, campaign)

    digest = {"digest": Check.objects.get().digest}
    assert as_bob.post(f"/campaigns/{campaign.pk}/approve/", digest).status_code == 403
    assert "승인하기" in as_dave.get(f"/campaigns/{campaign.pk}/review/").content.decode()
    as_dave.post(f"/campaigns/{campaign.pk}/approve/", digest)
    assert _start(as_bob, campaign)
    noted = AuditEntry.objects.filter(subject=campaign.name).values_list("who_was", "act")
    assert set(noted) == {
        ("dave@shop.example", "campaign approved"),
        ("bob@shop.example", "campaign started"),
    }


@pytest.mark.usefixtures("approving")
def test_nobody_approves_what_they_wrote(
    as_alice: Client, campaign: Campaign, filled: Filled, minji: Subscriber, worker: Checking
) -> None:
    _ask(as_alice, campaign, filled, subject="앨리스가 쓴 제목")
    worker.check_next()

    digest = {"digest": Check.objects.get().digest}
    as_alice.post(f"/campaigns/{campaign.pk}/approve/", digest)
    assert not Approval.objects.exists()
    assert not _start(as_alice, campaign)


@pytest.mark.usefixtures("approving")
def test_a_change_behind_the_approval_voids_it(
    as_bob: Client,
    as_dave: Client,
    campaign: Campaign,
    filled: Filled,
    minji: Subscriber,
    worker: Checking,
) -> None:
    _ask(as_bob, campaign, filled, subject="첫 제목")
    worker.check_next()
    digest = {"digest": Check.objects.get().digest}
    as_dave.post(f"/campaigns/{campaign.pk}/approve/", digest)

    version = {"version": str(campaign.version)}
    _ask(as_bob, campaign, filled | version, subject="둘째 제목")
    worker.check_next()
    assert not _start(as_bob, campaign)
    as_dave.post(f"/campaigns/{campaign.pk}/approve/", digest)
    assert not _start(as_bob, campaign), "the old digest approves nothing"


def test_where_mails_reach_nobody_the_page_says_so(
    as_bob: Client, campaign: Campaign, settings: Settings
) -> None:
    """The built-in mailbox is for practice; a marketer must not think that customers were told."""
    told = "아무에게도 가지 않습니다"
    assert told in _page(as_bob, campaign)
    assert told in as_bob.get("/").content.decode()
    settings.PABAL = settings.PABAL.model_copy(update={"smtp_url": "smtp://mail.example"})
    assert told not in _page(as_bob, campaign)
    assert told not in as_bob.get("/").content.decode()
