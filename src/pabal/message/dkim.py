"""DKIM signatures (RFC 6376; RFC 8301 and 8463 for the algorithms; RFC 8058 4 for what is signed).

c=relaxed/relaxed. The encoders write bodies that are their own relaxed form, so a body is
hashed as it goes to the wire. Whatever is the same in every mail of a campaign is put into
its relaxed form once.
"""

import re
from base64 import b64encode
from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from pabal.message.errors import DkimKeyRefused

PrivateKey = RSAPrivateKey | Ed25519PrivateKey

_RSA_BITS = range(1024, 4096 + 1)  # RFC 8301 3.2: what every verifier can check
_PADDING, _PREHASHED = PKCS1v15(), Prehashed(SHA256())
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_SELECTOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)

# RFC 6376 5.4.1, RFC 8058 4. What is in every mail of a campaign comes first.
_SHARED = (
    "From Reply-To List-Id List-Unsubscribe-Post Feedback-ID MIME-Version Content-Type"
).split()
_VARYING = "To Subject Date Message-ID List-Unsubscribe".split()
# RFC 6376 8.15: a name that is listed once more than it occurs cannot be added to a mail.
_NEVER_TWICE = (
    "From To Subject Date Message-ID Reply-To List-Unsubscribe List-Unsubscribe-Post"
    " MIME-Version Content-Type Content-Transfer-Encoding"
).split()

_LINE = 78  # RFC 5322 2.1.1, without CRLF
_CHUNK = 72  # characters of a signature a line
_SECONDS = 10  # digits of t=, so that every signature is of one length; RFC 6376 3.5
_SPACES = re.compile(b"  +")


