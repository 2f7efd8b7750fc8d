"""Bounces in no standard form: qmail's, old servers', and sentences for people.

They are known by who writes them. What they quote of a server's reply decides, by the
same table as everywhere; flufl.bounce, which knows many of the forms, is asked for the
address only, since it takes every failure for permanent.
"""

import logging
import re
from collections.abc import Callable
from typing import Any, cast

from pabal.domain.event import EventKind, FeedbackEvent, Source, event_id
from pabal.domain.outcome import Reply
from pabal.feedback import mime
from pabal.feedback.letter import Letter
from pabal.feedback.mime import Part
from pabal.feedback.report import address_in, moment, name_of, reply_in
from pabal.feedback.seals import Identified

_DAEMON = re.compile(
    r"\b(mailer|mail)[-_ ]?daemon|\bpostmaster\b|mail delivery (sub)?system|\bmdaemon\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|delivery (status|failure|report|has failed)|returned mail|"
    r"failure notice|warning: message .{0,40}delayed|mail delivery failed|delivery failed|"
    r"could not be delivered|mail system error|"
    r"반송|(전송|발송|배달|전달|송신)\s?(이|에|을)?\s?(실패|오류|불가)|退信",
    re.IGNORECASE,
)
_STILL_TRYING = re.compile(
    r"(delivery|message|mail).{0,40}(delayed|not yet been delivered)|still trying|"
    r"will (continue|keep) (to try|trying)|this is a warning message only|"
    r"no action is required on your part|지연",
    re.IGNORECASE,
)
# From here on it is the mail that is returned.
_RETURNED = re.compile(
    r"^[ >]{0,9}(--[^\n]{0,80}(original|copy|returned|원본|원문)[^\n]*|"
    r"(received|return-path|dkim-signature|message-id|list-unsubscribe):[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)
_TAGS = re.compile(r"<(?![^<>\s]*@)[^<>]{0,2000}>")
_HIDDEN = re.compile(r"<(style|script)\b.{0,5000}?</\1>", re.IGNORECASE | re.DOTALL)
_LOOKED_AT = 16_384  # characters
_WORDS = 2_000  # characters of the report that are looked at, and kept in part
_SCANNED_BYTES = 65_536


def is_bounce_text(message: Part) -> bool:
    """Whether a server's daemon writes about a mail that did not arrive."""
    daemon = _DAEMON.search(mime.field(message, "From"))
    answers_nobody = mime.field(message, "Return-Path") == "<>"
    told = _SUBJECT.search(mime.field(message, "Subject"))
    return bool((daemon or answers_nobody) and told)


def read_bounce_text(message: Part, letter: Letter, about: Identified) -> tuple[FeedbackEvent, ...]:
    """Return what the report says of one recipient."""
    words = _words(message)
    kind = EventKind.DELAYED if _STILL_TRYING.search(words) else EventKind.BOUNCED
    address = _failed_address(message, letter)
    name = name_of(message, letter)
    return (
        FeedbackEvent(
            id=event_id(Source.BOUNCE_TEXT, name, about.delivery or "", address, kind.value),
            kind=kind,
            at=moment(mime.field(message, "Date"), latest=letter.found_at),
            source=Source.BOUNCE_TEXT,
            delivery=about.delivery,
            proof=about.proof,
            address=address,
            reply=_reply(words),
        ),
    )


def _words(message: Part) -> str:
    """Return what the daemon itself has written, as plain text on few lines."""
    texts = [
        mime.text_of(part)
        for part in mime.parts(message)
        if part.get_content_type() in ("text/plain", "text/html")
    ]
    plain = _HIDDEN.sub(" ", texts[0][:_LOOKED_AT]) if texts else ""
    plain = _TAGS.sub(" ", plain)
    returned = _RETURNED.search(plain)
    return plain[: returned.start() if returned else None].strip()[:_WORDS]


def _reply(words: str) -> Reply:
    """Return the reply that is quoted, with its words only; all words where none is."""
    flat = " ".join(words.split())
    quoted = reply_in(flat)
    if not quoted.code:
        return quoted
    start = flat.find(str(quoted.code))
    return reply_in(flat[start:])


def _failed_address(message: Part, letter: Letter) -> str:
    """Return the one address that failed; "" where there is none, or more than one."""
    told = mime.fields(message, "X-Failed-Recipients")
    found = {address_in(value) for value in told} or _found_by_flufl(letter.raw[:_SCANNED_BYTES])
    found.discard("")
    return found.pop() if len(found) == 1 else ""


def _found_by_flufl(raw: bytes) -> set[str]:
    from flufl import bounce

    logging.getLogger("flufl.bounce").disabled = True  # a traceback for each mail it cannot read
    scan: Callable[[object], tuple[frozenset[bytes], frozenset[bytes]]]
    scan = cast(Any, bounce).all_failures
    try:
        passing, lasting = scan(mime.parse(raw))
    except Exception:  # it reads what anybody wrote, and makes no promise about it
        return set()
    return {address_in(each.decode("ascii", "replace")) for each in {*passing, *lasting}}
