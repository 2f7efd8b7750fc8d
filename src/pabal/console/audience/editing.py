"""Changing one subscriber by hand: what is known of them, and whether they are mailed."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from pabal.console.audience.carrying import carry_stops, left_everything
from pabal.console.audience.erasing import erased_among, installed_aliases
from pabal.console.audience.errors import AddressTaken, NotOursToLift, WasErased
from pabal.console.audience.models import Subscriber
from pabal.console.audience.subscribers import Profile, add_subscribers
from pabal.console.audience.suppressing import joined_ledger, suppress_leaver
from pabal.domain.address import Address
from pabal.domain.suppression import EVERYTHING, Reason, Suppression

# 정보통신망법 50(2): a refusal is undone by the person alone. A complaint is one.
LIFTABLE = frozenset({Reason.MANUAL, Reason.BOUNCE, Reason.PAUSED})


@transaction.atomic
def add_subscriber(address: Address, profile: Profile, *, now: datetime) -> Subscriber:
    """Add somebody who is on no list yet. Raises AddressTaken, WasErased."""
    _refuse_erased(address)
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
    """Write what is known of somebody. What they have stopped is stopped at a new address too.

    Raises AddressTaken, WasErased.
    """
    before = subscriber.address
    if address.identity != before:
        _refuse_erased(address)
    subscriber.email, subscriber.wire = address.original, address.wire
    subscriber.address, subscriber.language = address.identity, language
    subscriber.attributes, subscriber.updated_at = dict(attributes), now
    try:
        with transaction.atomic():
            subscriber.save()
    except IntegrityError as error:
        raise AddressTaken(address=address.original) from error
    if before != subscriber.address:
        carry_stops(before, subscriber, now=now)


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
    if left_everything(subscriber):
        suppress_leaver(subscriber, EVERYTHING, source="left before", now=now)


def _refuse_erased(address: Address) -> None:
    if erased_among([address.identity], installed_aliases()):
        raise WasErased
