"""What was decided where the console was not asked counts once, and in its time."""

from datetime import timedelta

import pytest

from builders.console import NOW
from pabal.console.audience import hearing
from pabal.console.audience.erasing import erase, installed_aliases
from pabal.console.audience.errors import ScopeUnknown
from pabal.console.audience.exchange import HeardMessage, StopNote
from pabal.console.audience.joining import return_to_list, return_to_topic
from pabal.console.audience.leaving import leave_list, leave_topic
from pabal.console.audience.models import List, Subscriber, Topic
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.drafting import add_topic
from pabal.domain.suppression import EVERYTHING, Reason, Suppression, list_scope, topic_scope

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
LATEST = NOW + timedelta(hours=2)


def _hear(subscriber: Subscriber, scope: str, *, message: str = "m1", source: str = "one-click"):
    hearing.hear_leaving(
        subscriber, scope=scope, source=source, at=NOW, message=message, now=LATEST
    )


def _status(subscriber: Subscriber) -> str:
    return subscriber.memberships.get().status


def _stops(subscriber: Subscriber, scope: str) -> dict[str, Reason]:
    found = joined_ledger().suppressions([subscriber.address], [scope]).values()
    return {stop.scope: stop.reason for stop in found}


def _come_back(subscriber: Subscriber, target: List) -> None:
    return_to_list(subscriber, target, source="preferences page", wording="동의", now=LATER)


def test_who_left_a_list_has_left_it_as_of_then(news: List, minji: Subscriber) -> None:
    _hear(minji, list_scope(news.pk))
    assert _status(minji) == "unsubscribed"
    assert _stops(minji, list_scope(news.pk)) == {list_scope(news.pk): Reason.UNSUBSCRIBED}
    last = minji.consents.order_by("pk").last()
    assert last is not None
    assert (last.action, last.source, last.happened_at) == ("withdrawn", "one-click", NOW)


def test_a_message_that_comes_again_does_nothing(news: List, minji: Subscriber) -> None:
    _hear(minji, list_scope(news.pk))
    _come_back(minji, news)
    known = minji.consents.count()
    _hear(minji, list_scope(news.pk))
    assert (_status(minji), minji.consents.count()) == ("subscribed", known)


def test_old_news_undoes_no_later_decision_and_lets_them_in_there_too(
    news: List, minji: Subscriber, named_stack: None
) -> None:
    """They left here, came back here, and only now is heard that they had left there before."""
    leave_list(minji, news, source="전화", now=NOW - timedelta(hours=1))
    _come_back(minji, news)
    StopNote.objects.all().delete()
    _hear(minji, list_scope(news.pk))
    assert _status(minji) == "subscribed"
    assert not _stops(minji, list_scope(news.pk))
    note = StopNote.objects.get()
    assert (note.address, note.scope) == (minji.address, list_scope(news.pk))


def test_who_left_everything_is_off_every_list_and_stopped(news: List, minji: Subscriber) -> None:
    _hear(minji, EVERYTHING, source="preferences page")
    assert _status(minji) == "unsubscribed"
    assert _stops(minji, EVERYTHING) == {EVERYTHING: Reason.UNSUBSCRIBED}


def test_a_complaint_takes_off_the_lists_and_stops_by_its_own_reason(
    news: List, minji: Subscriber
) -> None:
    _hear(minji, EVERYTHING, source="complained")
    assert _status(minji) == "unsubscribed"
    stop = Suppression(
        address=minji.address, scope=EVERYTHING, reason=Reason.COMPLAINT, since=NOW, detail="abuse"
    )
    hearing.hear_stop(stop, message="m2", now=LATEST)
    assert _stops(minji, EVERYTHING) == {EVERYTHING: Reason.COMPLAINT}


def test_who_came_back_since_keeps_the_newer_lists(minji: Subscriber, news: List) -> None:
    leave_list(minji, news, source="전화", now=NOW - timedelta(hours=1))
    _come_back(minji, news)
    _hear(minji, EVERYTHING, source="preferences page")
    assert _status(minji) == "subscribed"
    assert not _stops(minji, EVERYTHING)


def test_a_topic_is_left_unless_it_was_wanted_again(minji: Subscriber) -> None:
    topic: Topic = add_topic("할인")
    _hear(minji, topic_scope(topic.pk))
    assert not minji.topic_choices.get().wanted
    return_to_topic(minji, topic, source="preferences page", wording="동의", now=LATER)
    _hear(minji, topic_scope(topic.pk), message="m2")
    assert minji.topic_choices.get().wanted
    leave_topic(minji, topic, source="전화", now=LATEST)


@pytest.mark.parametrize("scope", ["list:999", "topic:999", "list:x", "everything", ""])
def test_a_scope_that_is_none_of_ours_is_refused_and_may_come_again(
    minji: Subscriber, scope: str
) -> None:
    with pytest.raises(ScopeUnknown):
        _hear(minji, scope)
    assert not HeardMessage.objects.exists()


def test_of_who_was_erased_no_address_comes_back(news: List, minji: Subscriber) -> None:
    address = minji.address
    erase(address, installed_aliases(), now=NOW)
    stop = Suppression(address=address, scope=EVERYTHING, reason=Reason.BOUNCE, since=NOW)
    hearing.hear_stop(stop, message="m1", now=LATEST)
    assert not joined_ledger().suppressions([address], [EVERYTHING])


def test_messages_are_forgotten_when_they_cannot_come_again(news: List, minji: Subscriber) -> None:
    _hear(minji, list_scope(news.pk))
    hearing.forget_messages(before=LATEST)
    assert HeardMessage.objects.exists()
    hearing.forget_messages(before=LATEST + timedelta(seconds=1))
    assert not HeardMessage.objects.exists()
