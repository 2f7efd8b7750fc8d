"""Changing one subscriber by hand: what is known of them, and whether they are mailed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction

from pabal.console.audience.errors import AddressTaken, NotOursToLift
from pabal.console.audience.models import Membership, Subscriber
from pabal.console.audience.subscribers import Profile, add_subscribers
from pabal.console.audience.suppressing import joined_ledger, suppress_leaver
from pabal.domain.address import Address
from pabal.domain.consent import ConsentAction
from pabal.domain.suppression import EVERYTHING, Reason, Suppression, list_scope, topic_scope

# 정보통신망법 50(2): a refusal is undone by the person alone. A complaint is one.
LIFTABLE = frozenset({Reason.MANUAL, Reason.BOUNCE, Reason.PAUSED})


@transaction.atomic
def add_subscriber(address: Address, profile: Profile, *, now: datetime) -> Subscriber:
    """Add somebody who is on no list yet. Raises AddressTaken."""
    added = add_subscribers([(address, profile)], now=now)
    if address.identity not in added:
        raise AddressTaken(address=address.original)
    return Subscriber.objects.get(pk=added[address.identity])


@transaction.atomic
def change_subscriber(
    subscriber: Subscriber,
    address: Address,
    *,
    language: str,
    attributes: Mapping[str, str],
    now: datetime,
) -> None:
    """Write what is known of somebody. What they asked to leave, they have left at a new
    address too.

    Raises AddressTaken.
    """
    before = subscriber.address
    subscriber.email, subscriber.wire = address.original, address.wire
    subscriber.address, subscriber.language = address.identity, language
    subscriber.attributes, subscriber.updated_at = dict(attributes), now
    try:
        with transaction.atomic():
            subscriber.save()
    except IntegrityError as error:
        raise AddressTaken(address=address.original) from error
    if before != subscriber.address:
        _take_refusals_along(before, subscriber, now)


@transaction.atomic
def stop_by_hand(subscriber: Subscriber, *, detail: str, now: datetime) -> None:
    """Send nothing to somebody any more, whatever they agreed to. An earlier reason stays."""
    joined_ledger().suppress(
        Suppression(
            address=subscriber.address,
            scope=EVERYTHING,
            reason=Reason.MANUAL,
            since=now,
            detail=detail,
        )
    )


@transaction.atomic
def lift_by_hand(subscriber: Subscriber, *, now: datetime) -> None:
    """Let mails go to somebody again; no error where nothing stops them.

    Raises NotOursToLift: they left or complained themselves.
    """
    ledger = joined_ledger()
    stop = ledger.suppressions([subscriber.address], [EVERYTHING]).get(subscriber.address)
    if stop is None:
        return
    if stop.reason not in LIFTABLE:
        raise NotOursToLift(reason=stop.reason.value)
    ledger.lift(subscriber.address, EVERYTHING)
    # Their own leaving had stood behind an older reason, and comes to light again.
    if _has_left_everything(subscriber):
        suppress_leaver(subscriber, EVERYTHING, source="left before", now=now)


def _take_refusals_along(before: str, subscriber: Subscriber, now: datetime) -> None:
    ledger = joined_ledger()
    stop = ledger.suppressions([before], [EVERYTHING]).get(before)
    if stop is not None and stop.reason not in LIFTABLE:
        ledger.suppress(replace(stop, address=subscriber.address))
    left = subscriber.memberships.filter(status=Membership.Status.UNSUBSCRIBED)
    unwanted = subscriber.topic_choices.filter(wanted=False)
    scopes = [
        *map(list_scope, left.values_list("list_id", flat=True)),
        *map(topic_scope, unwanted.values_list("topic_id", flat=True)),
    ]
    for scope in scopes:
        suppress_leaver(subscriber, scope, source="left at another address", now=now)


def _has_left_everything(subscriber: Subscriber) -> bool:
    consents = subscriber.consents.order_by("-pk")
    left = consents.filter(purpose=EVERYTHING).first()
    if left is None or left.action != ConsentAction.WITHDRAWN.value:
        return False
    return not consents.filter(pk__gt=left.pk, action=ConsentAction.GRANTED.value).exists()
