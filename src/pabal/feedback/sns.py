"""Messages of Amazon SNS over HTTP: what they are, and that SNS has signed them.

Source: SNS developer guide, sns-verify-signature-of-message and sns-message-and-json-formats.
Its certificates are believed because of where they come from: over TLS, from a host of SNS.
"""

import base64
import binascii
import enum
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm

from pabal.feedback.errors import MessageForged, MessageUnreadable
from pabal.feedback.objects import Json, parse_object, text_in

_HOST = re.compile(r"sns\.[a-z]{2}(-[a-z]+)+-\d{1,2}\.amazonaws\.com(\.cn)?")
_NOTIFICATION_SIGNS = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION_SIGNS = (
    "Message",
    "MessageId",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
)
_OPTIONAL = frozenset({"Subject"})
_HASHES: dict[str, HashAlgorithm] = {
    "1": SHA1(),  # noqa: S303 -- SNS signs so unless the topic is set to version 2
    "2": SHA256(),
}
_MAX_CERTIFICATES = 32

Fetch = Callable[[str], bytes]


class Kind(enum.Enum):
    """The values are what SNS calls them."""

    NOTIFICATION = "Notification"
    SUBSCRIPTION = "SubscriptionConfirmation"
    UNSUBSCRIPTION = "UnsubscribeConfirmation"


@dataclass(frozen=True, slots=True, kw_only=True)
class SnsMessage:
    """A message as it claims to be; `Signatures.check` says whether it is.

    message: of a notification, what was published. subscribe_url: what confirms.
    """

    kind: Kind
    topic: str
    message: str
    subscribe_url: str
    signed: bytes
    signature: bytes
    hash: HashAlgorithm
    certificate_url: str


def read_message(body: str) -> SnsMessage:
    """Raises MessageUnreadable: it is no message of SNS."""
    try:
        told = parse_object(body)
        kind = _kind(told)
        return SnsMessage(
            kind=kind,
            topic=text_in(told, "TopicArn"),
            message=text_in(told, "Message"),
            subscribe_url=text_in(told, "SubscribeURL"),
            signed=_string_to_sign(told, kind),
            signature=base64.b64decode(text_in(told, "Signature"), validate=True),
            hash=_HASHES[text_in(told, "SignatureVersion")],
            certificate_url=text_in(told, "SigningCertURL"),
        )
    except binascii.Error as error:
        raise MessageUnreadable(reason="its signature is not base64") from error
    except ValueError as error:
        raise MessageUnreadable(reason=str(error)) from error
    except KeyError as error:
        raise MessageUnreadable(reason="its signature is of no version that is known") from error


def is_of_sns(url: str) -> bool:
    """Whether an address is one of SNS itself: nobody else can put anything there."""
    try:
        parts = urlsplit(url)
        plain = parts.port is None and parts.username is None
    except ValueError:
        return False
    return parts.scheme == "https" and plain and bool(_HOST.fullmatch(parts.netloc))


class Signatures:
    """Checks signatures, and keeps the certificates for it: their addresses never change.

    Any thread may use it; two that look for one certificate may both fetch it.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._certificates: dict[str, x509.Certificate] = {}

    def check(self, message: SnsMessage, *, now: datetime) -> None:
        """Return where SNS has signed the message.

        Raises MessageForged: it has not. FetchFailed: its certificate cannot be had now.
        """
        if not is_of_sns(message.certificate_url):
            raise MessageForged(reason="its certificate is not at an address of SNS")
        certificate = self._certificate(message.certificate_url)
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise MessageForged(reason="its certificate is not valid at this time")
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            raise MessageForged(reason="its certificate is not for RSA")
        try:
            key.verify(message.signature, message.signed, PKCS1v15(), message.hash)
        except InvalidSignature as error:
            raise MessageForged(reason="its signature does not fit") from error

    def _certificate(self, url: str) -> x509.Certificate:
        known = self._certificates.get(url)
        if known is not None:
            return known
        try:
            certificate = x509.load_pem_x509_certificate(self._fetch(url))
        except ValueError as error:
            raise MessageForged(reason="there is no certificate where it says") from error
        if len(self._certificates) >= _MAX_CERTIFICATES:
            self._certificates.clear()
        self._certificates[url] = certificate
        return certificate


def _kind(told: Json) -> Kind:
    for kind in Kind:
        if kind.value == told.get("Type"):
            return kind
    raise ValueError("its type is none of SNS")


def _string_to_sign(told: Json, kind: Kind) -> bytes:
    """Return names and values in the order of the names, each with a line end behind it."""
    names = _NOTIFICATION_SIGNS if kind is Kind.NOTIFICATION else _CONFIRMATION_SIGNS
    lines = [
        line
        for name in names
        if name not in _OPTIONAL or text_in(told, name)
        for line in (name, text_in(told, name))
    ]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
