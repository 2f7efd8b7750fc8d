"""A raw row into a subscriber, or the reason why not.

Rule: what could reach the wrong person or fake a header is refused; what only looks wrong
is taken and noted; a consent that cannot be shown is no consent (정보통신망법 50(1)), but
such a person may still get notices that are not advertising.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from pabal.console.audience.importing import mapping as columns
from pabal.console.audience.importing.cells import (
    Remembering,
    attribute_reader,
    language_reader,
    shown,
)
from pabal.console.audience.importing.mapping import Column, ColumnMapping
from pabal.console.audience.importing.notes import Note, NoteKind
from pabal.console.audience.importing.reading import Row
from pabal.console.audience.importing.values import (
    has_control,
    read_time,
    tidy_address,
    tidy_text,
)
from pabal.domain.address import Address, AddressError, parse_address

# fmt: off
_YES = frozenset([
    "y", "yes", "true", "t", "1", "o", "예", "네", "동의", "동의함", "수신", "수신동의", "허용",
])
_NO = frozenset([
    "n", "no", "false", "f", "0", "x", "아니오", "아니요", "거부", "미동의", "동의안함", "비동의",
    "수신거부", "철회",
])
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenConsent:
    """A consent that the file shows. source: how it was given, "" where the file is silent."""

    at: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberRow:
    """A row that can be taken.

    language: "ko", "en", or "" where the file says nothing.
    attributes: values by name, none of them empty.
    emptied: attributes that the file has a column for and no value in this row.
    declines: the file says that the person does not consent.
    """

    row: Row
    address: Address
    language: str
    attributes: Mapping[str, str]
    emptied: tuple[str, ...]
    consent: GivenConsent | None
    declines: bool
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that is left out. address: what stands in its place, for a person."""

    row: Row
    address: str
    note: Note


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentBasis:
    """What the person who imports can say about consent.

    wording: the text that people agreed to, or its version.
    given_at: for files without a date of consent: when all of them agreed; None: unknown.
    source: how they agreed, where the row does not say it.
    """

    wording: str = ""
    given_at: datetime | None = None
    source: str = ""


class Cleaner:
    """Cleans the rows of one file."""

    def __init__(
        self, mapping: ColumnMapping, *, basis: ConsentBasis, zone: tzinfo, now: datetime
    ) -> None:
        self._width = len(mapping.columns)
        self._email = mapping.column(columns.EMAIL)
        language = mapping.column(columns.LANGUAGE)
        self._language = (language.index, language_reader(language)) if language else None
        self._attributes = [(c.index, c.target, attribute_reader(c)) for c in mapping.attributes]
        self._consent = _ConsentReader(mapping, basis=basis, zone=zone, now=now)

    def clean(self, row: Row) -> SubscriberRow | RefusedRow:
        """Take a row or refuse it. Duplicates are not seen here."""
        cells = _fitted(row.cells, self._width)
        if len(cells) != self._width:
            return self._wrong_width(row)
        assert self._email is not None  # noqa: S101 map_columns promises it
        notes: list[Note] = []
        address = _address(cells[self._email.index], self._email.header, notes)
        if isinstance(address, Note):
            return _refused(row, cells[self._email.index], address)
        language = self._read_language(cells, notes)
        attributes, emptied = self._read_attributes(cells, notes)
        consent = self._consent.read(cells, notes)
        return SubscriberRow(
            row=row,
            address=address,
            language=language,
            attributes=attributes,
            emptied=emptied,
            consent=consent,
            declines=any(note.kind is NoteKind.CONSENT_REFUSED for note in notes),
            notes=tuple(notes),
        )

    def _wrong_width(self, row: Row) -> RefusedRow:
        few = len(row.cells) < self._width
        kind = NoteKind.TOO_FEW_CELLS if few else NoteKind.TOO_MANY_CELLS
        note = Note(kind=kind, detail=str(len(row.cells)), reason=str(self._width))
        index = self._email.index if self._email else 0
        return _refused(row, row.cells[index] if index < len(row.cells) else "", note)

    def _read_language(self, cells: tuple[str, ...], notes: list[Note]) -> str:
        if self._language is None:
            return ""
        index, read = self._language
        language, said = read[cells[index]]
        notes += said
        return language

    def _read_attributes(
        self, cells: tuple[str, ...], notes: list[Note]
    ) -> tuple[dict[str, str], tuple[str, ...]]:
        attributes: dict[str, str] = {}
        emptied: list[str] = []
        for index, target, read in self._attributes:
            value, said = read[cells[index]]
            notes += said
            if value:
                attributes[target] = value
            else:
                emptied.append(target)
        return attributes, tuple(emptied)


