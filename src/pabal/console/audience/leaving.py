"""Leaving: a list, a topic, or everything. Doing it twice changes nothing."""

import enum
from datetime import datetime

from django.db import transaction

from pabal.console.audience import consenting
from pabal.console.audience.models import List, Membership, Subscriber, Topic, TopicChoice
from pabal.console.audience.suppressing import suppress_leaver
from pabal.domain.consent import ConsentAction, ConsentRecord
from pabal.domain.suppression import EVERYTHING, list_scope, topic_scope


class Way(enum.Enum):
    """How a subscriber decides for themselves; kept as the source of the record."""

    ONE_CLICK = "one-click"  # the mail program's own button, RFC 8058
    MAIL = "mail"  # to the address in List-Unsubscribe, RFC 2369 3.2
    CONFIRM_PAGE = "confirm page"
    PREFERENCES = "preferences page"


@transaction.atomic
def leave_list(
    subscriber: Subscriber, target: List, *, source: str, origin: str = "", now: datetime
) -> bool:
    """Take a subscriber off a list for good. Return whether they were on it.

    source: how they asked for it: Way, or an operator's words. origin: from which network
    address.

    When it returns and the transaction around it commits, no mail to the list that has
    not begun goes to them any more.
    """
    suppress_leaver(subscriber, list_scope(target.pk), source=source, now=now)
    membership, is_new = Membership.objects.select_for_update().get_or_create(
        subscriber=subscriber,
        list=target,
        defaults={"status": Membership.Status.UNSUBSCRIBED, "changed_at": now},
    )
    if not is_new and membership.status == Membership.Status.UNSUBSCRIBED:
        return False
    membership.status = Membership.Status.UNSUBSCRIBED
    membership.changed_at = now
    membership.save(update_fields=["status", "changed_at"])
    _withdraw(subscriber, list_scope(target.pk), source=source, origin=origin, now=now)
    return True


@transaction.atomic
def leave_topic(
    subscriber: Subscriber, topic: Topic, *, source: str, origin: str = "", now: datetime
) -> bool:
    """Stop mails about a topic. Return whether they were wanted."""
    suppress_leaver(subscriber, topic_scope(topic.pk), source=source, now=now)
    choice, is_new = TopicChoice.objects.select_for_update().get_or_create(
        subscriber=subscriber, topic=topic, defaults={"wanted": False, "changed_at": now}
    )
    if not is_new and not choice.wanted:
        return False
    choice.wanted = False
    choice.changed_at = now
    choice.save(update_fields=["wanted", "changed_at"])
    _withdraw(subscriber, topic_scope(topic.pk), source=source, origin=origin, now=now)
    return True


@transaction.atomic
def leave_everything(
    subscriber: Subscriber, *, source: str, origin: str = "", now: datetime
) -> None:
    """Leave every list, and get nothing from one that is made later."""
    suppress_leaver(subscriber, EVERYTHING, source=source, now=now)
    memberships = list(subscriber.memberships.select_related("list"))
    left = [
        leave_list(subscriber, row.list, source=source, origin=origin, now=now)
        for row in memberships
    ]
    if any(left) or not _has_withdrawn(subscriber, EVERYTHING):
        _withdraw(subscriber, EVERYTHING, source=source, origin=origin, now=now)


@transaction.atomic
def leave_before(subscriber: Subscriber, *, source: str, at: datetime) -> None:
    """Leave every list that was joined before: old news does not undo a later decision."""
    joined = subscriber.memberships.filter(
        status=Membership.Status.SUBSCRIBED, changed_at__lte=at
    ).select_related("list")
    for row in joined:
        leave_list(subscriber, row.list, source=source, now=at)


def _has_withdrawn(subscriber: Subscriber, purpose: str) -> bool:
    last = subscriber.consents.filter(purpose=purpose).order_by("pk").last()
    return last is not None and last.action == ConsentAction.WITHDRAWN.value


def _withdraw(
    subscriber: Subscriber, purpose: str, *, source: str, origin: str, now: datetime
) -> None:
    withdrawal = ConsentRecord(
        subscriber=subscriber.pk,
        action=ConsentAction.WITHDRAWN,
        purpose=purpose,
        source=source,
        wording="",
        happened_at=now,
        origin=origin,
    )
    consenting.record([withdrawal], now=now)
