"""Octets in quoted-printable (RFC 2045 6.7), as `encode` wants its lines."""

from binascii import b2a_qp
from functools import lru_cache

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
