"""HMAC-SHA256 (RFC 2104) by few secrets over very many short texts.

The two blocks that depend on the secret alone are hashed once. The standard library
hashes them every time, and sets itself up anew: more than half of the time of a link.
"""

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _hashlib import HASH

_BLOCK = 64  # octets, of SHA-256


def seal(secret: bytes, text: bytes) -> bytes:
    """Return the 32 bytes of the HMAC."""
    begun_inside, begun_outside = _begun(secret)
    inside, outside = begun_inside.copy(), begun_outside.copy()
    inside.update(text)
    outside.update(inside.digest())
    return outside.digest()


@lru_cache(maxsize=64)
def _begun(secret: bytes) -> "tuple[HASH, HASH]":
    key = sha256(secret).digest() if len(secret) > _BLOCK else secret
    padded = key.ljust(_BLOCK, b"\0")
    return sha256(bytes(b ^ 0x36 for b in padded)), sha256(bytes(b ^ 0x5C for b in padded))