def _fitted(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Leave out empty cells behind the last column; spreadsheets write them at will."""
    if len(cells) > width and not any(cells[width:]):
        return cells[:width]
    return cells


def _address(text: str, header: str, notes: list[Note]) -> Address | Note:
    tidied, changed = tidy_address(text)
    if not tidied:
        return Note(kind=NoteKind.ADDRESS_MISSING, field=header)
    if has_control(tidied):
        # A line end would let the value write headers of its own.
        return Note(kind=NoteKind.ADDRESS_CONTROL, field=header, detail=shown(tidied))
    try:
        address = parse_address(tidied)
    except AddressError as error:
        reason = str(error.details["reason"])
        return Note(
            kind=NoteKind.ADDRESS_INVALID, field=header, detail=shown(tidied), reason=reason
        )
    if changed:
        notes.append(Note(kind=changed, field=header))
    if address.needs_smtputf8:
        notes.append(Note(kind=NoteKind.SMTPUTF8, field=header, detail=address.original))
    return address


@dataclass(frozen=True, slots=True)
class _Cell:
    """A column that may not be there."""

    column: Column | None

    def text(self, cells: tuple[str, ...]) -> str:
        return cells[self.column.index].strip() if self.column else ""

    @property
    def header(self) -> str:
        return self.column.header if self.column else ""


class _ConsentReader:
    def __init__(
        self, mapping: ColumnMapping, *, basis: ConsentBasis, zone: tzinfo, now: datetime
    ) -> None:
        self._basis, self._zone, self._now = basis, zone, now
        self._due_before = _two_years_before(now)
        self._answer = _Cell(mapping.column(columns.CONSENT))
        self._at = _Cell(mapping.column(columns.CONSENT_AT))
        self._source = _Cell(mapping.column(columns.CONSENT_SOURCE))
        self._tidied = Remembering(tidy_text)

    def read(self, cells: tuple[str, ...], notes: list[Note]) -> GivenConsent | None:
        if not self._agreed(cells, notes):
            return None
        moment = self._moment(cells, notes)
        if moment is None:
            return None
        if moment > self._now:
            notes.append(self._note(NoteKind.CONSENT_FUTURE, _day_of(moment, self._zone)))
            return None
        if moment < self._due_before:
            notes.append(self._note(NoteKind.CONSENT_OLD, _day_of(moment, self._zone)))
        source, _ = self._tidied[self._source.text(cells)]
        return GivenConsent(at=moment, source=source or self._basis.source)

    def _agreed(self, cells: tuple[str, ...], notes: list[Note]) -> bool:
        answer = self._answer.text(cells)
        folded = answer.casefold().replace(" ", "")
        if self._answer.column is None or folded in _YES:
            return True
        if not folded and self._at.text(cells):
            return True
        kind = NoteKind.CONSENT_UNCLEAR
        if folded in _NO:
            kind = NoteKind.CONSENT_REFUSED
        elif not folded:
            kind = NoteKind.CONSENT_MISSING
        notes.append(Note(kind=kind, field=self._answer.header, detail=shown(answer)))
        return False

    def _moment(self, cells: tuple[str, ...], notes: list[Note]) -> datetime | None:
        said = self._at.text(cells)
        if not said:
            given = None if self._at.column else self._basis.given_at
            if given is None:
                notes.append(self._note(NoteKind.CONSENT_MISSING, ""))
            return given
        moment = read_time(said, self._zone)
        if moment is None:
            notes.append(self._note(NoteKind.CONSENT_UNREADABLE, shown(said)))
        return moment

    def _note(self, kind: NoteKind, detail: str) -> Note:
        return Note(kind=kind, field=self._at.header, detail=detail)


def _two_years_before(now: datetime) -> datetime:
    """정보통신망법 50(8), Decree 62-3: two years; the 29th of February counts as the 28th."""
    try:
        return now.replace(year=now.year - 2)
    except ValueError:
        return now.replace(year=now.year - 2, day=28)


def _day_of(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).date().isoformat()


def _refused(row: Row, address: str, note: Note) -> RefusedRow:
    return RefusedRow(row=row, address=shown(address.strip()), note=note)
