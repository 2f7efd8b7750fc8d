"""A program starts what was checked, steers it and counts what became of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from builders.console import ACCEPTED, NO_MAILBOX, a_campaign, a_member, settled, started
from console.api.calling import Caller, Prove, refused, told
from pabal.console.accounts.models import AuditEntry, Organisation
from pabal.console.audience.models import List, Subscriber
from pabal.console.campaigns import deciding
from pabal.console.campaigns.experiments import Setup, Variant, keep_setup
from pabal.console.campaigns.models import Campaign
from pabal.domain.experiment import Measure


def _start(program: Caller, campaign: Campaign, digest: str) -> Any:
    return program.ask("POST", f"campaigns/{campaign.pk}/start", {"digest": digest})


def test_a_checked_draft_is_started_with_the_digest_that_it_shows(
    shop: Caller, campaign: Campaign, prove: Prove
) -> None:
    digest = prove(campaign)
    draft = told(shop.ask("GET", f"campaigns/{campaign.pk}"))
    assert (draft["status"], draft["may_start"]) == ("draft", True)
    assert draft["check"]["passed"]
    assert draft["check"]["digest"] == digest

    running = told(_start(shop, campaign, draft["check"]["digest"]))

    assert (running["status"], running["digest"]) == ("preparing", digest)
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.STARTED


def test_a_start_that_is_repeated_is_answered_the_same_and_noted_once(
    shop: Caller, campaign: Campaign, prove: Prove
) -> None:
    """A program whose connection broke asks again."""
    digest = prove(campaign)

    first, second = (told(_start(shop, campaign, digest)) for _ in range(2))

    assert first == second
    assert AuditEntry.objects.filter(act="campaign started").count() == 1


def test_what_runs_is_not_started_with_another_digest(
    shop: Caller, campaign: Campaign, prove: Prove
) -> None:
    told(_start(shop, campaign, prove(campaign)))

    assert refused(_start(shop, campaign, "0" * 64), 409) == "not-a-draft"


def test_nothing_starts_that_was_not_checked_as_it_is(
    shop: Caller, campaign: Campaign, prove: Prove
) -> None:
    assert refused(_start(shop, campaign, "0" * 64), 409) == "not-ready"
    digest = prove(campaign)
    Campaign.objects.update(version=campaign.version + 1)

    assert not told(shop.ask("GET", f"campaigns/{campaign.pk}"))["may_start"]
    assert refused(_start(shop, campaign, digest), 409) == "not-ready"
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.DRAFT


def test_no_program_gets_round_the_second_person(
    shop: Caller, campaign: Campaign, prove: Prove
) -> None:
    digest = prove(campaign)
    Organisation.objects.update_or_create(pk=1, defaults={"needs_approval": True})

    assert refused(_start(shop, campaign, digest), 409) == "not-ready"


@pytest.mark.parametrize("digest", ["", "abc", 7, None])
def test_a_digest_is_64_hex_digits(shop: Caller, campaign: Campaign, digest: object) -> None:
    answer = shop.ask("POST", f"campaigns/{campaign.pk}/start", {"digest": digest})

    assert refused(answer, 422) == "request-invalid"
    assert answer.json()["errors"][0]["pointer"] == "#/digest"


def test_a_campaign_is_paused_resumed_and_cancelled_for_good(
    shop: Caller, campaign: Campaign, minji: Subscriber
) -> None:
    started(campaign, [minji])
    for deed, stands in (
        ("pause", "paused"),
        ("pause", "paused"),
        ("resume", "sending"),
        ("cancel", "cancelled"),
        ("cancel", "cancelled"),
    ):
        answer = told(shop.ask("POST", f"campaigns/{campaign.pk}/{deed}"))
        assert answer["status"] == stands, deed
    assert answer["deliveries"]["cancelled"] == 1
    assert refused(shop.ask("POST", f"campaigns/{campaign.pk}/resume"), 409) == "already-over"


@pytest.mark.parametrize("deed", ["pause", "resume", "cancel"])
def test_a_draft_and_what_waits_for_its_time_have_nothing_to_steer(
    shop: Caller, campaign: Campaign, deed: str
) -> None:
    assert refused(shop.ask("POST", f"campaigns/{campaign.pk}/{deed}"), 409) == "not-under-way"
    later = timezone.now() + timedelta(hours=1)
    Campaign.objects.update(status=Campaign.Status.STARTED, scheduled_at=later)

    assert refused(shop.ask("POST", f"campaigns/{campaign.pk}/{deed}"), 409) == "not-under-way"


def test_what_became_of_a_campaign_is_counted_by_state(
    viewer: Caller, campaign: Campaign, news: List, minji: Subscriber
) -> None:
    others = [a_member(news, f"p{number}@customer.example") for number in range(2)]
    sent, failed, _queued = started(campaign, [minji, *others])
    settled(campaign, {sent: ACCEPTED, failed: NO_MAILBOX})

    counted = told(viewer.ask("GET", f"campaigns/{campaign.pk}"))["deliveries"]

    assert {state: count for state, count in counted.items() if count} == {
        "sent": 1,
        "failed": 1,
        "queued": 1,
    }


def test_pages_lead_to_all_campaigns_also_to_those_of_one_moment(
    viewer: Caller, news: List
) -> None:
    made = [a_campaign(news, name=f"campaign {number}").pk for number in range(7)]
    test_mail = a_campaign(news, name="a test")
    Campaign.objects.filter(pk=test_mail.pk).update(trial_of=made[0])

    seen: list[str] = []
    after = ""
    for _page in range(3):
        page = told(viewer.ask("GET", f"campaigns?limit=3{after}"))
        seen += [row["id"] for row in page["campaigns"]]
        after = f"&after={page['next']}"

    assert page["next"] is None
    assert sorted(seen) == sorted(made)
    assert refused(viewer.ask("GET", f"campaigns/{test_mail.pk}"), 404) == "campaign-unknown"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 422),
        ("limit=101", 422),
        ("limit=x", 422),
        ("after=%00", 422),
        ("before=x", 422),
        ("after=00000000", 404),
    ],
)
def test_a_page_that_there_is_not_is_said_to_be_wrong(
    viewer: Caller, query: str, status: int
) -> None:
    refused(viewer.ask("GET", f"campaigns?{query}"), status)


def test_the_list_asks_the_database_as_often_for_many_as_for_one(
    viewer: Caller, news: List, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        a_campaign(news, name=f"campaign {number}")

    with django_assert_max_num_queries(6):
        assert len(told(viewer.ask("GET", "campaigns"))["campaigns"]) == 12


def test_an_ab_test_is_told_with_its_subjects_and_what_was_chosen(
    shop: Caller, campaign: Campaign, minji: Subscriber
) -> None:
    setup = Setup(share=50, measure=Measure.CLICKS, hours=None, others=(Variant(subject="둘"),))
    keep_setup(campaign.pk, setup)
    Campaign.objects.update(has_experiment=True, subject="하나")
    started(campaign, [minji])
    campaign.refresh_from_db()
    before = told(shop.ask("GET", f"campaigns/{campaign.pk}"))
    deciding.decide(campaign, 1, by="operator", now=timezone.now())
    after = told(shop.ask("GET", f"campaigns/{campaign.pk}"))

    assert (before["status"], before["chosen"]) == ("testing", None)
    assert before["variants"] == [
        {"letter": "A", "subject": "(광고) 하나"},
        {"letter": "B", "subject": "(광고) 둘"},
    ]
    assert (after["status"], after["chosen"]) == ("sending", "B")
