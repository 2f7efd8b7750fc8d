"""A change of address is no way around a refusal, whoever makes it."""

from collections.abc import Callable
from datetime import datetime

import pytest

from builders.console import NOW
from pabal.console.audience.editing import change_subscriber, stop_by_hand
from pabal.console.audience.leaving import leave_everything, leave_list
from pabal.console.audience.models import List, Subscriber
from pabal.console.audience.moving import ask_to_move, move
from pabal.console.audience.resting import rest
from pabal.console.audience.suppressing import joined_ledger
from pabal.domain.address import parse_address
from pabal.domain.suppression import EVERYTHING, RESTING, Reason, Suppression, list_scope

pytestmark = pytest.mark.django_db

NEW = "minji@elsewhere.example"
Change = Callable[[Subscriber], None]


def by_themselves(subscriber: Subscriber, now: datetime = NOW) -> None:
    move(ask_to_move(subscriber, NEW, now=now), now=now)


def by_hand(subscriber: Subscriber, now: datetime = NOW) -> None:
    subscriber.refresh_from_db()
    change_subscriber(subscriber, parse_address(NEW), language="ko", attributes={}, now=now)


@pytest.fixture(params=[by_themselves, by_hand])
def change(request: pytest.FixtureRequest) -> Change:
    return request.param


def stopped(scope: str) -> Reason | None:
    stop = joined_ledger().suppressions([NEW], [scope]).get(NEW)
    return stop.reason if stop else None


def befalls(subscriber: Subscriber, reason: Reason) -> None:
    joined_ledger().suppress(
        Suppression(address=subscriber.address, scope=EVERYTHING, reason=reason, since=NOW)
    )


@pytest.mark.parametrize("reason", [Reason.COMPLAINT, Reason.UNSUBSCRIBED, Reason.MANUAL])
def test_what_a_person_decided_goes_along(
    minji: Subscriber, change: Change, reason: Reason
) -> None:
    befalls(minji, reason)
    change(minji)
    assert stopped(EVERYTHING) is reason


@pytest.mark.parametrize("reason", [Reason.BOUNCE, Reason.PAUSED])
def test_what_befell_the_mailbox_stays_with_it(
    minji: Subscriber, change: Change, reason: Reason
) -> None:
    befalls(minji, reason)
    change(minji)
    assert stopped(EVERYTHING) is None


@pytest.mark.parametrize("bounces", [False, True])
def test_a_pause_goes_along(minji: Subscriber, change: Change, bounces: bool) -> None:
    if bounces:
        befalls(minji, Reason.BOUNCE)
    rest(minji, days=30, now=NOW)
    change(minji)
    assert stopped(RESTING) is Reason.RESTING


def test_a_bounce_hides_no_refusal(news: List, minji: Subscriber, change: Change) -> None:
    befalls(minji, Reason.BOUNCE)
    leave_list(minji, news, source="one-click", now=NOW)
    change(minji)
    assert stopped(EVERYTHING) is None
    assert stopped(list_scope(news.pk)) is Reason.UNSUBSCRIBED


def test_a_bounce_does_not_hide_that_everything_was_left(minji: Subscriber, change: Change) -> None:
    befalls(minji, Reason.BOUNCE)
    leave_everything(minji, source="one-click", now=NOW)
    change(minji)
    assert stopped(EVERYTHING) is Reason.UNSUBSCRIBED


def test_what_is_stopped_by_hand_after_all_is_found_at_the_new_address(
    minji: Subscriber, change: Change
) -> None:
    stop_by_hand(minji, detail="by telephone", now=NOW)
    change(minji)
    stop = joined_ledger().suppressions([NEW], [EVERYTHING])[NEW]
    assert stop.detail == "by telephone"
