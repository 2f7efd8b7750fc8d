"""Header fields, written by hand (RFC 5322 2.2, RFC 2047).

The standard library turns a long List-Unsubscribe into an encoded-word, which kills
one-click, and writes encoded-words of more than 75 characters.
"""

import re
from binascii import b2a_base64
from datetime import datetime

from pabal.message.errors import HeaderInjection

_LINE = 78  # RFC 5322 2.1.1, without CRLF
_LINE_WITH_WORD = 76  # RFC 2047 2: a line that has an encoded-word
_WORD_OVERHEAD = len("=?utf-8?b??=")
_WORD = 75
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def check_value(name: str, value: str) -> str:
    """Return the value. Raises HeaderInjection: it has a line end or a control character."""
    # What is printable to Python has nothing of this, and is told much faster.
    if not value.isprintable() and _FORBIDDEN.search(value):
        raise HeaderInjection(header=name)
    return value


def text_field(name: str, text: str) -> bytes:
    """Write a field of free text, such as Subject.

    Raises HeaderInjection.
    """
    check_value(name, text)
    if len(name) + 2 + len(text) <= _LINE and _needs_no_word(text):
        return f"{name}: {text}\r\n".encode("ascii")
    return f"{name}: {_words(text, len(name) + 2)}\r\n".encode("ascii")


def text_field_size(name: str, text: str) -> int:
    """The length of what `text_field` returns.

    Raises HeaderInjection.
    """
    check_value(name, text)
    column = len(name) + 2
    if column + len(text) <= _LINE and _needs_no_word(text):
        return column + len(text) + 2
    chunks = _chunks(text.encode(), column)
    words = sum([_WORD_OVERHEAD + (len(chunk) + 2) // 3 * 4 for chunk in chunks])
    folds = len("\r\n ") * max(0, len(chunks) - 1)
    return column + words + folds + 2


def mailbox_field(name: str, display: str, address: str) -> bytes:
    """Write a field of one mailbox, with or without a display name.

    address: ASCII, or UTF-8 where the server takes it (RFC 6532 3.2).
    Raises HeaderInjection.
    """
    check_value(name, address)
    if not display:
        return f"{name}: {address}\r\n".encode()
    phrase = _phrase(check_value(name, display), len(name) + 2)
    return f"{name}: {_append(phrase, len(name) + 2, f'<{address}>')}\r\n".encode()


def list_id_field(list_id: str, list_name: str) -> bytes:
    """Write List-Id: the name as far as 255 octets allow, and the identifier (RFC 2919 3)."""
    name = "List-Id"
    check_value(name, list_id)
    for length in range(len(check_value(name, list_name)), 0, -1):
        phrase = _phrase(list_name[:length], len(name) + 2)
        value = _append(phrase, len(name) + 2, f"<{list_id}>")
        if len(value.encode()) <= 255:
            return f"{name}: {value}\r\n".encode("ascii")
    return f"{name}: <{list_id}>\r\n".encode("ascii")


def plain_field(name: str, value: str) -> bytes:
    """Write a field as it stands, without folding. Raises HeaderInjection."""
    return f"{name}: {check_value(name, value)}\r\n".encode("ascii")


def date_line(date: datetime) -> str:
    """Write Date (RFC 5322 3.3) without its line end, always of the same length.

    date: with its offset from UTC.
    """
    offset = date.utcoffset()
    if offset is None:
        raise ValueError("a date without an offset from UTC")
    minutes = round(offset.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    hours, minutes = divmod(abs(minutes), 60)
    return (
        f"Date: {_DAYS[date.weekday()]}, {date.day:02d} {_MONTHS[date.month - 1]} {date.year:04d}"
        f" {date.hour:02d}:{date.minute:02d}:{date.second:02d} {sign}{hours:02d}{minutes:02d}"
    )


def _needs_no_word(text: str) -> bool:
    return text.isascii() and "=?" not in text and text == text.strip() and text != ""


def _phrase(display: str, column: int) -> str:
    """Write a display name (RFC 5322 3.2.5): atoms, a quoted string, or encoded-words."""
    if not _needs_no_word(display) or len(display) > _LINE - column - 2 or "  " in display:
        return _words(display, column)
    if _ATOMS.fullmatch(display):
        return display
    escaped = display.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _append(value: str, column: int, more: str) -> str:
    """Put `more` behind, on a line of its own where it does not fit."""
    last = value.rpartition("\r\n")[2]
    used = len(last) + (column if last == value else 0)
    limit = _LINE_WITH_WORD if "=?" in last else _LINE
    return f"{value} {more}" if used + 1 + len(more) <= limit else f"{value}\r\n {more}"


def _words(text: str, column: int) -> str:
    """Write encoded-words, folded (RFC 2047). No character is cut in two."""
    coded = [b2a_base64(chunk, newline=False) for chunk in _chunks(text.encode(), column)]
    return b"\r\n ".join([b"=?utf-8?b?%b?=" % word for word in coded]).decode("ascii")


def _chunks(octets: bytes, column: int) -> list[bytes]:
    """Cut UTF-8 into what encoded-words of full lines hold, the first line begun at a column."""
    chunks: list[bytes] = []
    start = 0
    while start < len(octets):
        room = min(_WORD, _LINE_WITH_WORD - (1 if chunks else column)) - _WORD_OVERHEAD
        end = start + room // 4 * 3
        while end < len(octets) and octets[end] & 0xC0 == 0x80:
            end -= 1
        chunks.append(octets[start:end])
        start = end
    return chunks
