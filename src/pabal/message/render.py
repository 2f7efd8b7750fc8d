"""Compiled + recipient -> wire-ready mail.

Runs once a recipient, so it does only what differs between two of them: Jinja, the
encoding of what varies, the headers that name the recipient.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from pabal.domain.campaign import CampaignPlan
from pabal.domain.identity import DeliveryId, verp_local_part
from pabal.domain.links import PublicLinks
from pabal.domain.recipient import Recipient
from pabal.message.compiled import CLICKS, OPENS, SEAL, Compiled, Field, TransferEncoding
from pabal.message.encode import encoder
from pabal.message.errors import MessageTooLarge
from pabal.message.frame import Frame
from pabal.message.meter import Meter
from pabal.message.source import Limits
from pabal.message.template import LiveTemplate

if TYPE_CHECKING:
    from pabal.message.dkim import Signer, Signing


@dataclass(frozen=True, slots=True, kw_only=True)
class WireMessage:
    """A mail as it goes to the server.

    sender: envelope sender, one for each delivery (VERP).
    buffers: together the mail; CRLF line ends, ends with CRLF, not dot-stuffed. No line
    begins with a dot, so there is nothing to stuff.
    """

    sender: str
    recipient: str
    needs_smtputf8: bool
    buffers: Sequence[bytes]
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedMail:
    """A mail that is whole but for its signatures.

    signer: None where the campaign is not signed; varying_fields and date are for it.
    """

    mail: WireMessage
    signer: "Signer | None"
    varying_fields: bytes
    date: datetime

    def sign(self) -> WireMessage:
        """Put the signatures on top. For any thread; nearly all of it runs without the GIL."""
        mail = self.mail
        if self.signer is None:
            return mail
        head, *parts = mail.buffers
        body = b"".join(parts)
        fields = self.signer.fields(self.varying_fields, body, self.date)
        return WireMessage(
            sender=mail.sender,
            recipient=mail.recipient,
            needs_smtputf8=mail.needs_smtputf8,
            buffers=[fields + head, body],
            size_bytes=len(fields) + mail.size_bytes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is known of a recipient's mail without reading it.

    size_bytes: on the wire. html_bytes: of the HTML part, decoded.
    way: which of the template's own texts it has; mails with the same differ in data alone.
    """

    size_bytes: int
    html_bytes: int
    subject: str
    way: frozenset[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainMail:
    """What a mail says, for people to look at. Line ends are those of the template."""

    subject: str
    html: str
    text: str


class Renderer:
    """Renders the mails of one campaign. Not for two threads at once.

    Its methods raise
    MissingValue: the recipient lacks a value that the template needs;
    TemplateError: the template fails with this recipient's values, or (TemplateLimit)
    does too much;
    HeaderInjection: a value in a header has a line end or a control character;
    MessageTooLarge: the mail is larger than the limits allow.
    """

    def __init__(
        self,
        compiled: Compiled,
        plan: CampaignPlan,
        *,
        links: PublicLinks,
        bounce_secret: bytes,
        limits: Limits,
        reads_returns: bool = False,
        signing: "Signing | None" = None,
    ) -> None:
        """reads_returns: whether mail to the bounce domain comes back to us.

        Raises TemplateError or HeaderInjection: the campaign itself is wrong.
        """
        self._plan = plan
        self._links = links
        self._bounce_secret = bounce_secret
        self._limits = limits
        self._meter = Meter(limits)
        self._ours = {
            "sender": plan.sender,
            "campaign": plan.name,
            "list_name": plan.list_name,
        }
        if compiled.tracked:
            self._ours |= {CLICKS: links.clicks, OPENS: links.opens}
        self._compiled = compiled
        tracked = compiled.tracked
        self._tracked = self._prepared(tracked.html, tracked.text) if tracked else None
        self._usual = self._tracked or self._as_written
        self._subject = self._live(compiled.subject, autoescape=False)
        leaving_secret = bounce_secret if reads_returns else None
        self._frame = Frame(plan, compiled, leaving_secret=leaving_secret)
        self._signer = _signer(signing, self._frame.shared)
        self._signature_size = self._signer.size if self._signer else 0
        self._shared = self._subject.functions
        # A link costs a signature, and few mails have these.
        fields = [field.template for field in (compiled.subject, compiled.html, compiled.text)]
        self._links_preferences = any("preferences_url" in field for field in fields)
        self._links_web_view = any("web_view_url" in field for field in fields)

    def render(self, recipient: Recipient, *, date: datetime) -> WireMessage:
        """Make the mail of one recipient. The same bytes every time for the same date.

        date: what the Date header says, with its offset from UTC.
        """
        return self.compose(recipient, date=date).sign()

    def compose(self, recipient: Recipient, *, date: datetime) -> UnsignedMail:
        """Make the mail of one recipient but for its signatures, which any thread may add."""
        delivery = recipient.delivery(self._plan.id)
        values = self._values(recipient, delivery)
        varying = self._frame.varying_fields(recipient, *self._told(delivery, values), date)
        parts = self._parts(recipient)
        text, html = parts.text.encode(values), parts.html.encode(values)
        body = [self._frame.opening, *text, self._frame.between, *html, self._frame.end]
        head = varying + self._frame.shared + b"\r\n"
        size = len(head) + sum(map(len, body))
        self._check_size(size + self._signature_size)
        verp = verp_local_part(delivery, self._bounce_secret)
        mail = WireMessage(
            sender=f"{verp}@{self._plan.sender.bounce_domain}",
            recipient=recipient.address.wire,
            needs_smtputf8=recipient.address.needs_smtputf8,
            buffers=[head, *body],
            size_bytes=size,
        )
        return UnsignedMail(mail=mail, signer=self._signer, varying_fields=varying, date=date)

    def prove(self, recipient: Recipient) -> Proof:
        """Find out whether the mail of one recipient can be made, and its exact size."""
        delivery = recipient.delivery(self._plan.id)
        values = self._values(recipient, delivery)
        subject = self._subject.run(values)
        told = delivery, values["unsubscribe_url"], "".join(subject)
        varying = self._frame.varying_size(recipient, *told)
        parts = self._parts(recipient)
        text, html = parts.text.measure(values), parts.html.measure(values)
        size = self._signature_size + varying + self._frame.size + text.coded + html.coded
        return Proof(
            size_bytes=self._check_size(size),
            html_bytes=html.decoded,
            subject=told[-1],
            way=self._subject.way(subject) | text.way | html.way,
        )

    def plain(self, recipient: Recipient, *, as_written: bool = False) -> PlainMail:
        """Render subject and parts as text, without encoding anything.

        as_written: with the links as the marketer wrote them, tracked or not.
        """
        parts = self._as_written if as_written else self._parts(recipient)
        values = self._values(recipient, recipient.delivery(self._plan.id))
        return PlainMail(
            subject="".join(self._subject.run(values)),
            html="".join(parts.html.template.run(values)),
            text="".join(parts.text.template.run(values)),
        )

    def _parts(self, recipient: Recipient) -> "_Parts":
        return self._as_written if recipient.objects else self._usual

    @cached_property
    def _as_written(self) -> "_Parts":
        return self._prepared(self._compiled.html, self._compiled.text)

    def _prepared(self, html: Field, text: Field) -> "_Parts":
        compiled = self._compiled
        return _Parts(
            html=_Part(self._live(html, autoescape=True), compiled.html_encoding),
            text=_Part(self._live(text, autoescape=False), compiled.text_encoding),
        )

    def _live(self, field: Field, *, autoescape: bool) -> LiveTemplate:
        return LiveTemplate(field, self._meter, autoescape=autoescape, known=self._ours)

    def _told(self, delivery: DeliveryId, values: dict[str, Any]) -> tuple[DeliveryId, str, str]:
        """What the header says of one recipient's mail: delivery, unsubscribe URL, subject."""
        return delivery, values["unsubscribe_url"], "".join(self._subject.run(values))

    def _check_size(self, size: int) -> int:
        if size > self._limits.mail_bytes:
            raise MessageTooLarge(size=size, limit=self._limits.mail_bytes)
        return size

    def _values(self, recipient: Recipient, delivery: DeliveryId) -> dict[str, Any]:
        """What the template may name. A column cannot take the place of one of ours."""
        self._meter.reset()
        values = {
            **self._shared,
            **recipient.attributes,
            **self._ours,
            "email": recipient.address.original,
            "language": recipient.language,
            "unsubscribe_url": self._links.unsubscribe(delivery),
        }
        if self._links_preferences:
            values["preferences_url"] = self._links.preferences(delivery)
        if self._links_web_view:
            values["web_view_url"] = self._links.web_view(delivery)
        if self._tracked and not recipient.objects:
            values[SEAL] = self._links.seal(delivery)
        return values


def _signer(signing: "Signing | None", shared: bytes) -> "Signer | None":
    if signing is None:
        return None
    # Imported here: where SES signs, nobody needs cryptography.
    from pabal.message.dkim import Signer

    return Signer(signing, shared)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    html: "_Part"
    text: "_Part"


class _Part:
    """A body part: its template and its encoder."""

    def __init__(self, template: LiveTemplate, encoding: TransferEncoding) -> None:
        self.template = template
        self._encoder = encoder(encoding)
        for static in self.template.statics:
            self._encoder.prepare(static)

    def encode(self, values: dict[str, Any]) -> list[bytes]:
        pieces = self.template.run(values)
        try:
            return self._encoder.encode(pieces)
        except UnicodeEncodeError as error:
            raise self.template.unencodable(error) from None

    def measure(self, values: dict[str, Any]) -> "_Measured":
        pieces = self.template.run(values)
        try:
            coded, decoded = self._encoder.measure(pieces)
        except UnicodeEncodeError as error:
            raise self.template.unencodable(error) from None
        return _Measured(coded, decoded, self.template.way(pieces))


class _Measured(NamedTuple):
    """Sizes of a part in bytes, encoded and not, and which texts of the template it has."""

    coded: int
    decoded: int
    way: frozenset[object]
