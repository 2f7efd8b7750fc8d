"""Feedback reports: somebody has pressed "this is spam" (RFC 5965), or says that it is none.

Addresses are usually taken out of them; the returned mail still carries our tokens.
"""

from pabal.domain.event import EventKind, FeedbackEvent, Source, event_id
from pabal.domain.outcome import Reply
from pabal.feedback import mime
from pabal.feedback.letter import Letter
from pabal.feedback.mime import Part
from pabal.feedback.report import address_in, moment, name_of
from pabal.feedback.seals import Identified

_TYPE = "message/feedback-report"
# Outlook.com's junk reports are no ARF; the returned mail has this field in front.
_OUTLOOK_RECIPIENT = "X-HmXmrOriginalRecipient"


def is_complaint(message: Part) -> bool:
    return _fields(message) is not None or _returned_by_outlook(message) is not None


def read_complaint(message: Part, letter: Letter, about: Identified) -> tuple[FeedbackEvent, ...]:
    """Return the complaint. Its label is the Feedback-Type (RFC 5965 7.3)."""
    report = _fields(message)
    if report is None:
        returned = _returned_by_outlook(message)
        label, arrived = "abuse", ""
        address = address_in(mime.field(returned, _OUTLOOK_RECIPIENT)) if returned else ""
    else:
        label = mime.field(report, "Feedback-Type").strip().lower()
        arrived = mime.field(report, "Arrival-Date") or mime.field(report, "Received-Date")
        address = address_in(mime.field(report, "Original-Rcpt-To"))
    told_at = mime.field(message, "Date") or arrived
    name = name_of(message, letter)
    return (
        FeedbackEvent(
            id=event_id(Source.ARF, name, about.delivery or "", address, label),
            kind=EventKind.COMPLAINED,
            at=moment(told_at, latest=letter.found_at),
            source=Source.ARF,
            delivery=about.delivery,
            proof=about.proof,
            address=address,
            reply=Reply(code=0, text=mime.field(message, "From")[:200]),
            label=label,
        ),
    )


def _fields(message: Part) -> Part | None:
    for part in mime.parts(message):
        if part.get_content_type() == _TYPE:
            return next(iter(mime.submessages(part)), None)
    return None


def _returned_by_outlook(message: Part) -> Part | None:
    for part in mime.parts(message):
        if part.get_content_type() == "message/rfc822":
            for returned in mime.submessages(part):
                if returned.get(_OUTLOOK_RECIPIENT):
                    return returned
    return None
