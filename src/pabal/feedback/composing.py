"""Bounces and complaints about a mail that we have, as a real server would write them.

For trying things out: the built-in mailbox takes every mail, so nothing would come back.
"""

import hashlib
from datetime import datetime
from email.utils import format_datetime

from pabal.domain.outcome import Reply

_DAEMON = "MAILER-DAEMON@mailbox.invalid"


def bounce_of(mail: bytes, *, sender: str, recipient: str, reply: Reply, now: datetime) -> bytes:
    """Return the report that a mail could not be delivered (RFC 3464), CRLF line ends.

    sender: of the mail's envelope, to whom the report goes. reply: why; its enhanced code
    is the Status.
    """
    status = [
        "Reporting-MTA: dns; mailbox.invalid",
        "",
        f"Final-Recipient: rfc822; {recipient}",
        "Action: failed",
        f"Status: {reply.enhanced or '5.0.0'}",
        f"Diagnostic-Code: smtp; {reply.code} {reply.enhanced} {reply.text}".rstrip(),
        "",
    ]
    text = f"The mail to {recipient} could not be delivered."
    head = _head("Undelivered Mail Returned to Sender", mail, sender, "delivery-status", now)
    return _report(head, text, "message/delivery-status", status, mail)


def complaint_about(
    mail: bytes, *, to: str, recipient: str, now: datetime, feedback_type: str = "abuse"
) -> bytes:
    """Return the report that somebody pressed "this is spam" (RFC 5965), CRLF line ends.

    to: where reports go. recipient: who complains; "" where it is taken out, as most do.
    """
    report = [f"Feedback-Type: {feedback_type}", "User-Agent: Pabal-Mailbox/1", "Version: 1"]
    if recipient:
        report.append(f"Original-Rcpt-To: {recipient}")
    text = "This is an email abuse report."
    head = _head("complaint about a message", mail, to, "feedback-report", now)
    return _report(head, text, "message/feedback-report", [*report, ""], mail)


def _head(subject: str, mail: bytes, to: str, report_type: str, now: datetime) -> list[str]:
    boundary = _boundary(mail)
    return [
        "Return-Path: <>",
        f"From: Mail Delivery System <{_DAEMON}>",
        f"To: <{to}>",
        f"Subject: {subject}",
        f"Date: {format_datetime(now)}",
        f"Message-ID: <{boundary}.{report_type}.{int(now.timestamp())}@mailbox.invalid>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type={report_type}; boundary="{boundary}"',
        "",
    ]


def _report(head: list[str], text: str, kind: str, fields: list[str], mail: bytes) -> bytes:
    boundary = _boundary(mail)
    before = [
        *head,
        f"--{boundary}",
        "Content-Type: text/plain; charset=utf-8",
        "",
        text,
        f"--{boundary}",
        f"Content-Type: {kind}",
        "",
        *fields,
        f"--{boundary}",
        "Content-Type: message/rfc822",
        "",
        "",
    ]
    return "\r\n".join(before).encode() + mail + f"\r\n--{boundary}--\r\n".encode()


def _boundary(mail: bytes) -> str:
    """Return a boundary that does not occur in the mail: no text holds its own digest."""
    return hashlib.sha256(mail).hexdigest()[:40]
