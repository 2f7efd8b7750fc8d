"""A subscriber's own change of address, which the new one has to confirm."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from pabal.console.audience.carrying import carry_stops
from pabal.console.audience.erasing import installed_aliases, welcome_back
from pabal.console.audience.models import AddressChange, Subscriber
from pabal.domain.address import parse_address
from pabal.domain.errors import Refusal

VALID = timedelta(days=3)
_A_DAY = 3  # mails that somebody can have sent to addresses that are perhaps not theirs


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

    Raises ChangeOver: too late, done before, or the address is somebody's already.
    """
    address = parse_address(change.email)
    is_taken = Subscriber.objects.filter(address=address.identity).exists()
    if change.done_at or now - change.asked_at > VALID or is_taken:
        raise ChangeOver
    subscriber = Subscriber.objects.select_for_update().get(pk=change.subscriber_id)
    welcome_back(address.identity, installed_aliases())
    before = subscriber.address
    subscriber.email, subscriber.wire = address.original, address.wire
    subscriber.address, subscriber.updated_at = address.identity, now
    subscriber.save(update_fields=["email", "wire", "address", "updated_at"])
    carry_stops(before, subscriber, now=now)
    AddressChange.objects.filter(pk=change.pk).update(done_at=now)
    return subscriber
