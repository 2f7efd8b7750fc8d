"""Signing in by a one-time link that the terminal prints, as Jupyter does.

Whoever reads the terminal may sign in: they can read the database anyway. The link is
for whoever starts Pabal on a machine and has no password yet.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from pabal.configuration.keyring import load_keyring
from pabal.console.accounts.models import SpentLink, User
from pabal.domain.errors import Refusal
from pabal.domain.token import Purpose, TokenInvalid, TokenKeys

VALID = timedelta(minutes=10)


class LinkSpent(Refusal):
    code = "link-spent"
    message = "This sign-in link was used already, or is older than ten minutes."
    remedy = "Run `pabal sign-in` to get a new one."


def sign_in_link(user: User, now: datetime) -> str:
    """Return the path of a link that signs `user` in once, within ten minutes."""
    subject = f"{user.pk}.{int(now.timestamp())}.{secrets.token_hex(8)}"
    return reverse("accounts:link", args=[_keys().sign(Purpose.SIGN_IN, subject)])


def redeem(token: str, now: datetime) -> User:
    """Return whom the link signs in; it will not do so again.

    Raises TokenInvalid: forged, or for nobody. LinkSpent: used, or too old.
    """
    number, issued, nonce = _keys().verify(token, Purpose.SIGN_IN).split(".")
    if not 0 <= now.timestamp() - int(issued) <= VALID.total_seconds():
        raise LinkSpent
    user = User.objects.filter(pk=int(number), is_active=True).first()
    if user is None:
        raise TokenInvalid
    _spend(nonce, now)
    return user


def _spend(nonce: str, now: datetime) -> None:
    SpentLink.objects.filter(spent_at__lt=now - 2 * VALID).delete()
    try:
        with transaction.atomic():
            SpentLink.objects.create(nonce=nonce, spent_at=now)
    except IntegrityError:
        raise LinkSpent from None


def _keys() -> TokenKeys:
    return load_keyring(settings.PABAL.home).token_keys
