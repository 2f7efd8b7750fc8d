"""Keys: made, shown once, recognised, revoked."""

import hmac
import secrets
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.db.models import Case, F, Q, When

from pabal.console.accounts import audit
from pabal.console.accounts.models import Role, User
from pabal.console.api.errors import KeyMissing, KeyUnknown, TooOften
from pabal.console.api.models import ApiKey

# An owner's or approver's word is a person's: no program gives it.
ROLES = (Role.MARKETER, Role.VIEWER)

_MARK = "pabal"  # so that scanners of source code can know a key that was committed
_SECRET_BYTES = 32
MOST_A_MINUTE = 600  # requests of one key


@transaction.atomic
def make_key(
    name: str, role: Role, *, by: User, now: datetime, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key; return it with its text, which is kept nowhere and cannot be shown again."""
    prefix = f"{_MARK}_{secrets.token_hex(4)}"
    text = f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    made = ApiKey.objects.create(
        name=name,
        role=role,
        prefix=prefix,
        digest=_digest(text),
        made_at=now,
        made_by=by,
        expires_at=expires_at,
    )
    audit.note(by, audit.Deed.KEY_MADE, f"{made}: {made.role}", now=now)
    return made, text


@transaction.atomic
def revoke(key: ApiKey, *, by: User, now: datetime) -> None:
    """Let a key open nothing from the next request on. Safe to repeat."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        audit.note(by, audit.Deed.KEY_REVOKED, str(key), now=now)


def recognise(authorization: str, *, now: datetime) -> ApiKey:
    """Return the key of a request's Authorization (RFC 6750 2.1), and count that it was used.

    Raises KeyMissing. KeyUnknown: there is no such key, or it opens nothing any more.
    TooOften: it was used MOST_A_MINUTE times within this minute.
    """
    scheme, _, text = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise KeyMissing
    key = _found(text.strip(), now)
    if key is None:
        raise KeyUnknown
    _count_use(key, now)
    return key


def _found(text: str, now: datetime) -> ApiKey | None:
    """Look for a key by its public part; the secret one is compared in constant time."""
    if not (text.isascii() and text.isprintable()):
        return None
    prefix = text[: text.find("_", len(_MARK) + 1)]
    key = ApiKey.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now), prefix=prefix, revoked_at=None
    ).first()
    if key is None or not hmac.compare_digest(key.digest, _digest(text)):
        return None
    return key


def _count_use(key: ApiKey, now: datetime) -> None:
    """In one statement, so that requests at once are all counted. One too many writes nothing."""
    minute = now.replace(second=0, microsecond=0)
    is_first = Q(last_used_at=None) | ~Q(last_used_at=minute)
    counted = ApiKey.objects.filter(is_first | Q(asked__lt=MOST_A_MINUTE), pk=key.pk).update(
        asked=Case(When(last_used_at=minute, then=F("asked") + 1), default=1),
        last_used_at=minute,
    )
    if not counted:
        raise TooOften(most=MOST_A_MINUTE, seconds=60 - now.second)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
