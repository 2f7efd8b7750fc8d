"""Keys: made, shown once, recognised, revoked."""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q

from pabal.console.accounts import audit
from pabal.console.accounts.models import Role, User
from pabal.console.api.errors import KeyMissing, KeyUnknown
from pabal.console.api.models import ApiKey

# An owner's or approver's word is a person's: no program gives it.
ROLES = (Role.MARKETER, Role.VIEWER)

_MARK = "pabal"  # so that scanners of source code can know a key that was committed
_SECRET_BYTES = 32
_USE_IS_NOTED = timedelta(minutes=1)


@transaction.atomic
def make_key(name: str, role: Role, *, by: User, now: datetime) -> tuple[ApiKey, str]:
    """Make a key; return it with its text, which is kept nowhere and cannot be shown again."""
    prefix = f"{_MARK}_{secrets.token_hex(4)}"
    text = f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    made = ApiKey.objects.create(
        name=name, role=role, prefix=prefix, digest=_digest(text), made_at=now, made_by=by
    )
    audit.note(by, audit.Deed.KEY_MADE, f"{made}: {made.role}", now=now)
    return made, text


@transaction.atomic
def revoke(key: ApiKey, *, by: User, now: datetime) -> None:
    """Let a key open nothing from the next request on. Safe to repeat."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        audit.note(by, audit.Deed.KEY_REVOKED, str(key), now=now)


def recognise(authorization: str, *, now: datetime) -> ApiKey:
    """Return the key of a request's Authorization (RFC 6750 2.1), and note that it was used.

    Raises KeyMissing. KeyUnknown: there is no such key, or it was revoked.
    """
    scheme, _, text = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise KeyMissing
    key = _found(text.strip())
    if key is None:
        raise KeyUnknown
    _note_use(key, now)
    return key


def _found(text: str) -> ApiKey | None:
    """Look for a key by its public part; the secret one is compared in constant time."""
    if not (text.isascii() and text.isprintable()):
        return None
    prefix = text[: text.find("_", len(_MARK) + 1)]
    key = ApiKey.objects.filter(prefix=prefix, revoked_at=None).first()
    if key is None or not hmac.compare_digest(key.digest, _digest(text)):
        return None
    return key


def _note_use(key: ApiKey, now: datetime) -> None:
    """Once a minute, so that reading writes hardly ever."""
    is_older = Q(last_used_at=None) | Q(last_used_at__lt=now - _USE_IS_NOTED)
    ApiKey.objects.filter(is_older, pk=key.pk).update(last_used_at=now)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
