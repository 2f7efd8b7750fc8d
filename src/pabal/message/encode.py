"""base64 and quoted-printable of pieces of which most are the same in every mail.

Both keep static text in encoded form, in lines of its own, and encode only what varies.
Lines have at most 76 characters (RFC 2045 6.7, 6.8) and none begins with a dot, so SMTP
has nothing to stuff. Text is in its canonical form: every line end is CRLF (RFC 2046
4.1.1), whether the template or the data wrote LF, CR or CRLF. White space is written so
that DKIM's relaxed form of a body is the body itself (RFC 6376 3.4.4): no tab, no two
spaces in a row, none at a line's end. So a signature hashes what is sent as it is.
"""

import re
from abc import ABC, abstractmethod
from binascii import b2a_base64
from collections.abc import Callable, Iterable, Sequence

from pabal.message.compiled import TransferEncoding
from pabal.message.quoted import quoted_lines
from pabal.message.statics import KnownText, StaticText, octets_of

_LINE_END = re.compile(r"\r\n|\r|\n")
_LINE = 57  # octets that make a base64 line of 76 characters
_WORTHWHILE = 2 * _LINE  # shorter static text is cheaper encoded with its neighbours

# What completes the lines begun before, the encoded lines, what begins the next ones.
_Prepared = tuple[bytes, bytes, bytes]


class Encoder(ABC):
    """Encodes the pieces that a template prints.

    A static text has lines of its own in the middle. They begin where a group of octets
    does that is encoded together, so the text is kept once for each number of octets that
    may be left over from what stands in front of it.
    `encode` and `measure` raise UnicodeEncodeError: there is half of a surrogate pair.
    """

    def __init__(self, group: int, to_lines: Callable[[bytes], bytes]) -> None:
        self._group = group
        self._to_lines = to_lines

    def prepare(self, static: StaticText) -> None:
        """Encode a static text once for all mails."""
        if any(map(_has_lines, static.parts)):
            static.coded = [self._prepared(static.parts, over) for over in range(self._group)]
            length = len(static.octets)
            static.sizes = [
                (len(head), len(lines), length, length - len(tail))
                for head, lines, tail in static.coded
            ]

    def encode(self, pieces: Sequence[str]) -> list[bytes]:
        """Return the body as buffers of whole lines."""
        buffers: list[bytes] = []
        pending = b""
        held: list[str] = []  # until a static text comes that has lines of its own
        add, hold, to_lines, group = buffers.append, held.append, self._to_lines, self._group
        for piece in pieces:
            if type(piece) is not StaticText or piece.coded is None:
                hold(piece)
                continue
            if held:
                text = held[0] if len(held) == 1 else "".join(held)
                if "\r" in text:
                    return self.encode(_as_one(pieces))
                pending += octets_of(text)
                held.clear()
            head, lines, tail = piece.coded[len(pending) % group]
            pending += head
            if pending:
                add(to_lines(pending))
            add(lines)
            pending = tail
        text = "".join(held)
        if "\r" in text:
            return self.encode(_as_one(pieces))
        pending += octets_of(text)
        if pending:
            add(to_lines(pending))
        return buffers

    @abstractmethod
    def measure(self, pieces: Sequence[str]) -> tuple[int, int]:
        """Return the size that `encode` would give, exactly, and that of the decoded text."""

    def _prepared(self, parts: Iterable[str], over: int) -> _Prepared:
        """Encode the parts of a text that comes when so many octets are left over."""
        head = None
        lines: list[bytes] = []
        pending = b""
        for part in parts:
            octets = octets_of(part)
            if not _has_lines(part):
                pending += octets
                continue
            begin = -(over + len(pending)) % self._group
            end = len(octets) - (len(octets) - begin) % self._group
            pending += octets[:begin]
            if head is None:
                head, over = pending, 0
            elif pending:
                lines.append(self._to_lines(pending))
            lines.append(self._to_lines(octets[begin:end]))
            pending = octets[end:]
        return head or b"", b"".join(lines), pending


class Base64(Encoder):
    """Takes octets by threes."""

    def __init__(self) -> None:
        super().__init__(3, base64_lines)

    def measure(self, pieces: Sequence[str]) -> tuple[int, int]:
        coded = decoded = begun = 0  # begun: where in the text those lines begin that still grow
        for piece in pieces:
            if type(piece) is not StaticText:
                if "\r" in piece:
                    return self.measure(_as_one(pieces))
                decoded += len(piece.encode())
                if "\n" in piece:
                    decoded += piece.count("\n")
            elif piece.sizes is None:
                decoded += len(piece.octets)
            else:
                pending = decoded - begun
                head, lines, length, next_begun = piece.sizes[pending % 3]
                coded += _base64_size(pending + head) + lines
                begun = decoded + next_begun
                decoded += length
        return coded + _base64_size(decoded - begun), decoded


class QuotedPrintable(Encoder):
    """Keeps a static text as whole lines, ending softly where the text does not end one."""

    def __init__(self) -> None:
        super().__init__(1, quoted_lines)

    def measure(self, pieces: Sequence[str]) -> tuple[int, int]:
        """Encode what varies: its size in quoted-printable is not known otherwise."""
        coded = sum(map(len, self.encode(pieces)))
        decoded = 0
        for piece in _whole_line_ends(pieces):
            static = type(piece) is StaticText
            decoded += len(piece.octets) if static else len(octets_of(piece))
        return coded, decoded


def encoder(encoding: TransferEncoding) -> Encoder:
    """Return the encoder of a transfer encoding."""
    return Base64() if encoding is TransferEncoding.BASE64 else QuotedPrintable()


def smaller_encoding(text: str) -> TransferEncoding:
    """Return the encoding in which a text takes less room on the wire."""
    octets = canonical(text).encode()
    if len(quoted_lines(octets)) < len(base64_lines(octets)):
        return TransferEncoding.QUOTED_PRINTABLE
    return TransferEncoding.BASE64


def canonical(text: str) -> str:
    """Return the text with CRLF for every line end."""
    return _LINE_END.sub("\r\n", text)


def base64_lines(octets: bytes) -> bytes:
    """Encode in lines of at most 76 characters, each ending with CRLF."""
    coded = b2a_base64(octets, newline=False)
    if len(coded) <= 76:
        return coded + b"\r\n"
    lines = [coded[i : i + 76] for i in range(0, len(coded), 76)]
    return b"\r\n".join(lines) + b"\r\n"


def _base64_size(octets: int) -> int:
    """The size of what `base64_lines` returns for so many octets; 0 for none."""
    return (octets + 2) // 3 * 4 + (octets + 56) // 57 * 2


def _has_lines(part: str) -> bool:
    """Whether a part of a static text gets lines of its own."""
    return type(part) is not KnownText and len(octets_of(part)) >= _WORTHWHILE


def _as_one(pieces: Iterable[str]) -> list[str]:
    """A CR may be half of a line end whose other half is in the next piece."""
    return [canonical("".join(pieces)).replace("\r\n", "\n")]


def _whole_line_ends(pieces: Sequence[str]) -> Sequence[str]:
    has_cr = any("\r" in piece for piece in pieces if type(piece) is not StaticText)
    return _as_one(pieces) if has_cr else pieces
