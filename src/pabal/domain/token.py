"""Signed public links: short, without an address in them, verifiable after key rotation.

Layout before base64url: key number (1 byte), purpose (1 byte), subject (ASCII), seal
(12 bytes of HMAC-SHA256). A delivery id makes a token of about 36 characters, so that
the unsubscribe URL stays under 70 behind the host: header folding cannot hurt it.
"""

import base64
import binascii
import enum
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from pabal.domain.errors import InputError
from pabal.domain.seal import seal

_SEAL_BYTES = 12
_URL_SAFE = bytes.maketrans(b"+/", b"-_")  # RFC 4648 5


class TokenInvalid(InputError):
    code = "token-invalid"
    message = "This link is not valid."
    remedy = "Open the link again from the mail, or answer the mail and ask to be removed."


class Purpose(enum.Enum):
    UNSUBSCRIBE = b"u"
    PREFERENCES = b"p"
    SIGN_IN = b"s"
    WEB_VIEW = b"w"
    SIGN_UP = b"j"
    ADDRESS = b"a"
    TRACKING = b"t"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKeys:
    """The keys that links are signed with.

    current: number (0 to 255) of the key that signs.
    secrets: every key that still verifies, by number; at least 32 bytes each.
    """

    current: int
    secrets: Mapping[int, bytes] = field(repr=False)

    def sign(self, purpose: Purpose, subject: str) -> str:
        """Return a token for `subject` (ASCII). The same every time."""
        body = b"%c%b%b" % (self.current, purpose.value, subject.encode("ascii"))
        return _wrapped(body + _seal(body, self.secrets[self.current]))

    def verify(self, token: str, purpose: Purpose) -> str:
        """Return the subject. Raises TokenInvalid: forged, cut, or for another purpose."""
        sealed = _unwrapped(token)
        body, found = sealed[:-_SEAL_BYTES], sealed[-_SEAL_BYTES:]
        secret = self.secrets.get(body[0]) if body else None
        if secret is None or not hmac.compare_digest(found, _seal(body, secret)):
            raise TokenInvalid
        if body[1:2] != purpose.value:
            raise TokenInvalid
        return body[2:].decode("ascii")


def _wrapped(sealed: bytes) -> str:
    return binascii.b2a_base64(sealed, newline=False).translate(_URL_SAFE, b"=").decode()


def _unwrapped(token: str) -> bytes:
    """Accept one spelling only: base64 has many for the same bytes."""
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        raise TokenInvalid from None
    if _wrapped(sealed) != token:
        raise TokenInvalid
    return sealed


def _seal(body: bytes, secret: bytes) -> bytes:
    return seal(secret, body)[:_SEAL_BYTES]