def load_key(pem: bytes | str) -> PrivateKey:
    """Read a private key from PEM: PKCS #8, or the traditional form of RSA.

    Raises DkimKeyRefused: it is not a private key, has a password, is neither RSA nor
    Ed25519, or is an RSA key of a size that verifiers need not accept (RFC 8301 3.2).
    """
    octets = pem.encode() if isinstance(pem, str) else pem
    try:
        key = load_pem_private_key(octets, password=None)
    except TypeError:
        raise DkimKeyRefused(reason="it is protected by a password") from None
    except (ValueError, UnsupportedAlgorithm):
        raise DkimKeyRefused(reason="it is not a private key in PEM form") from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise DkimKeyRefused(reason="it is neither an RSA nor an Ed25519 key")
    _check_size(key)
    return key


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """A key and the place in the DNS where its public half is published.

    domain: d=, in lower case; for DMARC that of From or one above it.
    selector: s=.
    Raises DkimKeyRefused: the key is of a refused size, or one of the names cannot be in
    the DNS.
    """

    domain: str
    selector: str
    private_key: PrivateKey

    def __post_init__(self) -> None:
        if not _DOMAIN.fullmatch(self.domain):
            raise DkimKeyRefused(reason=f"“{self.domain}” is not a domain in lower-case ASCII")
        if not _SELECTOR.fullmatch(self.selector):
            raise DkimKeyRefused(reason=f"“{self.selector}” is not a selector")
        _check_size(self.private_key)

    @property
    def algorithm(self) -> str:
        """The value of a=."""
        return "rsa-sha256" if isinstance(self.private_key, RSAPrivateKey) else "ed25519-sha256"

    @property
    def rsa_bits(self) -> int | None:
        """The size of an RSA key; below 2048 it is weak (RFC 8301 3.2: SHOULD). None: no RSA."""
        return self.private_key.key_size if isinstance(self.private_key, RSAPrivateKey) else None

    @property
    def signature_octets(self) -> int:
        """The length of every signature by this key, before base64."""
        bits = self.rsa_bits
        return 64 if bits is None else (bits + 7) // 8

    @property
    def dns_name(self) -> str:
        """Where verifiers look for the public key (RFC 6376 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def dns_record(self) -> str:
        """The TXT record to publish there (RFC 6376 3.6.1, RFC 8463 4.2)."""
        public = self.private_key.public_key()
        if isinstance(self.private_key, RSAPrivateKey):
            kind = "rsa"
            octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:
            kind = "ed25519"
            octets = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k={kind}; p={b64encode(octets).decode('ascii')}"

    def sign(self, digest: bytes) -> bytes:
        """Sign a SHA-256 digest. For any thread; the library releases the GIL meanwhile.

        Ed25519 signs the digest as a message of its own (RFC 8463 3).
        """
        if isinstance(self.private_key, RSAPrivateKey):
            return self.private_key.sign(digest, _PADDING, _PREHASHED)
        return self.private_key.sign(digest)


def _check_size(key: PrivateKey) -> None:
    if isinstance(key, RSAPrivateKey) and key.key_size not in _RSA_BITS:
        least, most = _RSA_BITS[0], _RSA_BITS[-1]
        reason = f"RSA keys have {least} to {most} bits, and this one has {key.key_size}"
        raise DkimKeyRefused(reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """The keys that sign every mail of a campaign; usually RSA and then Ed25519 (RFC 8463 5).

    keys: at least one.
    Raises DkimKeyRefused: two of them would be published at the same place.
    """

    keys: tuple[DkimKey, ...]

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("signing without a key")
        names = [key.dns_name.lower() for key in self.keys]
        for name in names:
            if names.count(name) > 1:
                raise DkimKeyRefused(reason=f"another key is published at {name}")


class Signer:
    """Signs the mails of one campaign. Holds nothing of a mail."""

    def __init__(self, signing: Signing, shared_fields: bytes) -> None:
        """Take the header fields that all the mails have, as they go to the wire."""
        shared = _relaxed(shared_fields)
        names = [name for name in _SHARED if name.lower().encode() in shared] + _VARYING
        self._shared = b"".join(shared[name.lower().encode()] for name in names if name in _SHARED)
        self._varying = [name.lower().encode() for name in _VARYING]
        self._keys = [_KeyFields(key, [*names, *_NEVER_TWICE]) for key in signing.keys]
        self.size = sum(fields.size for fields in self._keys)

    def fields(self, varying_fields: bytes, body: bytes, date: datetime) -> bytes:
        """Return the DKIM-Signature fields of a mail, one for each key. For any thread.

        varying_fields: the header fields beside the shared ones. body: in its relaxed form,
        and in one piece, so that the GIL is given away once and not for every piece. date:
        t=, of which whole seconds count.
        """
        body_hash = b2a_base64(sha256(body).digest(), newline=False)
        varying = _relaxed(varying_fields)
        fields = self._shared + b"".join([varying[name] for name in self._varying])
        told = b"%0*d; bh=%b" % (_SECONDS, int(date.timestamp()), body_hash)
        return b"".join([key.field(fields, told) for key in self._keys])


class _KeyFields:
    """What is the same in all signature fields by one key, as it is and in relaxed form."""

    def __init__(self, key: DkimKey, names: Sequence[str]) -> None:
        self._key = key
        beginning = (
            f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/relaxed;\r\n"
            f" d={key.domain};{_separator(key)}s={key.selector};\r\n"
            f" h={_folded_names(names)};\r\n t="
        ).encode()
        self._beginning = beginning
        [self._relaxed] = [field[:-2] for field in _relaxed(beginning + b"\r\n").values()]
        told = bytes(_SECONDS + len("; bh=") + 44)
        self.size = len(self._field(told, bytes(key.signature_octets)))

    def field(self, fields: bytes, told: bytes) -> bytes:
        """The field signs itself too, without its signature and its line end (RFC 6376 3.7)."""
        digest = sha256(fields + self._relaxed + told + b"; b=").digest()
        return self._field(told, self._key.sign(digest))

    def _field(self, told: bytes, signature: bytes) -> bytes:
        return self._beginning + told + b";\r\n b=" + _folded(signature)


def _separator(key: DkimKey) -> str:
    return " " if len(f" d={key.domain}; s={key.selector};") <= _LINE else "\r\n "


def _folded_names(names: Sequence[str]) -> str:
    """Write the value of h=, folded behind its colons."""
    lines = [""]
    for index, name in enumerate(names):
        word = name if index == len(names) - 1 else f"{name}:"
        if len(" h=;") + len(lines[-1]) + len(word) > _LINE:
            lines.append("")
        lines[-1] += word
    return "\r\n ".join(lines)


def _folded(signature: bytes) -> bytes:
    coded = b2a_base64(signature, newline=False)
    lines = [coded[i : i + _CHUNK] for i in range(0, len(coded), _CHUNK)]
    return b"\r\n ".join(lines) + b"\r\n"


def _relaxed(fields: bytes) -> dict[bytes, bytes]:
    """Return header fields in relaxed form by their names in it (RFC 6376 3.4.2).

    fields: whole, each name once; as `headers` writes them, so folds are before a space
    and there are no tabs.
    """
    unfolded = fields.replace(b"\r\n ", b" ")
    if b"  " in unfolded:
        unfolded = _SPACES.sub(b" ", unfolded)
    relaxed: dict[bytes, bytes] = {}
    for field in unfolded.split(b"\r\n")[:-1]:
        name, _, value = field.partition(b":")
        name = name.lower()
        relaxed[name] = name + b":" + value.strip(b" ") + b"\r\n"
    return relaxed
