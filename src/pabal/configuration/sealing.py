"""Secrets that are kept in the database, encrypted with keys that are not.

AES-256-GCM under a key derived for one purpose. What is sealed carries the number of the
master key, so that it opens after the keyring has a newer one, and it opens only in the
place that it was sealed for.
"""

import secrets
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pabal.configuration.errors import SealBroken
from pabal.configuration.keyring import Keyring

_NONCE_BYTES = 12


def seal(keyring: Keyring, secret: bytes, *, purpose: str, place: str) -> str:
    """Encrypt a secret with the newest master key. place: whatever names its row for good."""
    number = keyring.newest
    nonce = secrets.token_bytes(_NONCE_BYTES)
    box = AESGCM(keyring.derive(purpose, number)).encrypt(nonce, secret, place.encode())
    return f"{number}:{b64encode(nonce + box).decode('ascii')}"


def unseal(keyring: Keyring, sealed: str, *, purpose: str, place: str) -> bytes:
    """Raises SealBroken: its master key is not in the keyring, or it was changed or moved."""
    number, _, coded = sealed.partition(":")
    try:
        key = keyring.derive(purpose, int(number))
        octets = b64decode(coded, validate=True)
        nonce, box = octets[:_NONCE_BYTES], octets[_NONCE_BYTES:]
        return AESGCM(key).decrypt(nonce, box, place.encode())
    except (KeyError, ValueError, InvalidTag) as error:
        raise SealBroken(place=place) from error
