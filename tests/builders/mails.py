"""Mails as the built-in mailbox receives them."""

from datetime import UTC, datetime
from email.message import EmailMessage

from pabal.transport.mailbox.store import MailboxStore, ReceivedMail

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def a_received_mail(
    *,
    to: str = "minji@customer.example",
    subject: str = "(광고) 김민지님, 가을 신상품이 나왔습니다",
    html: str = "<html><head></head><body><p>안녕하세요</p></body></html>",
    text: str = "안녕하세요",
    message_id: str = "<someone-elses@elsewhere.example>",
    received_at: datetime = NOW,
) -> ReceivedMail:
    """A mail with a text part and an HTML part."""
    message = EmailMessage()
    message["From"] = "파발상점 <news@shop.example>"
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = message_id
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    raw = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
    return a_raw_mail(raw, to=to, received_at=received_at)


def a_raw_mail(
    raw: bytes, *, to: str = "minji@customer.example", received_at: datetime = NOW
) -> ReceivedMail:
    """A mail of exactly these bytes."""
    return ReceivedMail(
        sender="b@bounce.shop.example",
        recipients=(to,),
        received_at=received_at,
        peer="127.0.0.1",
        raw=raw,
    )


def keep(store: MailboxStore, **mail: object) -> str:
    """Put a mail into the mailbox; return its id."""
    return store.add(a_received_mail(**mail))  # type: ignore[arg-type]
