"""The report says what each variant did and who decided; who may start campaigns decides there."""

import pytest
from django.test import Client

from builders.console import ACCEPTED, NOW, a_campaign, a_member, a_user, settled, started
from pabal.console.accounts.models import Role
from pabal.console.audience.models import List
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.experiments import Experiment, Setup, Variant, keep_setup
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.planning import experiment_of
from pabal.domain.experiment import Measure
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.ledger.port import RunState


@pytest.fixture
def testing(news: List) -> Campaign:
    """Whose test is out, to half of twelve people."""
    campaign = a_campaign(news)
    setup = Setup(share=50, measure=Measure.CLICKS, hours=None, others=(Variant(subject="둘"),))
    keep_setup(campaign.pk, setup)
    Campaign.objects.filter(pk=campaign.pk).update(has_experiment=True, tracked="clicks")
    campaign.refresh_from_db()
    plan = experiment_of(campaign)
    assert plan is not None
    people = [a_member(news, f"p{number}@customer.example") for number in range(12)]
    tested = [each for number, each in enumerate(people) if plan.variant(number) is not None]
    started(campaign, tested)
    settled(campaign, dict.fromkeys(_deliveries(campaign), ACCEPTED))
    Campaign.objects.filter(pk=campaign.pk).update(recipients=12)
    campaign.refresh_from_db()
    return campaign


def _deliveries(campaign: Campaign) -> list[DeliveryId]:
    name = CampaignId(campaign.pk)
    return [each.id for each in joined_ledger().deliveries(name, state=None, after=-1, limit=99)]


def _page(client: Client, campaign: Campaign, rest: str = "") -> str:
    return client.get(f"/campaigns/{campaign.pk}/{rest}").content.decode()


def test_while_it_tests_the_report_says_so_and_asks(as_bob: Client, testing: Campaign) -> None:
    page = _page(as_bob, testing)

    assert "A/B 테스트 중" in page
    assert "나머지에게 B안 보내기" in page
    assert "결정을 기다리는 메일" in page
    assert 'id="pause"' in page
    assert "A/B 테스트 중" in as_bob.get("/campaigns/").content.decode()
    table = _page(as_bob, testing, "experiment/")
    assert "(광고) 둘" in table
    assert "아무도 하지 않았습니다" in table


def test_the_moment_is_shown_once_it_is_known(as_bob: Client, testing: Campaign) -> None:
    Experiment.objects.update(hours=4)
    assert "4시간 뒤에" in _page(as_bob, testing)
    Experiment.objects.update(out_at=NOW)
    assert "2026-11-24 16:00</time>에 더 나은 쪽을" in _page(as_bob, testing), "in Seoul"


def test_one_decides_and_the_other_tab_is_told(
    as_alice: Client, as_bob: Client, testing: Campaign
) -> None:
    as_bob.post(f"/campaigns/{testing.pk}/decide/", {"variant": "1"})
    told = as_alice.post(f"/campaigns/{testing.pk}/decide/", {"variant": "0"}, follow=True)

    assert Experiment.objects.get().chosen == 1
    assert "나머지는 B안을 받습니다" in told.content.decode()
    table = _page(as_bob, testing, "experiment/")
    assert "bob@shop.example 님이 나머지에게 B안을" in table
    assert "나머지에게 B안 보내기" not in _page(as_bob, testing)


@pytest.mark.parametrize("variant", ["", "x", "-1", "9"])
def test_what_is_no_variant_decides_nothing(
    as_bob: Client, testing: Campaign, variant: str
) -> None:
    as_bob.post(f"/campaigns/{testing.pk}/decide/", {"variant": variant})
    assert Experiment.objects.get().chosen is None


def test_who_may_not_start_campaigns_decides_none(testing: Campaign) -> None:
    viewer = Client()
    viewer.force_login(a_user("eve@shop.example", role=Role.VIEWER))

    assert "보내기</button>" not in _page(viewer, testing)
    assert viewer.post(f"/campaigns/{testing.pk}/decide/", {"variant": "1"}).status_code == 403
    assert Experiment.objects.get().chosen is None


def test_what_is_cancelled_asks_nobody(as_bob: Client, testing: Campaign) -> None:
    joined_ledger().set_state(testing.campaign_id, RunState.CANCELLED, reason="", now=NOW)
    assert "나머지에게 B안 보내기" not in _page(as_bob, testing)


def test_a_story_names_the_variant(as_bob: Client, testing: Campaign) -> None:
    plan = experiment_of(testing)
    assert plan is not None
    letter = "AB"[plan.variant(0) or 0] if plan.variant(0) is not None else ""
    story = _page(as_bob, testing, f"deliveries/{_deliveries(testing)[0]}/")
    assert (f"A/B 테스트의 {letter}안" in story) == bool(letter)


def test_without_tracking_the_report_says_why_it_does_not_tell(
    as_bob: Client, testing: Campaign
) -> None:
    Campaign.objects.update(tracked="off")
    table = _page(as_bob, testing, "experiment/")
    assert "기록하지 않으므로" in table
    assert "클릭한 사람" not in table


def test_a_draft_has_no_table_yet(as_bob: Client, testing: Campaign) -> None:
    Campaign.objects.update(status="draft", started_at=None)
    assert "<table" not in _page(as_bob, testing, "experiment/")


def test_a_campaign_without_a_test_has_no_such_part(as_bob: Client, campaign: Campaign) -> None:
    assert "A/B" not in _page(as_bob, campaign, "experiment/")
    assert "A/B" not in _page(as_bob, campaign)
