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
    bits: int | None = None
    testing: bool = False

    @property
    def verified_by_all(self) -> bool:
        """Whether every receiver can use it: Ed25519 is only a SHOULD (RFC 8463 5), RSA a MUST."""
        is_rsa = self.bits is not None or bool(self.expected.target)
        return self.state is KeyState.PUBLISHED and is_rsa


def look_for(expected: ExpectedKey, lookups: Lookups) -> PublishedKey:
    if expected.target:
        state = _alias_state(expected.target, lookups.ask(expected.name, Kind.CNAME))
        return PublishedKey(expected=expected, state=state)
    answer = lookups.texts(expected.name)
    if answer.trouble is not None:
        return PublishedKey(expected=expected, state=KeyState.UNANSWERED)
    if len(answer.records) != 1:
        # RFC 6376 3.6.2.2: with several, what a verifier does is undefined.
        state = KeyState.SEVERAL if answer.records else KeyState.MISSING
        return PublishedKey(expected=expected, state=state)
    return _compared(expected, read_tags(answer.records[0]) or {})


def _alias_state(target: str, answer: Answer) -> KeyState:
    if answer.trouble is not None:
        return KeyState.UNANSWERED
    if not answer.records:
        return KeyState.MISSING
    return KeyState.PUBLISHED if answer.records == (target.lower(),) else KeyState.OTHER


def _compared(expected: ExpectedKey, tags: dict[str, str]) -> PublishedKey:
    kind, key = tags.get("k", "rsa"), _octets(tags.get("p", ""))
    bits = _rsa_bits(key) if key and kind == "rsa" else None
    return PublishedKey(
        expected=expected,
        state=_state(tags, kind, key, bits, read_tags(expected.record) or {}),
        bits=bits,
        testing="y" in tags.get("t", "").split(":"),
    )


def _state(
    tags: dict[str, str], kind: str, key: bytes | None, bits: int | None, ours: dict[str, str]
) -> KeyState:
    if not _is_usable(tags):
        return KeyState.BROKEN
    if not tags["p"]:
        return KeyState.REVOKED
    if key is None or (kind == "rsa" and bits is None):
        return KeyState.BROKEN
    if (kind, key) != (ours.get("k", "rsa"), _octets(ours.get("p", ""))):
        return KeyState.OTHER
    return KeyState.SHORT if bits is not None and bits < LEAST_BITS else KeyState.PUBLISHED


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
