"""Public keys in the DNS, held against ours (RFC 6376 3.6.1, RFC 8301, RFC 8463)."""

import enum
import re
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pabal.authentication.lookups import Answer, Kind, Lookups

LEAST_BITS = 1024  # RFC 8301 3.2: MUST
WANTED_BITS = 2048  # SHOULD


class KeyState(enum.Enum):
    """What stands where a public key is expected."""

    PUBLISHED = "published"
    MISSING = "missing"
    SEVERAL = "several"
    REVOKED = "revoked"  # p= is empty
    BROKEN = "broken"  # not a key record that a verifier could use
    OTHER = "other"  # a key, but not ours
    SHORT = "short"  # RSA below what verifiers may accept
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedKey:
    """A public key that ought to be in the DNS.

    record: TXT; "" where somebody else makes the key, and `target` is what a CNAME there
    leads to.
    signs: whether mails are signed with it now.
    """

    name: str
    record: str = ""
    target: str = ""
    signs: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedKey:
    """What was found in its place. bits: of an RSA key. testing: t=y (RFC 6376 3.6.1)."""

    expected: ExpectedKey
    state: KeyState
    answer: Answer
    bits: int | None = None
    testing: bool = False


def look_for(expected: ExpectedKey, lookups: Lookups) -> PublishedKey:
    if expected.target:
        return _alias(expected, lookups.ask(expected.name, Kind.CNAME))
    answer = lookups.texts(expected.name)
    found = PublishedKey(expected=expected, state=KeyState.PUBLISHED, answer=answer)
    if answer.trouble is not None:
        return _but(found, KeyState.UNANSWERED)
    if len(answer.records) != 1:
        # RFC 6376 3.6.2.2: with several, what a verifier does is undefined.
        return _but(found, KeyState.SEVERAL if answer.records else KeyState.MISSING)
    return _compared(found, read_tags(answer.records[0]), read_tags(expected.record) or {})


def _alias(expected: ExpectedKey, answer: Answer) -> PublishedKey:
    if answer.trouble is not None:
        state = KeyState.UNANSWERED
    elif not answer.records:
        state = KeyState.MISSING
    else:
        hit = answer.records == (expected.target.lower(),)
        state = KeyState.PUBLISHED if hit else KeyState.OTHER
    return PublishedKey(expected=expected, state=state, answer=answer)


def _compared(
    found: PublishedKey, tags: dict[str, str] | None, ours: dict[str, str]
) -> PublishedKey:
    if tags is None or not _is_usable(tags):
        return _but(found, KeyState.BROKEN)
    if not tags["p"]:
        return _but(found, KeyState.REVOKED)
    kind = tags.get("k", "rsa")
    testing = "y" in tags.get("t", "").split(":")
    key = _octets(tags["p"])
    bits = _rsa_bits(key) if key and kind == "rsa" else None
    if key is None or (kind == "rsa" and bits is None):
        return _but(found, KeyState.BROKEN)
    if (kind, key) != (ours.get("k", "rsa"), _octets(ours.get("p", ""))):
        return _but(found, KeyState.OTHER, bits, testing)
    if bits is not None and bits < LEAST_BITS:
        return _but(found, KeyState.SHORT, bits, testing)
    return _but(found, KeyState.PUBLISHED, bits, testing)


def _but(
    found: PublishedKey, state: KeyState, bits: int | None = None, testing: bool = False
) -> PublishedKey:
    return PublishedKey(
        expected=found.expected, state=state, answer=found.answer, bits=bits, testing=testing
    )


def _is_usable(tags: dict[str, str]) -> bool:
    """Whether a verifier may take the key for mail signed by SHA-256 (RFC 6376 3.6.1)."""
    hashes = tags.get("h", "sha256").split(":")
    services = tags.get("s", "*").split(":")
    known = tags.get("v", "DKIM1") == "DKIM1" and tags.get("k", "rsa") in ("rsa", "ed25519")
    mail = "*" in services or "email" in services
    return "p" in tags and known and "sha256" in hashes and mail


def read_tags(text: str) -> dict[str, str] | None:
    """Read a list of tags (RFC 6376 3.2); None where it is none. White space is dropped."""
    tags: dict[str, str] = {}
    for part in text.rstrip("; \t").split(";"):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not name or name in tags:
            return None
        tags[name] = re.sub(r"\s", "", value)
    if "v" in tags and next(iter(tags)) != "v":
        return None
    return tags


def _octets(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError):
        return None


def _rsa_bits(der: bytes) -> int | None:
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key.key_size if isinstance(key, RSAPublicKey) else None
