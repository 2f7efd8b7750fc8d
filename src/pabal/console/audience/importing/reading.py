"""A customer file as a stream of rows."""

import contextlib
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from pabal.console.audience.importing.content import WORKBOOK, recognise
from pabal.console.audience.importing.encoding import detect_encoding
from pabal.console.audience.importing.errors import EmptyFile, TableBroken
from pabal.console.audience.importing.workbook import WorkbookLimits, read_sheet

RECORD_LIMIT = 1_000_000  # characters of one row; a file without line ends is no table
_FORMATS = {"\t": "TSV", ";": "CSV (;)", ",": "CSV"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header.

    number: as a spreadsheet counts, the header being row 1.
    line: where it begins in the text file; the same as number in a workbook.
    """

    number: int
    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file that was opened. `rows` can be gone through once.

    format: for a person, such as "CSV, CP949".
    header: column names without surrounding space; empty ones at the end are left out.
    """

    format: str
    header: tuple[str, ...]
    rows: Iterator[Row]


@contextlib.contextmanager
def open_table(
    path: Path, *, sheet: str = "", limits: WorkbookLimits | None = None
) -> Iterator[Table]:
    """Open a CSV or XLSX file. Blank rows are left out, and counted in the row numbers.

    sheet: which sheet of a workbook; the first by default.

    Raises FileRefused: here, or while going through the rows.
    """
    if recognise(path) == WORKBOOK:
        records = enumerate(read_sheet(path, sheet, limits or WorkbookLimits()), start=1)
        yield _table(path, "XLSX", (Row(n, n, cells) for n, cells in records))
        return
    encoding = detect_encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        delimiter = _sniff_delimiter(file)
        file.seek(0)
        described = f"{_FORMATS[delimiter]}, {encoding.removesuffix('-sig').upper()}"
        yield _table(path, described, _records(path, file, delimiter))


def _table(path: Path, described: str, records: Iterator[Row]) -> Table:
    filled = (row for row in records if "".join(row.cells).strip())
    header = next(filled, None)
    if header is None:
        raise EmptyFile(file=path.name)
    names = [name.strip() for name in header.cells]
    while not names[-1]:
        names.pop()
    return Table(format=described, header=tuple(names), rows=filled)


def _records(path: Path, file: TextIO, delimiter: str) -> Iterator[Row]:
    lines = _Lines(path, file)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number, line = 0, 1
    while True:
        lines.characters = 0
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise TableBroken(file=path.name, line=line, reason=str(error)) from error
        if cells is None:
            return
        number += 1
        yield Row(number, line, tuple(cells))
        line = reader.line_num + 1


class _Lines:
    """The lines of a file, with a limit to what one row may take of memory."""

    def __init__(self, path: Path, file: TextIO) -> None:
        self._path, self._file = path, file
        self._line = 0
        self.characters = 0  # since the row began; set back by the reader of rows

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(RECORD_LIMIT)
        if not line:
            raise StopIteration
        self._line += 1
        self.characters += len(line)
        if self.characters >= RECORD_LIMIT:
            reason = f"a row has more than {RECORD_LIMIT:,} characters"
            raise TableBroken(file=self._path.name, line=self._line, reason=reason)
        return line


def _sniff_delimiter(file: TextIO) -> str:
    """Take the delimiter that the header has most of, outside quotation marks.

    Where two are level, the one that is rarer in names: the order of _FORMATS.
    """
    counts = dict.fromkeys(_FORMATS, 0)
    quoted = False
    for character in file.read(65_536).lstrip("\r\n \ufeff"):
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "\r\n":
            break
        elif not quoted and character in counts:
            counts[character] += 1
    return max(counts, key=counts.__getitem__) if any(counts.values()) else ","
