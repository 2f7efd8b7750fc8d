"""What a file really is: by its first bytes, whatever its name says."""

import re
import zipfile
from pathlib import Path

from pabal.console.audience.importing.errors import (
    EmptyFile,
    FileMissing,
    FormatUnknown,
    NotWhatItSays,
)

TEXT = "CSV"
WORKBOOK = "XLSX"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SIGNATURES = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"GIF8", "GIF"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"{\\rtf", "RTF"),
    (b"\x1f\x8b", "GZIP"),
    (b"7z\xbc\xaf", "7Z"),
    (b"Rar!", "RAR"),
    (b"SQLite format 3", "SQLite"),
    # The same container holds a workbook with a password, whatever its suffix.
    (_OLE, "XLS"),
)
# Shop systems export HTML tables under the name of .xls or .csv.
_HTML = re.compile(rb"\s*<(!doctype html|html|head|body|table|meta)\b", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml\b")
_NAMED = {
    ".csv": TEXT,
    ".tsv": TEXT,
    ".txt": TEXT,
    ".xlsx": WORKBOOK,
    ".xlsm": WORKBOOK,
    ".xls": "XLS",
}


def recognise(path: Path) -> str:
    """Return TEXT or WORKBOOK.

    Raises FileMissing, EmptyFile; NotWhatItSays: name and content differ; FormatUnknown:
    they agree on something that is no table.
    """
    actual = _actual(path)
    named = _NAMED.get(path.suffix.lower(), actual)
    if named != actual:
        raise NotWhatItSays(file=path.name, named=named, actual=actual)
    if actual not in (TEXT, WORKBOOK):
        raise FormatUnknown(file=path.name, actual=actual)
    return actual


def _actual(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise FileMissing(file=path.name, reason=error.strerror or str(error)) from error
    if not head:
        raise EmptyFile(file=path.name)
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if head.startswith(b"PK\x03\x04"):
        return _zipped(path)
    head = head.removeprefix(b"\xef\xbb\xbf")
    if _HTML.match(head):
        return "HTML"
    return "XML" if _XML.match(head) else TEXT


def _zipped(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        # A damaged workbook: reading it says what is wrong.
        return WORKBOOK if _NAMED.get(path.suffix.lower()) == WORKBOOK else "ZIP"
    return WORKBOOK if any(name.startswith("xl/workbook") for name in names) else "ZIP"
