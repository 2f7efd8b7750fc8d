"""A raw row into a subscriber, or the reason why not.

Rule: what could reach the wrong person or fake a header is refused; what only looks wrong
is taken and noted. What it says about consent, bases.py reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from pabal.console.audience.importing import mapping as columns
from pabal.console.audience.importing.bases import ConsentBasis, GivenConsent, GroundsReader
from pabal.console.audience.importing.cells import attribute_reader, language_reader, shown
from pabal.console.audience.importing.mapping import ColumnMapping
from pabal.console.audience.importing.notes import Note, NoteKind
from pabal.console.audience.importing.reading import Row
from pabal.console.audience.importing.values import has_control, tidy_address
from pabal.domain.address import Address, AddressError, parse_address


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberRow:
    """A row that can be taken.

    language: "ko", "en", or "" where the file says nothing.
    attributes: values by name, none of them empty.
    emptied: attributes that the file has a column for and no value in this row.
    transaction_ended_at: when they last bought; None where the file does not say that they did.
    declines: the file says that the person does not consent.
    """

    row: Row
    address: Address
    language: str
    attributes: Mapping[str, str]
    emptied: tuple[str, ...]
    consent: GivenConsent | None
    transaction_ended_at: datetime | None
    declines: bool
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that is left out. address: what stands in its place, for a person."""

    row: Row
    address: str
    note: Note


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
        self._grounds = GroundsReader(mapping, basis=basis, zone=zone, now=now)

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
        grounds = self._grounds.read(cells, notes)
        return SubscriberRow(
            row=row,
            address=address,
            language=language,
            attributes=attributes,
            emptied=emptied,
            consent=grounds.consent,
            transaction_ended_at=grounds.transaction_ended_at,
            declines=grounds.declines,
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


def _refused(row: Row, address: str, note: Note) -> RefusedRow:
    return RefusedRow(row=row, address=shown(address.strip()), note=note)
