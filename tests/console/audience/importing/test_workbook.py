"""Workbooks are read as a person sees them, and measured before they are unpacked."""

import datetime
from pathlib import Path

import pytest

from builders.files import a_workbook, a_workbook_with_a_far_corner, a_zip_bomb
from pabal.console.audience.importing.errors import (
    EmptyFile,
    SheetUnknown,
    WorkbookBroken,
    WorkbookTooLarge,
)
from pabal.console.audience.importing.reading import Row, open_table
from pabal.console.audience.importing.workbook import WorkbookLimits, cell_text

SMALL = WorkbookLimits(unpacked_bytes=1_000_000, cells=1_000)


def test_rows_have_the_numbers_that_the_spreadsheet_shows(tmp_path: Path):
    rows = [("email", "할인율"), (None, None), ("a@example.com", 7.0)]
    with open_table(a_workbook(tmp_path / "a.xlsx", rows)) as table:
        assert table.format == "XLSX"
        assert table.header == ("email", "할인율")
        assert list(table.rows) == [Row(3, 3, ("a@example.com", "7"))]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("007", "007"),
        (7.0, "7"),
        (0.5, "0.5"),
        (821012345678.0, "821012345678"),
        (1.5e-7, "0.00000015"),
        (-3.0, "-3"),
        (True, "TRUE"),
        (datetime.date(2026, 1, 5), "2026-01-05"),
        (datetime.datetime(2026, 1, 5, 16, 13), "2026-01-05 16:13:00"),  # noqa: DTZ001
        (datetime.time(16, 13), "16:13:00"),
        (None, ""),
    ],
)
def test_a_cell_becomes_the_text_a_person_would_write(value: object, text: str):
    assert cell_text(value) == text  # type: ignore[arg-type]


def test_another_sheet_can_be_chosen(tmp_path: Path):
    path = a_workbook(tmp_path / "a.xlsx")
    with pytest.raises(EmptyFile), open_table(path, sheet="빈 시트"):
        pass
    with pytest.raises(SheetUnknown) as refused, open_table(path, sheet="회원"):
        pass
    assert "고객, 빈 시트" in refused.value.advise()


def test_a_cell_in_the_far_corner_does_not_kill_the_process(tmp_path: Path):
    path = a_workbook_with_a_far_corner(tmp_path / "a.xlsx")
    assert path.stat().st_size < 10_000
    with pytest.raises(WorkbookTooLarge, match="cells"), open_table(path):
        pass


def test_a_zip_bomb_is_refused_by_its_directory(tmp_path: Path):
    path = a_zip_bomb(tmp_path / "a.xlsx", 3)
    assert path.stat().st_size < 10_000
    with pytest.raises(WorkbookTooLarge, match="1 MB"), open_table(path, limits=SMALL):
        pass


def test_a_zip_bomb_that_lies_about_its_size_is_refused_too(tmp_path: Path):
    path = a_zip_bomb(tmp_path / "a.xlsx", 3, declared=900)
    with pytest.raises(WorkbookTooLarge, match="1 MB"), open_table(path, limits=SMALL):
        pass


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_damaged_workbook_is_refused(tmp_path: Path, kept: float):
    path = a_workbook(tmp_path / "a.xlsx")
    content = bytearray(path.read_bytes())
    middle = int(len(content) * kept)
    content[middle : middle + 40] = bytes(40)
    path.write_bytes(content)
    with pytest.raises((WorkbookBroken, EmptyFile, WorkbookTooLarge)), open_table(path) as table:
        list(table.rows)
