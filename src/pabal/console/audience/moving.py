"""A subscriber's own change of address, which the new one has to confirm."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from pabal.console.audience.erasing import installed_aliases, welcome_back
from pabal.console.audience.models import AddressChange, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.domain.address import Address, parse_address
from pabal.domain.errors import Refusal
from pabal.domain.suppression import EVERYTHING, RESTING, Reason, list_scope, topic_scope

VALID = timedelta(days=3)
_A_DAY = 3  # mails that somebody can have sent to addresses that are perhaps not theirs
_OWN_WISHES = frozenset({Reason.UNSUBSCRIBED, Reason.RESTING})


class TooManyChanges(Refusal):
    code = "too-many-changes"
    message = "You have asked for three changes of address today."
    remedy = "Try again tomorrow."


class ChangeOver(Refusal):
    code = "change-over"
    message = "This link was made more than three days ago, was used, or cannot be used any more."
    remedy = "Ask for the change again, at the preferences page of a mail."


@transaction.atomic
def ask_to_move(subscriber: Subscriber, email: str, *, now: datetime) -> AddressChange:
    """Keep where somebody wants their mail.

    Raises AddressError: it is no address. TooManyChanges: for today.
    """
    address = parse_address(email)
    today = subscriber.address_changes.filter(asked_at__gt=now - timedelta(days=1))
    if today.count() >= _A_DAY:
        raise TooManyChanges
    return AddressChange.objects.create(
        nonce=secrets.token_hex(8), subscriber=subscriber, email=address.original, asked_at=now
    )


@transaction.atomic
def move(change: AddressChange, *, now: datetime) -> Subscriber:
    """Send somebody's mail to the address that they have confirmed. Once.

    What they have left stays left at the new address; what made the old one unmailable, such
    as a bounce, stays with the old one.

    Raises ChangeOver: too late, done before, or the address is somebody's already.
    """
    address = parse_address(change.email)
    is_taken = Subscriber.objects.filter(address=address.identity).exists()
    if change.done_at or now - change.asked_at > VALID or is_taken:
        raise ChangeOver
    subscriber = Subscriber.objects.select_for_update().get(pk=change.subscriber_id)
    welcome_back(address.identity, installed_aliases())
    _carry_over(subscriber, address)
    subscriber.email, subscriber.wire = address.original, address.wire
    subscriber.address, subscriber.updated_at = address.identity, now
    subscriber.save(update_fields=["email", "wire", "address", "updated_at"])
    AddressChange.objects.filter(pk=change.pk).update(done_at=now)
    return subscriber


def _carry_over(subscriber: Subscriber, address: Address) -> None:
    ledger = joined_ledger()
    lists = subscriber.memberships.values_list("list_id", flat=True)
    topics = subscriber.topic_choices.values_list("topic_id", flat=True)
    for scope in (EVERYTHING, RESTING, *map(list_scope, lists), *map(topic_scope, topics)):
        stop = ledger.suppressions([subscriber.address], [scope]).get(subscriber.address)
        if stop is not None and stop.scope == scope and stop.reason in _OWN_WISHES:
            ledger.suppress(replace(stop, address=address.identity))
