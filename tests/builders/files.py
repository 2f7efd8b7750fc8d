"""Customer files of every kind, good and bad."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import openpyxl

DATA = Path(__file__).parent.parent / "data"

HEADER = ("email", "name", "coupon_code", "points", "consent_at", "consent_source")
CUSTOMER = ("jiho@example.com", "이지호", "HB26A", "1200", "2026-01-05 16:13", "회원가입")


def csv_text(rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def a_csv_file(
    path: Path,
    rows: Iterable[Sequence[str]] = (HEADER, CUSTOMER),
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> Path:
    path.write_bytes(csv_text(rows, delimiter).encode(encoding))
    return path


def csv_lines(path: Path) -> list[dict[str, str]]:
    """Read a report that an import wrote."""
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def a_workbook(
    path: Path, rows: Iterable[Sequence[object]] = (HEADER, CUSTOMER), *, sheet: str = "고객"
) -> Path:
    """Write a workbook whose first sheet has these rows; there is a second, empty one."""
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = sheet
    for row in rows:
        first.append(list(row))
    book.create_sheet("빈 시트")
    book.save(path)
    return path


def a_workbook_with_a_far_corner(path: Path) -> Path:
    """Write a small workbook that would unpack to half a terabyte of empty cells."""
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first["A1"], first["XFD1048576"] = "email", "x"
    book.save(path)
    return path


def a_zip_bomb(path: Path, megabytes: int, *, declared: int | None = None) -> Path:
    """Write a workbook with a sheet of zeros; `declared` is the size that the zip admits to."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(megabytes * 1_000_000))
    if declared is not None:
        content = path.read_bytes()
        true_size = (megabytes * 1_000_000).to_bytes(4, "little")
        path.write_bytes(content.replace(true_size, declared.to_bytes(4, "little")))
    return path
