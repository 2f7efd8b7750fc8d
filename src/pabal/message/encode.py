"""base64 and quoted-printable of pieces of which most are the same in every mail.

Both keep static text in encoded form, in lines of its own, and encode only what varies.
Lines have at most 76 characters (RFC 2045 6.7, 6.8) and none begins with a dot, so SMTP
has nothing to stuff. Text is in its canonical form: every line end is CRLF (RFC 2046
4.1.1), whether the template or the data wrote LF, CR or CRLF. White space is written so
that DKIM's relaxed form of a body is the body itself (RFC 6376 3.4.4): no tab, no two
spaces in a row, none at a line's end. So a signature hashes what is sent as it is.
"""

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from pabal.message.compiled import TransferEncoding
from pabal.message.statics import StaticText

_LINE_END = re.compile(r"\r\n|\r|\n")
_GROUP = 57  # octets that make a base64 line of 76 characters
_WORTHWHILE = 2 * _GROUP  # shorter static text is cheaper encoded with its neighbours


@dataclass(frozen=True, slots=True)
class Size:
    """Octets of a body, on the wire and decoded."""

    coded: int
    decoded: int


class Encoder(Protocol):
    """Encodes the pieces that a template prints.

    Both methods raise UnicodeEncodeError: there is half of a surrogate pair.
    """

    def prepare(self, static: StaticText) -> None:
        """Encode a static text once for all mails."""
        ...

    def encode(self, pieces: Sequence[str]) -> list[bytes]:
        """Return the body as buffers of whole lines."""
        ...

    def measure(self, pieces: Sequence[str]) -> Size:
        """Return the size that `encode` would give, exactly."""
        ...


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


class Base64:
    """Keeps a static text in three alignments, because base64 takes octets by threes.

    An alignment is the octets that complete the group begun before it, the lines, and
    the octets that begin the next group. Head and tail are encoded with what varies.
    """

    def prepare(self, static: StaticText) -> None:
        if len(static.octets) >= _WORTHWHILE:
            alignments = [_aligned(static.octets, carried) for carried in range(3)]
            static.coded = alignments
            static.sizes = [tuple(map(len, alignment)) for alignment in alignments]

    def encode(self, pieces: Sequence[str]) -> list[bytes]:
        buffers: list[bytes] = []
        pending = b""
        for piece in pieces:
            if type(piece) is not StaticText:
                if "\r" in piece:
                    return self.encode(_as_one(pieces))
                pending += _octets(piece)
            elif piece.coded is None:
                pending += piece.octets
            else:
                head, lines, tail = piece.coded[len(pending) % 3]
                pending += head
                if pending:
                    buffers.append(base64_lines(pending))
                buffers.append(lines)
                pending = tail
        if pending:
            buffers.append(base64_lines(pending))
        return buffers

    def measure(self, pieces: Sequence[str]) -> Size:
        coded = decoded = pending = 0
        for piece in pieces:
            if type(piece) is not StaticText:
                if "\r" in piece:
                    return self.measure(_as_one(pieces))
                size = len(piece.encode()) + piece.count("\n")
                decoded += size
                pending += size
            elif piece.coded is None:
                decoded += len(piece.octets)
                pending += len(piece.octets)
            else:
                decoded += len(piece.octets)
                head, lines, tail = piece.sizes[pending % 3]
                coded += _base64_size(pending + head) + lines
                pending = tail
        return Size(coded + _base64_size(pending), decoded)


class QuotedPrintable:
    """Keeps a static text as whole lines, ending softly where the text does not end one."""

    def prepare(self, static: StaticText) -> None:
        if len(static.octets) >= _WORTHWHILE:
            static.coded = quoted_lines(static.octets)

    def encode(self, pieces: Sequence[str]) -> list[bytes]:
        buffers: list[bytes] = []
        pending = b""
        for piece in pieces:
            if type(piece) is not StaticText:
                if "\r" in piece:
                    return self.encode(_as_one(pieces))
                pending += _octets(piece)
            elif piece.coded is None:
                pending += piece.octets
            else:
                if pending:
                    buffers.append(quoted_lines(pending))
                    pending = b""
                buffers.append(piece.coded)
        if pending:
            buffers.append(quoted_lines(pending))
        return buffers

    def measure(self, pieces: Sequence[str]) -> Size:
        """Encode what varies: its size in quoted-printable is not known otherwise."""
        coded = sum(map(len, self.encode(pieces)))
        decoded = sum(
            len(piece.octets) if type(piece) is StaticText else len(canonical(piece).encode())
            for piece in _whole_line_ends(pieces)
        )
        return Size(coded, decoded)


def _octets(text: str) -> bytes:
    # Markup has a replace of its own, which escapes, and slowly.
    return str.replace(text, "\n", "\r\n").encode()


