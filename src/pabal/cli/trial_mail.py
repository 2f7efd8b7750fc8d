"""Mails that say of themselves that they are trials, to measure a mail server with."""

import base64
from collections.abc import Sequence
from datetime import datetime
from email.utils import make_msgid

from pabal.cli.language import _
from pabal.domain.address import Address
from pabal.message.headers import date_line, mailbox_field, plain_field, text_field

_COLUMNS = 76  # of base64 (RFC 2045 6.8)


def trial_mails(
    count: int, *, sender: Address, recipient: Address, size_bytes: int, now: datetime
) -> Sequence[Sequence[bytes]]:
    """Make plain-text mails of about one size. They differ in subject and Message-ID."""
    body = _body(size_bytes)
    return [
        (_header(number, count, sender=sender, recipient=recipient, now=now), body)
        for number in range(1, count + 1)
    ]


def _header(
    number: int, count: int, *, sender: Address, recipient: Address, now: datetime
) -> bytes:
    subject = _("Trial mail {number} of {count} from `pabal doctor`")
    fields = (
        mailbox_field("From", "Pabal", sender.wire),
        mailbox_field("To", "", recipient.wire),
        text_field("Subject", subject.format(number=number, count=count)),
        f"{date_line(now)}\r\n".encode(),
        plain_field("Message-ID", make_msgid(domain=sender.domain)),
        plain_field("Auto-Submitted", "auto-generated"),  # RFC 3834 5: nobody answers it
        plain_field("MIME-Version", "1.0"),
        plain_field("Content-Type", "text/plain; charset=utf-8"),
        plain_field("Content-Transfer-Encoding", "base64"),
    )
    return b"".join(fields) + b"\r\n"


def _body(size_bytes: int) -> bytes:
    """Say what the mail is for, as often as makes the size."""
    text = _(
        "This mail was sent by `pabal doctor --smtp` to measure how fast the mail server takes "
        "mails. You may delete it."
    )
    line = f"{text}\r\n".encode()
    encoded = base64.b64encode(line * max(1, size_bytes * 3 // 4 // len(line)))
    lines = (encoded[at : at + _COLUMNS] for at in range(0, len(encoded), _COLUMNS))
    return b"\r\n".join(lines) + b"\r\n"
