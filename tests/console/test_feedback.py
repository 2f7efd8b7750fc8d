"""What comes back is durable, and whoever complains has left, when the step returns."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from builders.console import ACCEPTED, NOW, a_campaign, a_list, settled, started
from pabal.console.adapters import OrmAudience
from pabal.console.audience.models import Consent, List, Membership, Subscriber
from pabal.console.audience.objecting import object_to_tracking
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.models import Campaign
from pabal.domain.bouncing import BouncePolicy, Weight
from pabal.domain.engagement import Hit, Sign
from pabal.domain.event import SAID_NOTHING, EventKind, FeedbackEvent, Proof, Source
from pabal.domain.identity import DeliveryId
from pabal.domain.outcome import Reply
from pabal.domain.reputation import Limits
from pabal.domain.suppression import EVERYTHING, Reason
from pabal.domain.tracking import Tracking
from pabal.ledger.errors import LedgerUnavailable
from pabal.ledger.port import Recorded
from pabal.pipeline.ports import Audience
from pabal.pipeline.steps.feedback import apply_event

pytestmark = pytest.mark.django_db

AUDIENCE: Audience = OrmAudience()
LATER = NOW + timedelta(hours=1)
LIMITS = Limits(mails=1, people=1)


def _event(
    delivery: DeliveryId, kind: EventKind = EventKind.COMPLAINED, reply: Reply = SAID_NOTHING
) -> FeedbackEvent:
    return FeedbackEvent(
        id=f"{kind.value} {delivery}",
        kind=kind,
        at=LATER,
        source=Source.ARF,
        delivery=delivery,
        proof=Proof.SEALED,
        reply=reply,
        label="abuse",
    )


def _apply(event: FeedbackEvent, audience: Audience = AUDIENCE) -> Recorded:
    return apply_event(
        event,
        ledger=joined_ledger(),
        audience=audience,
        policy=BouncePolicy(),
        limits=LIMITS,
        now=LATER,
    )


def _sent(campaign: Campaign, subscriber: Subscriber) -> DeliveryId:
    (delivery,) = started(campaign, [subscriber])
    settled(campaign, {delivery: ACCEPTED})
    return delivery


def _reason(subscriber: Subscriber) -> Reason | None:
    address = subscriber.address
    stop = joined_ledger().suppressions([address], [EVERYTHING]).get(address)
    return stop.reason if stop else None


def _statuses(subscriber: Subscriber) -> set[str]:
    return set(subscriber.memberships.values_list("status", flat=True))


def test_a_complaint_suppresses_and_unsubscribes(campaign: Campaign, minji: Subscriber) -> None:
    """S21: "complaint -> suppress"; K4: whoever refuses is not mailed again."""
    _apply(_event(_sent(campaign, minji)))

    assert _reason(minji) is Reason.COMPLAINT
    assert _statuses(minji) == {Membership.Status.UNSUBSCRIBED.value}
    last = Consent.objects.filter(subscriber=minji).order_by("pk").last()
    assert last is not None
    assert (last.action, last.source, last.happened_at) == ("withdrawn", "complained", LATER)


def test_told_again_it_changes_nothing(campaign: Campaign, minji: Subscriber) -> None:
    event = _event(_sent(campaign, minji))
    assert _apply(event).is_new
    records = Consent.objects.count()

    assert not _apply(event).is_new
    assert Consent.objects.count() == records


class _OutOfReachOnce:
    """A database that goes away between the two halves."""

    def __init__(self) -> None:
        self.calls = 0

    def leave(self, delivery: DeliveryId, **told: object) -> None:
        self.calls += 1
        if self.calls == 1:
            raise LedgerUnavailable(reason="restarted")
        AUDIENCE.leave(delivery, **told)  # type: ignore[arg-type]


def test_a_failure_between_the_halves_is_mended_by_repeating(
    campaign: Campaign, minji: Subscriber
) -> None:
    event, audience = _event(_sent(campaign, minji)), _OutOfReachOnce()
    with pytest.raises(LedgerUnavailable):
        _apply(event, audience)
    assert _statuses(minji) == {Membership.Status.SUBSCRIBED.value}

    _apply(event, audience)
    assert _statuses(minji) == {Membership.Status.UNSUBSCRIBED.value}


def test_old_news_does_not_undo_a_later_decision(
    campaign: Campaign, minji: Subscriber, news: List
) -> None:
    event = _event(_sent(campaign, minji))
    minji.memberships.update(changed_at=LATER + timedelta(days=1))

    _apply(event)
    assert _statuses(minji) == {Membership.Status.SUBSCRIBED.value}
    assert _reason(minji) is Reason.COMPLAINT, "the address is still not mailed"


def test_every_list_is_left(campaign: Campaign, minji: Subscriber) -> None:
    other = a_list("다른 소식", identifier="other")
    Membership.objects.create(subscriber=minji, list=other, changed_at=NOW)

    _apply(_event(_sent(campaign, minji)))
    assert _statuses(minji) == {Membership.Status.UNSUBSCRIBED.value}


@pytest.mark.parametrize(
    ("kind", "reply", "reason", "weight"),
    [
        (EventKind.BOUNCED, Reply(code=550, enhanced="5.1.1"), Reason.BOUNCE, Weight.HARD),
        (EventKind.BOUNCED, Reply(code=552, enhanced="5.2.2"), None, Weight.SOFT),
        (EventKind.BOUNCED, Reply(code=550, enhanced="5.7.1"), None, Weight.ABOUT_US),
        (EventKind.DELIVERED, Reply(code=250), None, Weight.REACHED),
    ],
)
def test_nothing_else_unsubscribes(
    campaign: Campaign,
    minji: Subscriber,
    kind: EventKind,
    reply: Reply,
    reason: Reason | None,
    weight: Weight,
) -> None:
    assert _apply(_event(_sent(campaign, minji), kind, reply)).weight is weight
    assert _reason(minji) is reason
    assert _statuses(minji) == {Membership.Status.SUBSCRIBED.value}


def test_a_refusal_that_is_about_us_is_told_of_no_address(
    campaign: Campaign, minji: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    """1a, 5.7.x: "no - stop the domain, alarm". No address is in the log."""
    refused = Reply(code=550, enhanced="5.7.26", text="unauthenticated")
    _apply(_event(_sent(campaign, minji), EventKind.BOUNCED, refused))

    (record,) = [each for each in caplog.records if each.levelname == "WARNING"]
    assert "about us" in record.getMessage()
    assert minji.address not in caplog.text


def test_whoever_was_erased_has_nothing_to_leave(campaign: Campaign) -> None:
    AUDIENCE.leave(DeliveryId(f"{campaign.pk}-zz"), source="complained", at=LATER)


def test_the_pages_tell_what_came_back(
    as_alice: Client, campaign: Campaign, minji: Subscriber, news: List
) -> None:
    delivery = _sent(campaign, minji)
    bounced = Reply(code=550, enhanced="5.1.1", text="<b>no such user</b>")
    _apply(_event(delivery, EventKind.BOUNCED, bounced))

    story = as_alice.get(f"/campaigns/{campaign.pk}/deliveries/{delivery}/").content.decode()
    assert "반송됨" in story
    assert "없는 메일함" in story
    assert "550 5.1.1 &lt;b&gt;no such user&lt;/b&gt;" in story
    report = as_alice.get(f"/campaigns/{campaign.pk}/").content.decode()
    assert "없는 메일함" in report
    assert "영구 반송 100.00%, 스팸 신고 0.00%" in report
    assert "반송이 너무 많아 스스로 멈췄습니다" in report
    quiet = a_campaign(news, name="quiet")
    assert "되돌아온 소식" not in as_alice.get(f"/campaigns/{quiet.pk}/").content.decode()


@pytest.mark.parametrize("allowed", list(Tracking))
@pytest.mark.parametrize("objects", [False, True])
def test_of_an_open_only_what_is_allowed_is_kept(
    campaign: Campaign, minji: Subscriber, settings: Settings, allowed: Tracking, objects: bool
) -> None:
    """What it proves is kept in any case: the mail arrived."""
    settings.PABAL = settings.PABAL.model_copy(update={"tracking": allowed})
    delivery = _sent(campaign, minji)
    if objects:
        object_to_tracking(minji, now=NOW)
    opened = Hit(delivery=delivery, kind=EventKind.OPENED, sign=Sign.APPLE, at=LATER)
    recorded = _apply(replace(_event(delivery, EventKind.OPENED), hit=opened))

    assert (recorded.weight, recorded.is_new) == (Weight.REACHED, True)
    (event,) = joined_ledger().events(delivery)
    seen = allowed.sees_opens and not objects
    assert event.kind is (EventKind.OPENED if seen else EventKind.DELIVERED)
    assert len(joined_ledger().hits(delivery)) == seen
