"""Joining a list by its public page: asked for there, confirmed by a link in a mail.

Confirmed opt-in, so that nobody puts somebody else on a list. The consent that is recorded
is the confirmation's, with the wording that stood beside the box (정보통신망법 50(1)).
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from pabal.console.audience.erasing import installed_aliases, welcome_back
from pabal.console.audience.joining import Joined, Joining, join_list
from pabal.console.audience.models import List, SignUp, Subscriber
from pabal.console.audience.subscribers import Profile, add_subscribers
from pabal.domain.address import parse_address
from pabal.domain.errors import Refusal

VALID = timedelta(days=3)  # of the link in the mail
_KEPT = timedelta(days=30)  # of what was asked for, whether or not it was confirmed
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_MAILS_A_DAY = 3  # to one address
_FROM_ONE_ORIGIN = 20  # an hour
SOURCE = "sign-up form"


class TooManySignUps(Refusal):
    code = "too-many-sign-ups"
    message = "Too many have signed up from your network just now."
    remedy = "Try again in an hour."


class SignUpOver(Refusal):
    code = "sign-up-over"
    message = "This link was made more than three days ago, or its list takes nobody any more."
    remedy = "Sign up again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody filled in. wording: "" where they agreed to no advertising."""

    email: str
    name: str
    language: str
    wording: str
    privacy_wording: str
    origin: str


@transaction.atomic
def ask_to_join(target: List, asked: Asked, *, now: datetime) -> SignUp | None:
    """Keep what was asked for; None where this address was written to often enough today.

    Raises AddressError: it is no address. TooManySignUps: of one network, in an hour.
    """
    address = parse_address(asked.email)
    SignUp.objects.filter(asked_at__lt=now - _KEPT).delete()
    lately = SignUp.objects.filter(origin=asked.origin, asked_at__gt=now - _HOUR)
    if asked.origin and lately.count() >= _FROM_ONE_ORIGIN:
        raise TooManySignUps
    today = SignUp.objects.filter(address=address.identity, asked_at__gt=now - _DAY)
    if today.count() >= _MAILS_A_DAY:
        return None
    return SignUp.objects.create(
        nonce=secrets.token_hex(8),
        list=target,
        email=address.original,
        address=address.identity,
        name=asked.name,
        language=asked.language,
        wording=asked.wording,
        privacy_wording=asked.privacy_wording,
        origin=asked.origin,
        asked_at=now,
    )


@transaction.atomic
def confirm_sign_up(sign_up: SignUp, *, origin: str, now: datetime) -> Joined:
    """Put whoever confirmed on the list. Safe to repeat.

    Raises SignUpOver: too late, or the list is closed.
    """
    if now - sign_up.asked_at > VALID or not sign_up.list.takes_sign_ups:
        raise SignUpOver
    welcome_back(sign_up.address, installed_aliases())
    number = _subscriber(sign_up, now=now)
    joined = join_list(
        sign_up.list,
        [
            Joining(
                subscriber=number,
                address=sign_up.address,
                consented_at=(sign_up.confirmed_at or now) if sign_up.wording else None,
                source=SOURCE,
                wording=sign_up.wording,
                origin=origin,
            )
        ],
        now=now,
    )
    SignUp.objects.filter(pk=sign_up.pk, confirmed_at=None).update(confirmed_at=now)
    return joined


def _subscriber(sign_up: SignUp, *, now: datetime) -> int:
    address = parse_address(sign_up.email)
    attributes = {"name": sign_up.name} if sign_up.name else {}
    profile = Profile(language=sign_up.language, attributes=attributes)
    added = add_subscribers([(address, profile)], now=now)
    if address.identity in added:
        return added[address.identity]
    return Subscriber.objects.get(address=address.identity).pk
