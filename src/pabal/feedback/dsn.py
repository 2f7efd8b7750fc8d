"""Delivery status notifications (RFC 3464), decided by Action and Status.

The sentences beside them are for people and are not read: they are written by everybody
in his own way, and list what may have happened.
"""

import base64
import binascii
import re

from pabal.domain.classify import is_unspecific
from pabal.domain.event import EventKind, FeedbackEvent, Source, event_id
from pabal.domain.outcome import Reply
from pabal.feedback import mime
from pabal.feedback.letter import Letter
from pabal.feedback.mime import Part
from pabal.feedback.report import TEXT_LIMIT, address_in, moment, name_of, reply_in
from pabal.feedback.seals import Identified

_TYPE = "message/delivery-status"
# RFC 3464 2.3.3. What was passed on to where no report comes from has left us for good.
_KINDS = {
    "failed": EventKind.BOUNCED,
    "delayed": EventKind.DELAYED,
    "delivered": EventKind.DELIVERED,
    "relayed": EventKind.DELIVERED,
    "expanded": EventKind.DELIVERED,
}
_KINDS_BY_CLASS = {"5": EventKind.BOUNCED, "4": EventKind.DELAYED, "2": EventKind.DELIVERED}
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?![.\d])")
_TYPE_OF_CODE = re.compile(r"^\s*[\w.\-]{1,40}\s*;")  # smtp, X-Postfix, X-Unix, ...
_MAX_RECIPIENTS = 100


def is_dsn(message: Part) -> bool:
    return any(part.get_content_type() == _TYPE for part in mime.parts(message))


def read_dsn(message: Part, letter: Letter, about: Identified) -> tuple[FeedbackEvent, ...]:
    """Return an event for each recipient that the report has something to say about."""
    blocks = [
        block
        for part in mime.parts(message)
        if part.get_content_type() == _TYPE
        for block in _blocks(part)
    ]
    told = [block for block in blocks if block.get("Action") or block.get("Final-Recipient")]
    sent_at = mime.field(message, "Date")
    report = name_of(message, letter)
    events = [_event(block, letter, about, report, sent_at) for block in told[:_MAX_RECIPIENTS]]
    return tuple(event for event in events if event is not None)


def _blocks(part: Part) -> list[Part]:
    """Return the groups of fields: the message's, then one for each recipient.

    Some servers encode them, against RFC 3464 2.1.
    """
    blocks = mime.submessages(part)
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() != "base64":
        return blocks
    try:
        decoded = base64.b64decode(b"".join(map(mime.octets_of, blocks)), validate=False)
    except binascii.Error:
        return []
    groups = mime.decode_text(decoded, "utf-8").replace("\r\n", "\n").split("\n\n")
    return [mime.parse_fields(group) for group in groups[:_MAX_RECIPIENTS]]


def _event(
    block: Part, letter: Letter, about: Identified, report: str, sent_at: str
) -> FeedbackEvent | None:
    reply = _reply(block)
    action = mime.field(block, "Action").lower()
    kind = _KINDS.get(action) or _KINDS_BY_CLASS.get(reply.enhanced[:1])
    if kind is None:
        return None
    address = _address(block)
    return FeedbackEvent(
        id=event_id(Source.DSN, report, about.delivery or "", address, kind.value),
        kind=kind,
        at=moment(mime.field(block, "Last-Attempt-Date") or sent_at, latest=letter.found_at),
        source=Source.DSN,
        delivery=about.delivery,
        proof=about.proof,
        address=address,
        reply=reply,
    )


def _address(block: Part) -> str:
    """Return whose mailbox it is about: the final one, which a forwarding may have led to."""
    final = _recipient(mime.field(block, "Final-Recipient"), xtext=False)
    return final or _recipient(mime.field(block, "Original-Recipient"), xtext=True)


def _recipient(value: str, *, xtext: bool) -> str:
    address_type, separator, text = value.partition(";")
    if separator and address_type.strip().lower() not in ("rfc822", "utf-8"):
        return ""
    return address_in(text if separator else value, xtext=xtext)


def _reply(block: Part) -> Reply:
    """Put Status and the server's own reply together; the milder of two codes counts."""
    status_match = _STATUS.search(mime.field(block, "Status"))
    status = status_match[0] if status_match else ""
    words = _TYPE_OF_CODE.sub("", mime.field(block, "Diagnostic-Code")).strip()
    quoted = reply_in(words)
    return Reply(
        code=quoted.code,
        enhanced=_milder(status, quoted.enhanced),
        text=words[:TEXT_LIMIT],
    )


def _milder(status: str, quoted: str) -> str:
    """Choose between Status and the code in the quoted reply.

    Exim writes 5.0.0 whatever was said. Others write 5.1.1 over a refusal for reputation:
    an address is convicted only where both agree.
    """
    if is_unspecific(status):
        return quoted if not is_unspecific(quoted) else status or quoted
    convicts = status.startswith(("5.1.", "5.2."))
    if convicts and not is_unspecific(quoted) and not quoted.startswith(("5.1.", "5.2.")):
        return quoted
    return status
