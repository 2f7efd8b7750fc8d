"""A received mail as the pages show it. Nothing in it is trusted, not even its form."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

from pabal.domain.identity import DeliveryId, split_delivery_id
from pabal.transport.mailbox.store import MailSummary, StoredMail

_MESSAGE_ID = re.compile(r"\s*<(?P<delivery>[0-9a-z-]+)@[^>]*>\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A mail in a list. delivery: "" where the mail is none of ours."""

    id: str
    recipients: tuple[str, ...]
    subject: str
    received_at: datetime
    size_bytes: int
    delivery: DeliveryId | str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMail:
    """A mail taken apart. text, html: the first of each kind; "" where there is none."""

    id: str
    recipients: tuple[str, ...]
    subject: str
    received_at: datetime
    peer: str
    size_bytes: int
    headers: Sequence[tuple[str, str]]
    text: str
    html: str
    delivery: DeliveryId | str


def read_row(summary: MailSummary) -> Row:
    headers = message_from_bytes(summary.header)
    return Row(
        id=summary.id,
        recipients=summary.recipients,
        subject=_decoded(headers.get("Subject", "")),
        received_at=summary.received_at,
        size_bytes=summary.size_bytes,
        delivery=_delivery(headers),
    )


def read_mail(stored: StoredMail) -> ReadMail:
    message = message_from_bytes(stored.raw)
    return ReadMail(
        id=stored.id,
        recipients=stored.recipients,
        subject=_decoded(message.get("Subject", "")),
        received_at=stored.received_at,
        peer=stored.peer,
        size_bytes=len(stored.raw),
        headers=[(name, _decoded(value)) for name, value in message.items()],
        text=_part(message, "text/plain"),
        html=_part(message, "text/html"),
        delivery=_delivery(message),
    )


def _delivery(message: Message) -> DeliveryId | str:
    match = _MESSAGE_ID.fullmatch(_decoded(message.get("Message-ID", "")))
    if match is None:
        return ""
    try:
        split_delivery_id(match["delivery"])
    except ValueError:
        return ""
    return DeliveryId(match["delivery"])


def _decoded(value: object) -> str:
    """Read a header's encoded words (RFC 2047); what cannot be read is shown as it is."""
    text = str(value)
    try:
        return str(make_header(decode_header(text)))
    except (ValueError, LookupError):
        return text


def _part(message: Message, content_type: str) -> str:
    for part in message.walk():
        if part.get_content_type() == content_type and part.get_filename() is None:
            return _text(part)
    return ""


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return content.decode("utf-8", "replace")
