"""Joining a list and coming back to it."""

from datetime import datetime, timedelta

import pytest

from builders.console import NOW, a_list, a_member, a_subscriber
from pabal.console.audience.joining import Joining, join_list, return_to_list
from pabal.console.audience.leaving import leave_everything, leave_list
from pabal.console.audience.models import Consent, List, Membership, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.ledger_tables import LedgerSuppression
from pabal.domain.suppression import EVERYTHING, Reason, Suppression, list_scope

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def _joining(subscriber: Subscriber, consented_at: datetime | None) -> Joining:
    return Joining(
        subscriber=subscriber.pk,
        address=subscriber.address,
        consented_at=consented_at,
        source="customers.csv row 2",
        wording="광고성 정보 수신동의",
    )


def _status(subscriber: Subscriber) -> str:
    return Membership.objects.get(subscriber=subscriber).status


def test_joining_keeps_when_and_how_they_agreed() -> None:
    news, minji = a_list(), a_subscriber()

    joined = join_list(news, [_joining(minji, NOW - DAY)], now=NOW)

    assert joined.added == {minji.pk}
    assert Membership.objects.get().consented_at == NOW - DAY
    consent = Consent.objects.get()
    assert (consent.source, consent.happened_at) == ("customers.csv row 2", NOW - DAY)
    assert consent.recorded_at == NOW


def test_joining_without_consent_is_no_consent() -> None:
    news, minji = a_list(), a_subscriber()

    join_list(news, [_joining(minji, None)], now=NOW)

    assert Membership.objects.get().consented_at is None
    assert not Consent.objects.exists()


def test_joining_twice_changes_nothing() -> None:
    news, minji = a_list(), a_subscriber()

    join_list(news, [_joining(minji, NOW - DAY)], now=NOW)
    joined = join_list(news, [_joining(minji, NOW - DAY)], now=NOW)

    assert joined.already_there == {minji.pk}
    assert Consent.objects.count() == 1


def test_whoever_left_stays_away(news: List) -> None:
    """망법 50(2): an old consent in a file does not undo a later refusal."""
    minji = a_member(news)
    leave_list(minji, news, source="one-click", now=NOW)

    joined = join_list(news, [_joining(minji, NOW - DAY)], now=NOW + DAY)

    assert joined.left_before == {minji.pk}
    assert _status(minji) == "unsubscribed"
    assert LedgerSuppression.objects.count() == 1


def test_a_younger_consent_brings_them_back(news: List) -> None:
    minji = a_member(news)
    leave_list(minji, news, source="one-click", now=NOW)

    joined = join_list(news, [_joining(minji, NOW + DAY)], now=NOW + 2 * DAY)

    assert joined.returned == {minji.pk}
    assert _status(minji) == "subscribed"
    assert not LedgerSuppression.objects.exists()


def test_coming_back_does_not_lift_a_bounce(news: List) -> None:
    minji = a_member(news)
    bounce = Suppression(
        address=minji.address, scope=EVERYTHING, reason=Reason.BOUNCE, since=NOW, detail="550"
    )
    joined_ledger().suppress(bounce)
    leave_list(minji, news, source="one-click", now=NOW)

    assert return_to_list(minji, news, source="undo", wording="다시", now=NOW + DAY)

    assert LedgerSuppression.objects.get().why is Reason.BOUNCE


def test_coming_back_does_not_lift_a_stop_by_hand(news: List) -> None:
    minji, scope = a_member(news), list_scope(news.pk)
    by_hand = Suppression(address=minji.address, scope=scope, reason=Reason.MANUAL, since=NOW)
    joined_ledger().suppress(by_hand)
    leave_list(minji, news, source="one-click", now=NOW)

    return_to_list(minji, news, source="undo", wording="다시", now=NOW + DAY)

    assert LedgerSuppression.objects.get().why is Reason.MANUAL


def test_who_never_left_has_nothing_to_return_to(news: List) -> None:
    minji = a_member(news)

    assert not return_to_list(minji, news, source="undo", wording="다시", now=NOW)
    assert Consent.objects.count() == 1


def test_an_import_does_not_bring_back_whoever_left_everything(news: List) -> None:
    minji = a_member(news)
    leave_everything(minji, source="preferences page", now=NOW)
    other = a_list("쿠폰", identifier="coupons")

    join_list(other, [_joining(minji, NOW + DAY)], now=NOW + 2 * DAY)

    assert joined_ledger().suppressions([minji.address], [list_scope(other.pk)])
