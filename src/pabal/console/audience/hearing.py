"""Decisions that were made where the console was not asked: each counts once, and in its time.

They come at least once and in any order, so each says when it was made, and undoes nothing that
was decided later.
"""

from datetime import datetime

from django.db import transaction

from pabal.console.audience.erasing import erased_among, installed_aliases
from pabal.console.audience.errors import ScopeUnknown
from pabal.console.audience.exchange import HeardMessage
from pabal.console.audience.leaving import (
    Way,
    leave_before,
    leave_everything,
    leave_list,
    leave_topic,
)
from pabal.console.audience.mirroring import let_in
from pabal.console.audience.models import List, Membership, Subscriber, Topic
from pabal.console.audience.objecting import object_to_tracking
from pabal.console.audience.suppressing import joined_ledger
from pabal.domain.consent import ConsentAction
from pabal.domain.suppression import EVERYTHING, Suppression, list_scope, topic_scope

_ASKED = frozenset(way.value for way in Way)


@transaction.atomic
def hear_leaving(
    subscriber: Subscriber,
    *,
    scope: str,
    source: str,
    at: datetime,
    message: str,
    now: datetime,
    origin: str = "",
) -> None:
    """Let somebody leave a scope, as of the moment at which they did.

    origin: from which network address they asked.

    Raises ScopeUnknown: there is no such list or topic.
    """
    if _is_known(message, now):
        return
    if scope == EVERYTHING:
        _leave_everything(subscriber, source, origin, at)
        return
    kind, _, number = scope.partition(":")
    leave = {"list": _leave_list, "topic": _leave_topic}.get(kind)
    if leave is None or not number.isdigit():
        raise ScopeUnknown(scope=scope)
    leave(subscriber, int(number), source, origin, at)


@transaction.atomic
def hear_objection(subscriber: Subscriber, *, at: datetime, message: str, now: datetime) -> None:
    """Record nothing more of somebody: also where they took it back here meanwhile."""
    if not _is_known(message, now):
        object_to_tracking(subscriber, now=at)


@transaction.atomic
def hear_stop(suppression: Suppression, *, message: str, now: datetime) -> None:
    """Suppress an address; an earlier reason stays. Of who was erased only the alias is kept."""
    if _is_known(message, now):
        return
    if not erased_among([suppression.address], installed_aliases()):
        joined_ledger().suppress(suppression)


def forget_messages(*, before: datetime) -> None:
    HeardMessage.objects.filter(heard_at__lt=before).delete()


def _is_known(message: str, now: datetime) -> bool:
    """Whether it was acted upon before; keeps that it is."""
    _row, is_new = HeardMessage.objects.get_or_create(digest=message, defaults={"heard_at": now})
    return not is_new


def _leave_everything(subscriber: Subscriber, source: str, origin: str, at: datetime) -> None:
    """What came back, such as a complaint, takes off lists; its stop is told beside it."""
    back = subscriber.consents.filter(action=ConsentAction.GRANTED.value, happened_at__gt=at)
    if source in _ASKED and not back.exists():
        leave_everything(subscriber, source=source, origin=origin, now=at)
        return
    leave_before(subscriber, source=source, at=at)
    if source in _ASKED:
        let_in(subscriber.address, EVERYTHING)  # they came back here, and are still out there


def _leave_list(
    subscriber: Subscriber, number: int, source: str, origin: str, at: datetime
) -> None:
    target = List.objects.filter(pk=number).first()
    if target is None:
        raise ScopeUnknown(scope=list_scope(number))
    on_it = subscriber.memberships.filter(list=target, status=Membership.Status.SUBSCRIBED)
    if on_it.filter(changed_at__gt=at).exists():
        let_in(subscriber.address, list_scope(number))
    else:
        leave_list(subscriber, target, source=source, origin=origin, now=at)


def _leave_topic(
    subscriber: Subscriber, number: int, source: str, origin: str, at: datetime
) -> None:
    topic = Topic.objects.filter(pk=number).first()
    if topic is None:
        raise ScopeUnknown(scope=topic_scope(number))
    wanted = subscriber.topic_choices.filter(topic=topic, wanted=True, changed_at__gt=at)
    if wanted.exists():
        let_in(subscriber.address, topic_scope(number))
    else:
        leave_topic(subscriber, topic, source=source, origin=origin, now=at)
