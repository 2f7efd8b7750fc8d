"""What goes along when somebody's address changes: what was decided, not what befell a mailbox."""

from dataclasses import replace
from datetime import datetime

from pabal.console.audience.mirroring import let_in
from pabal.console.audience.models import Membership, Rhythm, Subscriber
from pabal.console.audience.resting import stop_resting
from pabal.console.audience.suppressing import joined_ledger, suppress_leaver
from pabal.domain.consent import ConsentAction
from pabal.domain.suppression import EVERYTHING, TRACKING, Reason, list_scope, topic_scope

_OF_THE_MAILBOX = frozenset({Reason.BOUNCE, Reason.PAUSED})


def carry_stops(before: str, subscriber: Subscriber, *, now: datetime) -> None:
    """Stop at somebody's address whatever they, or we for them, have stopped at the one before.

    A complaint is one of these: it is a person's. That a mailbox bounced is not, and may hide
    that its owner had left as well.
    """
    stop = joined_ledger().suppressions([before], [EVERYTHING]).get(before)
    if stop is not None and stop.reason not in _OF_THE_MAILBOX:
        joined_ledger().suppress(replace(stop, address=subscriber.address))
    if Rhythm.objects.filter(subscriber=subscriber, rests_until__gt=now).exists():
        stop_resting(subscriber, since=now)
    scopes = _left(subscriber)
    if left_everything(subscriber):
        scopes = [EVERYTHING, *scopes]
    if subscriber.objected_at is not None:
        let_in(subscriber.address, TRACKING)
    for scope in scopes:
        suppress_leaver(subscriber, scope, source="left at another address", now=now)


def left_everything(subscriber: Subscriber) -> bool:
    """Whether the log of consent ends with somebody's leaving everything."""
    consents = subscriber.consents.order_by("-pk")
    left = consents.filter(purpose=EVERYTHING).first()
    if left is None or left.action != ConsentAction.WITHDRAWN.value:
        return False
    return not consents.filter(pk__gt=left.pk, action=ConsentAction.GRANTED.value).exists()


def _left(subscriber: Subscriber) -> list[str]:
    lists = subscriber.memberships.filter(status=Membership.Status.UNSUBSCRIBED)
    topics = subscriber.topic_choices.filter(wanted=False)
    return [
        *map(list_scope, lists.values_list("list_id", flat=True)),
        *map(topic_scope, topics.values_list("topic_id", flat=True)),
    ]
