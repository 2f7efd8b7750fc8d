"""XLSX: a zip of XML, so it is measured before it is opened.

The reader unpacks a sheet whole, and it allocates every cell between the first and the last
one: a workbook of six kilobytes with a cell in the far corner asks for half a terabyte, and
the process is killed. So both sizes are found first, by unpacking in small pieces.
"""

import datetime
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import python_calamine

from pabal.console.audience.importing.errors import (
    EmptyFile,
    SheetUnknown,
    WorkbookBroken,
    WorkbookTooLarge,
)

_CHUNK = 1 << 18
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_LONGEST_REFERENCE = 16
# What zipfile raises for damage; the last two mean unknown compression, and a password.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)
_Value = (
    str
    | int
    | float
    | bool
    | datetime.datetime
    | datetime.date
    | datetime.time
    | datetime.timedelta
    | None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkbookLimits:
    """How much of a workbook is unpacked.

    unpacked_bytes: of all parts together. cells: rows times columns of the largest sheet;
    each takes some 100 bytes of memory.
    """

    unpacked_bytes: int = 256_000_000
    cells: int = 4_000_000


def read_sheet(path: Path, sheet: str, limits: WorkbookLimits) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a sheet ("" for the first) as text, from row 1 on.

    Raises WorkbookTooLarge, WorkbookBroken, SheetUnknown; all before the first row.
    """
    _measure(path, limits)
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        if not book.sheet_names:
            raise EmptyFile(file=path.name)
        name = sheet or book.sheet_names[0]
        if name not in book.sheet_names:
            raise SheetUnknown(file=path.name, sheet=name, sheets=", ".join(book.sheet_names))
        rows = book.get_sheet_by_name(name).iter_rows()
    except python_calamine.CalamineError as error:
        raise WorkbookBroken(file=path.name, reason=str(error)) from error
    return (tuple(map(cell_text, row)) for row in rows)


def cell_text(value: _Value) -> str:
    """Write a cell as a person would: 7.0 as "7", dates as ISO 8601."""
    match value:
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return _plain(value)
        case datetime.datetime():
            return value.isoformat(sep=" ")
        case datetime.date() | datetime.time():
            return value.isoformat()
        case None:
            return ""
        case _:
            return str(value)


def _plain(number: float) -> str:
    """Long numbers are codes and phone numbers: no exponent, no ".0"."""
    if number.is_integer():
        return str(int(number))
    return format(Decimal(repr(number)), "f")


def _measure(path: Path, limits: WorkbookLimits) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _allow_bytes(path, sum(part.file_size for part in parts), limits)
            unpacked = 0
            for part in parts:
                unpacked = _measure_part(path, archive, part, unpacked, limits)
    except _DAMAGED as error:
        raise WorkbookBroken(file=path.name, reason=str(error)) from error


def _measure_part(
    path: Path,
    archive: zipfile.ZipFile,
    part: zipfile.ZipInfo,
    unpacked: int,
    limits: WorkbookLimits,
) -> int:
    corner = _Corner() if part.filename.startswith("xl/worksheets/") else None
    # The directory may lie about the size, so the part is read to its real end.
    part.file_size = limits.unpacked_bytes + _CHUNK
    part.CRC = None  # type: ignore[assignment]
    with archive.open(part) as content:
        while chunk := content.read(_CHUNK):
            unpacked += len(chunk)
            _allow_bytes(path, unpacked, limits)
            if corner is not None:
                corner.look(chunk)
                _allow_cells(path, corner.cells, limits)
    return unpacked


class _Corner:
    """The last row and column that a sheet's XML mentions, found piece by piece."""

    def __init__(self) -> None:
        self._columns: set[bytes] = set()
        self._row = 0
        self._tail = b""

    def look(self, chunk: bytes) -> None:
        found = _REFERENCE.findall(self._tail + chunk)
        self._tail = chunk[-_LONGEST_REFERENCE:]
        if found:
            self._columns.update({column for column, _ in found})
            self._row = max(self._row, max(int(row) for _, row in found))

    @property
    def cells(self) -> int:
        return self._row * max(map(_column_number, self._columns), default=0)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _allow_bytes(path: Path, size: int, limits: WorkbookLimits) -> None:
    if size > limits.unpacked_bytes:
        limit = limits.unpacked_bytes // 1_000_000
        raise WorkbookTooLarge(file=path.name, limit=limit, unit="MB")


def _allow_cells(path: Path, cells: int, limits: WorkbookLimits) -> None:
    if cells > limits.cells:
        raise WorkbookTooLarge(file=path.name, limit=f"{limits.cells:,}", unit="cells")
