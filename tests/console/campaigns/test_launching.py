"""A campaign on its way to AWS: started once, handed over once, taken back until its time."""

import pytest
from django.utils import timezone
from django.utils.translation import gettext, override
from pytest_django import Settings

from builders.console import NOW, a_campaign
from pabal.console.adapters import OrmCampaignSource
from pabal.console.audience.conditions import Test as Question
from pabal.console.audience.models import List
from pabal.console.campaigns import launching
from pabal.console.campaigns.drafting import mark_started
from pabal.console.campaigns.errors import HitsOnAws, SentOnAws
from pabal.console.campaigns.models import Campaign
from pabal.console.segments.activity import activity, recent_use
from pabal.pipeline.aws.errors import ServiceUnavailable

pytestmark = pytest.mark.django_db

DIGEST = "d" * 64
HANDOVERS = launching.RequestHandovers()


@pytest.fixture
def on_aws(settings: Settings, named_stack: None) -> None:
    changes = {"pipeline": "aws", "transport": "ses"}
    settings.PABAL = settings.PABAL.model_copy(update=changes)


@pytest.fixture
def started(on_aws: None, news: List) -> Campaign:
    campaign = a_campaign(news)
    Campaign.objects.filter(pk=campaign.pk).update(prepared_digest=DIGEST)
    assert mark_started(campaign, digest=DIGEST, now=NOW)
    return campaign


def test_workers_here_leave_it_alone(started: Campaign) -> None:
    assert OrmCampaignSource().due(now=timezone.now()) == []
    [waiting] = HANDOVERS.waiting()
    assert (waiting.campaign, waiting.digest, waiting.starts_at) == (started.pk, DIGEST, None)


def test_what_was_started_before_stays_with_the_workers_here(
    news: List, settings: Settings
) -> None:
    campaign = a_campaign(news)
    Campaign.objects.filter(pk=campaign.pk).update(prepared_digest=DIGEST)
    mark_started(campaign, digest=DIGEST, now=NOW)
    settings.PABAL = settings.PABAL.model_copy(update={"pipeline": "aws", "transport": "ses"})
    assert OrmCampaignSource().due(now=timezone.now()) == [campaign.pk]
    assert HANDOVERS.waiting() == []


def test_it_is_handed_over_once(started: Campaign) -> None:
    [waiting] = HANDOVERS.waiting()
    assert HANDOVERS.record_done(waiting, execution="arn", now=NOW)
    assert HANDOVERS.waiting() == []
    assert launching.waiting_one(started.pk) is None


def test_what_was_taken_back_while_it_was_handed_over_is_said(started: Campaign) -> None:
    [waiting] = HANDOVERS.waiting()
    Campaign.objects.filter(pk=started.pk).update(status="draft")
    launching.forget(started)
    assert not HANDOVERS.record_done(waiting, execution="arn", now=NOW)


def test_why_it_waits_is_told_in_korean_until_it_does_not(started: Campaign) -> None:
    error = ServiceUnavailable(service="AWS Step Functions", reason="timed out")
    HANDOVERS.record_trouble(started.campaign_id, error, now=NOW)
    with override("ko"):
        told = launching.trouble_of(started, gettext)
    assert "AWS Step Functions" in told
    assert "timed out" in told
    assert error.message.format(**error.details) not in told
    HANDOVERS.record_done(HANDOVERS.waiting()[0], execution="arn", now=NOW)
    assert launching.trouble_of(started, gettext) == ""


def test_nobody_is_searched_for_by_what_only_aws_knows(started: Campaign) -> None:
    """“Was not sent it” would be everybody."""
    with pytest.raises(SentOnAws):
        activity(Question.NOT_SENT, started.pk, NOW)
    with pytest.raises(HitsOnAws):
        recent_use(Question.USED_NOT, NOW)
