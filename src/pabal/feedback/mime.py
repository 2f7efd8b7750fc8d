"""Mails from anybody, parsed by the standard library within bounds.

The parser's time grows with depth times lines and with the square of a parameter list,
its memory with the blocks of a delivery status. What comes in is therefore cut and
measured before it is parsed: reports stand in front of the mail that they return.
"""

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser, Parser
from email.policy import Compat32
from typing import TYPE_CHECKING, TypeAlias

from pabal.feedback.errors import MailRefused

if TYPE_CHECKING:
    Part: TypeAlias = Message[str, str]
else:
    Part = Message

READ_BYTES = 1_048_576  # of a mail; what lies behind is the returned mail's
_FIELD_CHARACTERS = 2_000
_FIELDS_OF_A_NAME = 20
_TEXT_CHARACTERS = 65_536
_MAX_BLOCKS = 3_000  # runs of text between blank lines or lines that may part a multipart
_MAX_PARTS = 100
_MAX_CONTENT_TYPE = 4_000
_MAX_FIELDS = 2_000  # of one header

_GLOBAL_STATUS = re.compile(rb"message/global-delivery-status", re.IGNORECASE)
_CONTENT_TYPE = re.compile(rb"^content-type[ \t]*:(?:.*(?:\n[ \t].*)*)", re.MULTILINE | re.I)
_BLOCK_ENDS = re.compile(rb"\n(?=\n|--)")
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,40})\?([bq])\?([^?]*)\?=", re.IGNORECASE)
# Codecs for text only; Python's punycode and idna would take minutes for a long line.
_CHARSETS = re.compile(
    r"utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|latin-?1|(windows-|cp)(125\d|949|932|936|874)|"
    r"euc-(kr|jp)|ks_c_5601-1987|ksc5601|iso-2022-(kr|jp)|shift_jis|gb2312|gbk|gb18030|big5|"
    r"koi8-[ru]",
    re.IGNORECASE,
)


class _AsItCame(Compat32):
    """Fields keep the octets that are not ASCII, which compat32 gives up on reading."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value


_AS_IT_CAME = _AsItCame()


def parse_fields(text: str) -> Part:
    """Parse a group of fields that was taken out of its encoding."""
    return Parser(policy=_AS_IT_CAME).parsestr(text)


def parse(raw: bytes) -> Part:
    """Parse a mail's first mebibyte. Memory and time are bounded whatever it is made of.

    Raises MailRefused: too many parts or header lines, or a parameter list without end.
    """
    head = _cut(raw[:READ_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    _measure(head)
    # RFC 6533 differs in that fields may be UTF-8, which they are here anyway.
    plain = _GLOBAL_STATUS.sub(b"message/delivery-status", head)
    message = BytesParser(policy=_AS_IT_CAME).parsebytes(plain)
    if any(len(part) > _MAX_FIELDS for part in walk(message)):
        raise MailRefused(reason=f"a header has more than {_MAX_FIELDS} fields")
    return message


def walk(message: Part) -> Iterator[Part]:
    """Walk over all parts, those of returned mails included."""
    yield message
    for part in submessages(message):
        yield from walk(part)


def parts(message: Part) -> Iterator[Part]:
    """Walk over the parts that the sender of this mail has made.

    What is inside a returned or forwarded mail is not theirs: a bounce that somebody
    forwards is not a bounce.
    """
    yield message
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in submessages(message):
            yield from parts(part)


def submessages(part: Part) -> list[Part]:
    """Return what a part consists of: parts, blocks of fields, or the mail that it holds."""
    if part.get_content_type() == "text/rfc822-headers":
        return [parse_fields(text_of(part).partition("\n\n")[0])]
    if not part.is_multipart():  # its text would be decoded, by whatever codec it names
        return []
    return [each for each in part.get_payload() if isinstance(each, Message)]


def field(message: Part, name: str) -> str:
    """Return a header field as text on one line, decoded, cut; "" where it is missing."""
    value = message.get(name)
    return _decoded(str(value)) if value is not None else ""


def fields(message: Part, name: str) -> list[str]:
    """Return the fields of a name, as many as an honest mail may have."""
    return [_decoded(str(value)) for value in message.get_all(name, [])[:_FIELDS_OF_A_NAME]]


def text_of(part: Part) -> str:
    """Return the text of a part that is no multipart, cut; "" where it is none."""
    if part.is_multipart():
        return ""
    return decode_text(octets_of(part), part.get_content_charset("utf-8"))[:_TEXT_CHARACTERS]


def octets_of(part: Part) -> bytes:
    """Return the content of a part that is no multipart, its encoding undone."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def decode_text(content: bytes, charset: str) -> str:
    """Decode text whatever its label says; what is not of the charset is marked."""
    known = charset if _CHARSETS.fullmatch(charset) else "utf-8"
    try:
        return content.decode(known, "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _cut(head: bytes) -> bytes:
    """End the mail where its blocks become too many; few returned mails come so far."""
    ends = _BLOCK_ENDS.finditer(head)
    for count, end in enumerate(ends):
        if count == _MAX_BLOCKS:
            return head[: end.start()]
    return head


def _measure(head: bytes) -> None:
    for count, match in enumerate(_CONTENT_TYPE.finditer(head)):
        if count == _MAX_PARTS:
            raise MailRefused(reason=f"it has more than {_MAX_PARTS} parts")
        if match.end() - match.start() > _MAX_CONTENT_TYPE:
            raise MailRefused(reason="the description of a part does not end")


def _decoded(value: str) -> str:
    octets = value[:_FIELD_CHARACTERS].encode("utf-8", "surrogateescape")
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        text = octets.decode("cp949", "replace")  # what Korean servers write without saying so
    joined = re.sub(r"(\?=) (=\?)", r"\1\2", " ".join(text.split()))
    return _ENCODED_WORD.sub(_decode_word, joined)


def _decode_word(match: re.Match[str]) -> str:
    charset, encoding, text = match.groups()
    part: Part = Message()
    part["Content-Transfer-Encoding"] = {"b": "base64", "q": "quoted-printable"}[encoding.lower()]
    part.set_payload(text.replace("_", " ") if encoding in "qQ" else text)
    payload = part.get_payload(decode=True)
    return decode_text(payload if isinstance(payload, bytes) else b"", charset)