def _as_one(pieces: Iterable[str]) -> list[str]:
    """A CR may be half of a line end whose other half is in the next piece."""
    return [canonical("".join(pieces)).replace("\r\n", "\n")]


def _whole_line_ends(pieces: Sequence[str]) -> Sequence[str]:
    has_cr = any("\r" in piece for piece in pieces if type(piece) is not StaticText)
    return _as_one(pieces) if has_cr else pieces


def _aligned(octets: bytes, carried: int) -> tuple[bytes, bytes, bytes]:
    head = -carried % 3
    tail = len(octets) - (len(octets) - head) % 3
    return octets[:head], base64_lines(octets[head:tail]), octets[tail:]


def base64_lines(octets: bytes) -> bytes:
    """Encode in lines of at most 76 characters, each ending with CRLF."""
    coded = b2a_base64(octets, newline=False)
    if len(coded) <= 76:
        return coded + b"\r\n"
    lines = [coded[i : i + 76] for i in range(0, len(coded), 76)]
    return b"\r\n".join(lines) + b"\r\n"


def _base64_size(octets: int) -> int:
    """The size of what `base64_lines` returns for so many octets; 0 for none."""
    coded = (octets + 2) // 3 * 4
    return coded + (coded + 75) // 76 * 2


_SHORT = 256  # octets
_SOFT = b"=\r\n"

# Octets that UTF-8 never has stand for white space that must be escaped.
_ESCAPED_SPACE, _ESCAPED_TAB = b"\xff", b"\xfe"

_QUOTED = {octet: f"={octet:02X}" for octet in range(256)}
for _plain in (*range(33, 61), *range(62, 127), 32):
    del _QUOTED[_plain]
_QUOTED.update({_ESCAPED_SPACE[0]: "=20", _ESCAPED_TAB[0]: "=09"})


def quoted_lines(octets: bytes) -> bytes:
    """Encode in lines of at most 76 characters; a text that ends no line ends softly.

    octets: UTF-8 with CRLF line ends.
    """
    # What varies is short, and much of it (prices, products, grades) comes again and again.
    return _known_lines(octets) if len(octets) <= _SHORT else _lines_of(octets)


@lru_cache(maxsize=4096)
def _known_lines(octets: bytes) -> bytes:
    return _lines_of(octets)


def _lines_of(octets: bytes) -> bytes:
    """The standard library's encoder is C; what it does not mind is left to ours."""
    octets = _marked(octets)
    coded = b2a_qp(octets, istext=True).replace(b"=FF", b"=20").replace(b"=FE", b"=09")
    if b"\r\n" not in octets:
        coded = coded.replace(b"=\n", _SOFT)
    *ended, last = coded.split(b"\n")
    # It makes lines too long when it escapes a space at the very end, keeps no room for a
    # soft end behind the last, and lets a line begin with a dot.
    too_long = len(last) > 75 or any(len(line) > 77 for line in ended)
    if too_long or coded.startswith(b".") or b"\n." in coded:
        return _careful_lines(octets)
    return coded + _SOFT if last else coded


def _marked(octets: bytes) -> bytes:
    """Mark tabs, every second of adjacent spaces, and spaces at a line's end.

    The last of these would be lost even without DKIM (RFC 2045 6.7, rule 3).
    """
    if b"\t" in octets:
        octets = octets.replace(b"\t", _ESCAPED_TAB)
    if b"  " in octets:
        octets = octets.replace(b"  ", b" " + _ESCAPED_SPACE)
    return octets.replace(b" \r\n", _ESCAPED_SPACE + b"\r\n")


def _careful_lines(octets: bytes) -> bytes:
    *whole, rest = octets.decode("latin-1").split("\r\n")
    lines: list[str] = []
    for line in whole:
        _quote(line, lines, hard=True)
    if rest:
        _quote(rest, lines, hard=False)
    return "".join(lines).encode("ascii")


def _quote(line: str, lines: list[str], *, hard: bool) -> None:
    quoted = line.translate(_QUOTED)
    start = 0
    while True:
        # A dot that begins a line could be lost to SMTP (RFC 5321 4.5.2).
        dot = quoted.startswith(".", start)
        end = _soft_end(quoted, start, 73 if dot else 75)
        lines.append("=2E" + quoted[start + 1 : end] if dot else quoted[start:end])
        start = end
        if start >= len(quoted):
            break
        lines.append("=\r\n")
    lines.append("\r\n" if hard else "=\r\n")


def _soft_end(quoted: str, start: int, width: int) -> int:
    """Where a line ends that begins at start; never inside of an escape."""
    end = start + width
    if end >= len(quoted):
        return len(quoted)
    if quoted[end - 1] == "=":
        return end - 1
    return end - 2 if quoted[end - 2] == "=" else end
