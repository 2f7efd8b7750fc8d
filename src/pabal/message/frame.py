"""What stands around the parts of a mail: its header fields and its boundaries."""

from datetime import UTC, datetime
from urllib.parse import quote

from pabal.domain.campaign import CampaignPlan
from pabal.domain.identity import DeliveryId, leaving_local_part, message_id
from pabal.domain.recipient import Recipient
from pabal.message import headers
from pabal.message.compiled import Compiled, TransferEncoding

_ANY_DATE = datetime(2000, 1, 1, tzinfo=UTC)  # Date has the same length on every day


class Frame:
    """What stands around the parts: the headers and the boundaries.

    shared: the header fields that every mail of the campaign has.
    opening, between, end: of the body, up to, between and behind the parts.
    size: of all of these, with the empty line behind the headers.
    """

    def __init__(
        self, plan: CampaignPlan, compiled: Compiled, *, leaving_secret: bytes | None = None
    ) -> None:
        """leaving_secret: of the addresses by which recipients leave, where mail to the
        bounce domain is read; None where a person reads what they write.
        """
        self._plan = plan
        self._leaving_secret = leaving_secret
        self._contact = quote(
            headers.check_value("List-Unsubscribe", plan.sender.contact_email), safe="@"
        )
        # "=_" can be neither in base64 nor in quoted-printable (RFC 2045 6.7, last note).
        boundary = f"=_{plan.id}"
        delimiter = f"\r\n--{boundary}"
        self.shared = _campaign_fields(plan, boundary)
        self.opening = f"--{boundary}\r\n".encode() + _part_fields("plain", compiled.text_encoding)
        self.between = f"{delimiter}\r\n".encode() + _part_fields("html", compiled.html_encoding)
        self.end = f"{delimiter}--\r\n".encode()
        parts = (self.shared, b"\r\n", self.opening, self.between, self.end)
        self.size = sum(map(len, parts))
        self._untold = len(self._addressed("", DeliveryId(""), "", _ANY_DATE))

    def varying_fields(
        self, recipient: Recipient, delivery: DeliveryId, url: str, subject: str, date: datetime
    ) -> bytes:
        """The header fields that are not `shared`.

        url: where the recipient unsubscribes. Raises HeaderInjection.
        """
        to, url = _checked(recipient, url)
        addressed = self._addressed(to, delivery, url, date)
        return addressed + headers.text_field("Subject", subject)

    def varying_size(
        self, recipient: Recipient, delivery: DeliveryId, url: str, subject: str
    ) -> int:
        """The length of `varying_fields` for any date. Raises HeaderInjection."""
        to, url = _checked(recipient, url)
        told = len(to.encode()) + len(url.encode()) + 2 * len(delivery)
        return self._untold + told + headers.text_field_size("Subject", subject)

    def _addressed(self, to: str, delivery: DeliveryId, url: str, date: datetime) -> bytes:
        # The fold stands between the two addresses, never inside of one (RFC 2369 2).
        return (
            f"{headers.date_line(date)}\r\n"
            f"To: {to}\r\n"
            f"Message-ID: {message_id(delivery, self._plan.sender.domain)}\r\n"
            f"List-Unsubscribe: <{url}>,\r\n <mailto:{self._leaving(delivery)}>\r\n"
        ).encode()

    def _leaving(self, delivery: DeliveryId) -> str:
        """Where a mail unsubscribes; of one length for deliveries of one length."""
        if self._leaving_secret is None:
            return f"{self._contact}?subject=unsubscribe%20{delivery}"
        local = leaving_local_part(delivery, self._leaving_secret)
        return f"{local}@{self._plan.sender.bounce_domain}?subject=unsubscribe"


def _checked(recipient: Recipient, url: str) -> tuple[str, str]:
    to = headers.check_value("To", recipient.address.wire)
    return to, headers.check_value("List-Unsubscribe", url)


def _campaign_fields(plan: CampaignPlan, boundary: str) -> bytes:
    sender = plan.sender
    feedback = (plan.id, plan.list_id, plan.kind.value, sender.domain)
    fields = [headers.mailbox_field("From", sender.name, sender.address)]
    if sender.reply_to:
        fields.append(headers.mailbox_field("Reply-To", "", sender.reply_to))
    fields += [
        headers.list_id_field(plan.list_id, plan.list_name),
        headers.plain_field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        headers.plain_field("Feedback-ID", ":".join(part.replace(":", "-") for part in feedback)),
        headers.plain_field("Precedence", "bulk"),
        headers.plain_field("MIME-Version", "1.0"),
        f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n'.encode(),
    ]
    return b"".join(fields)


def _part_fields(subtype: str, encoding: TransferEncoding) -> bytes:
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding.value}\r\n\r\n"
    ).encode()
