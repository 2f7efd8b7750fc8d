"""One cell into a value, with a note for what was changed or looks odd.

What a cell of the column said before is not worked out again: few values fill most columns.
"""

from collections.abc import Callable
from typing import TypeVar

from pabal.console.audience.importing.mapping import Column
from pabal.console.audience.importing.notes import Note, NoteKind
from pabal.console.audience.importing.values import (
    looks_like_formula,
    plain_date,
    plain_number,
    tidy_text,
    ungroup,
)

_NUMBERS = frozenset({"points", "discount"})
_DATES = frozenset({"last_order"})
_WORDS = frozenset({"name", "grade", "coupon_code", "favorite_brand", "favorite_category"})
_EXPECTED = frozenset({"name", "coupon_code"})
_LANGUAGES = {
    **dict.fromkeys(["ko", "kr", "kor", "korean", "ko-kr", "한국어", "한글", "국문"], "ko"),
    **dict.fromkeys(["en", "eng", "english", "en-us", "en-gb", "영어", "영문"], "en"),
}
_SHOWN = 60
_REMEMBERED = 1_000  # values a column; then it begins anew
_SHORT = 100  # characters; what is longer hardly comes twice, and might fill the memory

_CellCleaner = Callable[[str, Column, list[Note]], str]
_T = TypeVar("_T")


class Remembering(dict[str, _T]):
    """Answers for texts, by `[text]`. What was asked before is not worked out again."""

    def __init__(self, answer: Callable[[str], _T]) -> None:
        self._answer = answer

    def __missing__(self, text: str) -> _T:
        answer = self._answer(text)
        if len(text) <= _SHORT:
            if len(self) == _REMEMBERED:
                self.clear()
            self[text] = answer
        return answer


CellReader = Remembering[tuple[str, tuple[Note, ...]]]


def attribute_reader(column: Column) -> CellReader:
    """Return what reads a column of attributes; the value is "" where there is none."""
    clean = _cleaner_for(column.target)
    return CellReader(lambda text: _read(text, column, clean))


def language_reader(column: Column) -> CellReader:
    """Return what reads the column of languages: "ko", "en", or "" where none is known."""
    return CellReader(lambda text: _read(text, column, _clean_language))


def shown(text: str) -> str:
    """Keep line ends and endless values out of reports."""
    start = text[:_SHOWN]
    if not start.isprintable():
        start = "".join(c if c.isprintable() else "·" for c in start)
    return start if len(text) <= _SHOWN else f"{start}…"


def _read(text: str, column: Column, clean: _CellCleaner) -> tuple[str, tuple[Note, ...]]:
    notes: list[Note] = []
    value = clean(text, column, notes)
    if not value and column.target in _EXPECTED:
        notes.append(Note(kind=NoteKind.MISSING, field=column.header))
    return value, tuple(notes)


def _cleaner_for(target: str) -> _CellCleaner:
    if target in _NUMBERS:
        return _clean_number
    if target in _DATES:
        return _clean_date
    return _clean_words if target in _WORDS else _clean_other


def _clean_language(text: str, column: Column, notes: list[Note]) -> str:
    said = text.strip()
    language = _LANGUAGES.get(said.casefold().replace("_", "-"), "")
    if said and not language:
        notes.append(_note(NoteKind.LANGUAGE, column, said))
    return language


def _clean_words(text: str, column: Column, notes: list[Note]) -> str:
    tidied, changed = tidy_text(text)
    if changed:
        notes.append(_note(changed, column))
    if looks_like_formula(tidied):
        notes.append(_note(NoteKind.FORMULA, column, tidied))
    return tidied


def _clean_number(text: str, column: Column, notes: list[Note]) -> str:
    tidied, changed = tidy_text(text)
    number = plain_number(tidied)
    if number is None:
        if tidied:
            notes.append(_note(NoteKind.NOT_A_NUMBER, column, tidied))
        return _clean_words(text, column, notes)
    if number != tidied:
        notes.append(_note(NoteKind.NUMBER, column, f"{tidied} → {number}"))
    elif changed:
        notes.append(_note(changed, column))
    return number


def _clean_date(text: str, column: Column, notes: list[Note]) -> str:
    tidied = _clean_words(text, column, notes)
    day = plain_date(tidied)
    if day is None or day == tidied:
        return tidied
    notes.append(_note(NoteKind.DATE, column, f"{tidied} → {day}"))
    return day


def _clean_other(text: str, column: Column, notes: list[Note]) -> str:
    tidied = _clean_words(text, column, notes)
    number = ungroup(tidied)
    if number != tidied:
        notes.append(_note(NoteKind.NUMBER, column, f"{tidied} → {number}"))
    return number


def _note(kind: NoteKind, column: Column, detail: str = "") -> Note:
    return Note(kind=kind, field=column.header, detail=shown(detail))
