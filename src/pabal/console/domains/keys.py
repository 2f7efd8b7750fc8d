"""The life of a domain's DKIM keys: made, published, signing, replaced, gone.

Keys sign only after their public halves can be seen, and those stay visible after the last
mail that they signed: receivers check when it arrives (RFC 6376 3.6.1, M3AAWG's advice on
rotation). A domain's selectors are numbered, so that none is used twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import transaction
from django.db.models import Max, QuerySet

from pabal.configuration.keyring import Keyring
from pabal.configuration.sealing import seal, unseal
from pabal.console.domains.errors import NothingReplaced, TooEarly
from pabal.console.domains.models import DkimKey, SendingDomain
from pabal.message import dkim
from pabal.message.dkim import PrivateKey, load_key

STAYS_VISIBLE = timedelta(days=7)  # a mail may be that long on its way (RFC 5321 4.5.4.1)

_PURPOSE = "dkim keys"
_RSA_BITS = 2048  # RFC 8301 3.2
State = DkimKey.State


@transaction.atomic
def make_pair(
    domain: SendingDomain, state: State, *, keyring: Keyring, now: datetime
) -> list[DkimKey]:
    """Make an RSA and an Ed25519 key under two new selectors, and keep them sealed."""
    pair = (domain.keys.aggregate(last=Max("pair"))["last"] or 0) + 1
    name = f"{domain.selector}{pair}"
    made: dict[str, PrivateKey] = {
        name: generate_private_key(public_exponent=65537, key_size=_RSA_BITS),
        f"{name}-ed25519": Ed25519PrivateKey.generate(),
    }
    return [
        _keep(domain, pair, selector, key, state, keyring=keyring, now=now)
        for selector, key in made.items()
    ]


def _keep(
    domain: SendingDomain,
    pair: int,
    selector: str,
    key: PrivateKey,
    state: State,
    *,
    keyring: Keyring,
    now: datetime,
) -> DkimKey:
    whole = dkim.DkimKey(domain=domain.name, selector=selector, private_key=key)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return DkimKey.objects.create(
        domain=domain,
        pair=pair,
        selector=selector,
        record=whole.dns_record,
        sealed=seal(keyring, pem, purpose=_PURPOSE, place=whole.dns_name),
        state=state,
        since=now,
    )


def open_keys(rows: Sequence[DkimKey], *, keyring: Keyring) -> tuple[dkim.DkimKey, ...]:
    """Unseal private keys, RSA first. Raises SealBroken."""
    opened = [
        dkim.DkimKey(
            domain=row.domain.name,
            selector=row.selector,
            private_key=load_key(unseal(keyring, row.sealed, purpose=_PURPOSE, place=row.place)),
        )
        for row in rows
    ]
    return tuple(sorted(opened, key=lambda key: key.rsa_bits is None))


def in_state(domain: SendingDomain, state: State) -> "QuerySet[DkimKey]":
    return domain.keys.filter(state=state).select_related("domain")


@transaction.atomic
def change_over(domain: SendingDomain, *, now: datetime) -> None:
    """Let the next keys sign. Those that signed stay visible, as those before them do."""
    in_state(domain, State.SIGNING).update(state=State.REPLACED, since=now)
    in_state(domain, State.NEXT).update(state=State.SIGNING, since=now)


@transaction.atomic
def retire(domain: SendingDomain, *, now: datetime, early: bool = False) -> list[str]:
    """Forget the keys that were replaced; return the names to take out of the DNS.

    Raises NothingReplaced. TooEarly: mails that they signed may still be on their way.
    """
    replaced = list(in_state(domain, State.REPLACED))
    if not replaced:
        raise NothingReplaced(domain=domain.name)
    until = max(row.since for row in replaced) + STAYS_VISIBLE
    if now < until and not early:
        raise TooEarly(
            domain=domain.name,
            date=f"{until - STAYS_VISIBLE:%Y-%m-%d}",
            until=f"{until:%Y-%m-%d %H:%M} UTC",
        )
    names = [row.place for row in replaced]
    in_state(domain, State.REPLACED).delete()
    return names
