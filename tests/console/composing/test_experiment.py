"""An A/B test is asked for on the draft's page, checked in all its variants, and copied."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from builders.console import a_member
from pabal.console.accounts.models import User
from pabal.console.audience.models import List, Subscriber
from pabal.console.campaigns import checking
from pabal.console.campaigns.drafting import copy_campaign
from pabal.console.campaigns.experiments import Setup, Variant
from pabal.console.campaigns.models import Campaign
from pabal.console.campaigns.planning import experiment_of
from pabal.console.campaigns.proving import Check
from pabal.console.composing.starting_points import starting_point
from pabal.domain.experiment import Measure
from pabal.domain.tracking import Tracking
from pabal.message.source import Markup
from pabal.pipeline.local.checking import Checking

Filled = dict[str, str]

AB = {
    "ab": "on",
    "subject_b": "다른 제목",
    "content_b": "same",
    "share": "20",
    "measure": "clicks",
    "decide": "hand",
    "hours": "4",
}
SECOND = Variant(subject="다른 제목")
BY_HAND = Setup(share=20, measure=Measure.CLICKS, hours=None, others=(SECOND,))


@pytest.fixture
def tracking(settings: Settings) -> None:
    settings.PABAL = settings.PABAL.model_copy(update={"tracking": Tracking.ON})


def _saved(client: Client, campaign: Campaign, filled: Filled, **changed: str) -> str:
    filled["version"] = str(Campaign.objects.get(pk=campaign.pk).version)
    answer = client.post(f"/campaigns/{campaign.pk}/save/", filled | changed)
    campaign.refresh_from_db()
    return answer.content.decode()


def _checked(campaign: Campaign, worker: Checking) -> Check:
    checking.ask(campaign, User.objects.get(email="bob@shop.example"), now=timezone.now())
    worker.check_next()
    campaign.refresh_from_db()
    return Check.objects.get(pk=campaign.pk)


def test_it_is_kept_shown_again_and_taken_out(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    assert campaign.experiment is None
    _saved(as_typing, campaign, filled, **AB)
    assert campaign.experiment == BY_HAND
    page = as_typing.get(f"/campaigns/{campaign.pk}/edit/").content.decode()
    assert 'name="ab" id="id_ab" checked' in page
    assert 'value="다른 제목"' in page

    _saved(as_typing, campaign, filled, **(AB | {"ab": ""}))
    assert campaign.experiment is None
    assert not campaign.has_experiment


def test_a_change_of_it_voids_what_was_checked(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    _saved(as_typing, campaign, filled, **AB)
    Campaign.objects.update(prepared_digest="d" * 64)
    _saved(as_typing, campaign, filled, **AB)
    assert campaign.prepared_digest, "nothing has changed"
    _saved(as_typing, campaign, filled, **(AB | {"share": "30"}))
    assert not campaign.prepared_digest


def test_contents_and_more_subjects_are_kept(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    own = {"content_b": "own", "markup_b": "html", "body_b": "<p>둘</p>\r\n"}
    more = {"subject_d": "네 번째", "preview_b": "미리 보기"}
    _saved(as_typing, campaign, filled, **(AB | own), **more)

    setup = campaign.experiment
    assert setup is not None
    assert setup.others == (
        Variant(subject="다른 제목", preview_text="미리 보기", body="<p>둘</p>\n", markup="html"),
        Variant(subject="네 번째"),
    )
    page = as_typing.get(f"/campaigns/{campaign.pk}/edit/").content.decode()
    assert all(text in page for text in ("네 번째", "미리 보기", "&lt;p&gt;둘&lt;/p&gt;"))


def test_a_template_takes_the_place_of_what_b_says(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    own = AB | {"content_b": "own", "markup_b": "html", "body_b": "<p>둘</p>", "take_b": "letter"}
    answer = as_typing.post(f"/campaigns/{campaign.pk}/save/", filled | own)

    campaign.refresh_from_db()
    assert answer["HX-Refresh"] == "true", "the editor shows another source"
    assert campaign.sources()[1].body == starting_point("letter").source().body
    assert campaign.sources()[1].markup is Markup.MJML
    page = as_typing.get(f"/campaigns/{campaign.pk}/edit/").content.decode()
    assert 'value="letter" selected' not in page


def test_a_page_from_before_it_takes_no_test_out(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    _saved(as_typing, campaign, filled, **AB)
    _saved(as_typing, campaign, filled, name="anders")
    assert campaign.experiment == BY_HAND


def test_where_clicks_are_not_recorded_only_a_person_decides(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    page = _saved(as_typing, campaign, filled, **(AB | {"decide": "hours"}))
    assert "PABAL_TRACKING" in page
    assert campaign.experiment is None

    _saved(as_typing, campaign, filled, **AB)
    assert campaign.experiment == BY_HAND


def test_where_everybody_tests_clicks_need_not_be_recorded(
    as_typing: Client, campaign: Campaign, filled: Filled, minji: Subscriber, worker: Checking
) -> None:
    """There is nothing to decide."""
    _saved(as_typing, campaign, filled, **(AB | {"share": "100", "decide": "hours"}))
    assert campaign.experiment is not None
    assert _checked(campaign, worker).passed


def test_what_a_campaign_does_not_record_cannot_decide_it(
    as_typing: Client, campaign: Campaign, filled: Filled, tracking: None
) -> None:
    by_itself = AB | {"decide": "hours"}
    _saved(as_typing, campaign, filled, **by_itself, tracking="opens")
    assert campaign.experiment is None
    _saved(as_typing, campaign, filled, **(by_itself | {"measure": "opens"}), tracking="opens")
    assert campaign.experiment is not None
    assert (campaign.experiment.hours, campaign.experiment.measure) == (4, Measure.OPENS)


def test_it_does_not_go_together_with_clocks_nor_with_aws(
    as_typing: Client, campaign: Campaign, filled: Filled, news: List, settings: Settings
) -> None:
    person = a_member(news)
    Subscriber.objects.filter(pk=person.pk).update(attributes={"zone": "Europe/Berlin"})
    local = {"when": "local", "scheduled_at": "2030-01-04T09:00", "zone_attribute": "zone"}
    page = _saved(as_typing, campaign, filled, **AB, **local)
    assert "함께 쓸 수 없습니다" in page
    assert campaign.experiment is None

    settings.PABAL = settings.PABAL.model_copy(update={"pipeline": "aws"})
    page = _saved(as_typing, campaign, filled, **AB)
    assert "AWS로 보내는 캠페인" in page
    assert campaign.experiment is None


def test_the_page_says_how_many_people_that_is(
    as_typing: Client, campaign: Campaign, filled: Filled, news: List
) -> None:
    for number in range(10):
        a_member(news, f"p{number}@customer.example")
    _saved(as_typing, campaign, filled, **(AB | {"share": "40"}))

    said = as_typing.get(f"/campaigns/{campaign.pk}/reach/").content.decode()
    assert "약 2명이 A안" in said
    assert "6명은 결정을 기다립니다" in said


def test_each_variant_is_previewed_and_sent_as_a_test(
    as_typing: Client, campaign: Campaign, filled: Filled, minji: Subscriber
) -> None:
    _saved(as_typing, campaign, filled, **AB)
    preview = f"/campaigns/{campaign.pk}/preview/"

    assert "다른 제목" not in as_typing.get(preview).content.decode()
    assert "(광고) 다른 제목" in as_typing.get(preview, {"variant": "1"}).content.decode()
    assert as_typing.get(preview, {"variant": "7"}).status_code == 200
    as_typing.post(f"/campaigns/{campaign.pk}/test/", {"addresses": "bob@shop.example"})
    trials = Campaign.objects.filter(trial_of=campaign, status="started")
    assert sorted(trials.values_list("subject", flat=True)) == sorted(
        [campaign.subject, "다른 제목"]
    )


def test_every_variant_is_proved_for_everybody_who_may_get_it(
    as_typing: Client, campaign: Campaign, filled: Filled, news: List, worker: Checking
) -> None:
    """But for those who test A: they never get B."""
    for number in range(30):
        a_member(news, f"p{number}@customer.example")
    _saved(as_typing, campaign, filled, **(AB | {"subject_b": "{{ nickname }}님께"}))
    check = _checked(campaign, worker)

    plan = experiment_of(campaign)
    assert plan is not None
    assert not check.passed
    [finding] = [each for each in check.findings if each["code"] == "missing-value"]
    assert finding["details"]["variant"] == "B"
    assert finding["count"] == sum(plan.variant(position) != 0 for position in range(30))
    page = as_typing.get(f"/campaigns/{campaign.pk}/check/").content.decode()
    assert "B안:" in page


def test_a_variant_that_the_first_on_the_list_never_gets_is_looked_at_for_who_does(
    as_typing: Client, campaign: Campaign, filled: Filled, news: List, worker: Checking
) -> None:
    """They lack a value that B needs, and need not have it."""
    people = [a_member(news, f"p{number}@customer.example") for number in range(30)]
    _saved(as_typing, campaign, filled, **(AB | {"subject_b": "답장: {{ nickname }}님께"}))
    plan = experiment_of(campaign)
    assert plan is not None
    for position, person in enumerate(people):
        if plan.variant(position) != 0:
            attributes = person.attributes | {"nickname": "친구"}
            Subscriber.objects.filter(pk=person.pk).update(attributes=attributes)
    check = _checked(campaign, worker)

    found = {each["code"]: each["details"].get("variant") for each in check.findings}
    assert "missing-value" not in found
    assert found["false-reply"] == "B"


def test_two_variants_that_are_one_mail_are_no_test(
    as_typing: Client, campaign: Campaign, filled: Filled, minji: Subscriber, worker: Checking
) -> None:
    _saved(as_typing, campaign, filled, **(AB | {"subject_b": ""}))
    check = _checked(campaign, worker)

    assert "experiment-same" in {each["code"] for each in check.findings}
    _saved(as_typing, campaign, filled, **AB)
    check = _checked(campaign, worker)
    assert check.passed, check.findings


def test_whoever_approves_sees_both_and_another_subject_has_another_digest(
    as_typing: Client, campaign: Campaign, filled: Filled, minji: Subscriber, worker: Checking
) -> None:
    digests = set()
    for subject in ("하나", "둘"):
        _saved(as_typing, campaign, filled, **(AB | {"subject_b": subject}))
        digests.add(_checked(campaign, worker).digest)
    page = as_typing.get(f"/campaigns/{campaign.pk}/review/").content.decode()

    assert len(digests) == 2
    assert "(광고) 둘" in page
    assert "수신자의 20%가 시험 대상입니다" in page
    assert "누군가 정할 때까지" in page


def test_a_copy_has_the_same_test_and_nothing_of_its_decision(
    as_typing: Client, campaign: Campaign, filled: Filled
) -> None:
    _saved(as_typing, campaign, filled, **AB)
    row: Any = campaign.experiment_row  # type: ignore[attr-defined]
    type(row).objects.update(chosen=1)

    made = copy_campaign(campaign, now=campaign.created_at)
    assert made.experiment == BY_HAND
    assert type(row).objects.get(pk=made.pk).chosen is None
