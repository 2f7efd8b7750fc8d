"""What all reports have in common: addresses, moments, replies, and names of events."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256

from pabal.domain.address import AddressError, parse_address
from pabal.domain.outcome import Reply
from pabal.feedback import mime
from pabal.feedback.letter import Letter
from pabal.feedback.mime import Part

TEXT_LIMIT = 500
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_ADDRESS = re.compile(r"[^\s<>,;:\"]{1,64}@[^\s<>,;:\"]{1,255}")
_ENHANCED = r"#?(?P<enhanced>[245]\.\d{1,3}\.\d{1,3})(?![.\d])"
_REPLY = re.compile(rf"(?<![\d.#\-])(?P<code>[245]\d\d)(?:[ \-]+{_ENHANCED})?(?=[\s:;,\-]|$)")
_BARE_ENHANCED = re.compile(rf"(?<![\d.])(?!2){_ENHANCED}")


def address_in(text: str, *, xtext: bool = False) -> str:
    """Return Address.identity of the first address in a text; "" where there is none.

    xtext: the text is encoded as in RFC 3461 4, where a plus sign is `+2B`.
    """
    plain = _XTEXT.sub(lambda match: chr(int(match[1], 16)), text) if xtext else text
    match = _ADDRESS.search(plain)
    if match is None:
        return ""
    try:
        return parse_address(match[0]).identity
    except AddressError:
        local, _, domain = match[0].rpartition("@")
        return f"{local.casefold()}@{domain.lower()}"


def reply_in(text: str) -> Reply:
    """Return the first SMTP reply that a text quotes; code 0 where it quotes none."""
    match = _REPLY.search(text)
    bare = _BARE_ENHANCED.search(text)
    enhanced = (match and match["enhanced"]) or (bare["enhanced"] if bare else "")
    return Reply(
        code=int(match["code"]) if match else 0, enhanced=enhanced, text=text[:TEXT_LIMIT].strip()
    )


def moment(text: str, *, latest: datetime) -> datetime:
    """Return the moment that a date names, or `latest` where it names none or a later one."""
    try:
        told = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return latest
    aware = told if told.tzinfo else told.replace(tzinfo=UTC)
    try:
        return min(aware.astimezone(UTC), latest)
    except OverflowError:
        return latest


def name_of(message: Part, letter: Letter) -> str:
    """Name a report: the same when it is read again, or comes by another road."""
    return mime.field(message, "Message-ID") or sha256(letter.raw[: mime.READ_BYTES]).hexdigest()
