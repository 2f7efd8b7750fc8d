"""One cell's text, made fit for a mail: pure functions that say what they changed."""

import re
import unicodedata
from datetime import date, datetime, time, tzinfo

from pabal.console.audience.importing.notes import NoteKind

# C0 and C1 controls, the line separators, and the marks that turn text round (bidi).
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_CONTROL_RUN = re.compile(f"\\s*{_CONTROL.pattern}(?:\\s|{_CONTROL.pattern})*")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_HAS_FULL_WIDTH = re.compile("[\u3000\uff01-\uff5e]")
_GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_UNIT = re.compile(r"\s*(?:%|원|점|p|pt|krw)$", re.IGNORECASE)
_FORMULA = re.compile(r"[=@]|[+\-](?![\d\s().\-]*$)")
_DATE = re.compile(
    r"(?P<year>\d{4})\s*(?:[-./]|년)\s*(?P<month>\d{1,2})\s*(?:[-./]|월)\s*(?P<day>\d{1,2})"
    r"\s*(?:\.|일)?"
)
_COMPACT_DATE = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
# Databases write "never" as the year 1 or 9999.
_YEARS = range(1990, 2200)
_TIME = re.compile(
    r"(?P<half>오전|오후|am|pm)?\s*(?P<hour>\d{1,2})\s*[:시]\s*(?P<minute>\d{1,2})\s*분?"
    r"(?:\s*:?\s*(?P<second>\d{1,2})(?:\.\d+)?\s*초?)?\s*(?P<behind>am|pm)?",
    re.IGNORECASE,
)


def has_control(text: str) -> bool:
    return not text.isprintable() and _CONTROL.search(text) is not None


def tidy_text(text: str) -> tuple[str, NoteKind | None]:
    """Remove what no text needs, and say what weighed most.

    Line breaks and control characters become one space; letters are composed (NFC), because
    macOS stores Hangul in parts, which no comparison and few fonts take.
    """
    if text.isprintable() and text == text.strip() and unicodedata.is_normalized("NFC", text):
        return text, None
    spaced = _CONTROL_RUN.sub(" ", text.strip())
    composed = unicodedata.normalize("NFC", spaced).strip()
    if spaced != text.strip():
        return composed, NoteKind.CONTROL
    if composed != spaced:
        return composed, NoteKind.COMPOSED
    return composed, NoteKind.SPACES if composed != text else None


def tidy_address(text: str) -> tuple[str, NoteKind | None]:
    """Trim an address, and make full-width characters ordinary ones."""
    trimmed = text.strip()
    if trimmed.isascii():
        return trimmed, NoteKind.SPACES if trimmed != text else None
    visible = _INVISIBLE.sub("", trimmed).strip()
    narrow = visible.translate(_FULL_WIDTH).strip() if _HAS_FULL_WIDTH.search(visible) else visible
    if narrow != visible:
        return narrow, NoteKind.WIDTH
    return narrow, NoteKind.SPACES if narrow != text else None


def ungroup(text: str) -> str:
    """Return "202410" for "202,410"; any other text as it is."""
    if "," in text and _GROUPED.fullmatch(text):
        return text.replace(",", "")
    return text


def plain_number(text: str) -> str | None:
    """Return "202410" for "202,410원" and "２０２,４１０"; None where it is no number."""
    if text.isascii() and text.isdigit():
        return text
    bare = ungroup(_UNIT.sub("", text.translate(_FULL_WIDTH)))
    return bare if _PLAIN_NUMBER.fullmatch(bare) and bare.isascii() else None


def plain_date(text: str) -> str | None:
    """Return "2026-08-03" for "2026. 8. 3."; None where it is no date."""
    found = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    day = _day(found) if found else None
    return day.isoformat() if day else None


def read_time(text: str, zone: tzinfo) -> datetime | None:
    """Read a point in time as people and shop systems write it; None where it is none.

    ISO 8601, "2024. 1. 5. 오후 3:20", "2024/01/05 08:28"; a bare date is its first minute.
    Times without a zone are of `zone`. Day-first and month-first dates are not guessed.
    """
    moment = _iso_time(text) or _written_time(text)
    if moment is None or moment.year not in _YEARS:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet would calculate it. Phone and negative numbers do no harm."""
    return text[:1] in "=+-@" and _FORMULA.match(text) is not None


def _iso_time(text: str) -> datetime | None:
    # Short forms of ISO 8601, such as a bare year and week, are more likely something else.
    if len(text) < 10 or text[4] != "-":
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _written_time(text: str) -> datetime | None:
    found = _DATE.match(text) or _COMPACT_DATE.fullmatch(text)
    day = _day(found) if found else None
    clock = _clock(text[found.end() :].strip()) if found else None
    if day is None or clock is None:
        return None
    return datetime.combine(day, clock)


def _day(found: re.Match[str]) -> date | None:
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None


def _clock(text: str) -> time | None:
    if not text:
        return time()
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    half = (found["half"] or found["behind"] or "").lower()
    hour = int(found["hour"])
    if half:
        hour = hour % 12 + (12 if half in ("오후", "pm") else 0)
    try:
        return time(hour, int(found["minute"]), int(found["second"] or 0))
    except ValueError:
        return None
