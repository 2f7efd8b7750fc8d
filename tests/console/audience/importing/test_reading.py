"""A customer file is read as a stream of rows, or refused with the place where it is wrong."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.files import CUSTOMER, HEADER, a_csv_file, a_workbook, csv_text
from pabal.console.audience.importing.errors import (
    EmptyFile,
    EncodingUnknown,
    FileMissing,
    FormatUnknown,
    NotWhatItSays,
    NulByte,
    TableBroken,
)
from pabal.console.audience.importing.reading import RECORD_LIMIT, Row, open_table


def rows_of(path: Path) -> list[Row]:
    with open_table(path) as table:
        return list(table.rows)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("cp949", "CP949"),
        ("utf-16", "UTF-16"),
    ],
)
def test_every_encoding_a_spreadsheet_writes_is_read(tmp_path: Path, encoding: str, shown: str):
    path = a_csv_file(tmp_path / "a.csv", encoding=encoding)
    with open_table(path) as table:
        assert table.format == f"CSV, {shown}"
        assert table.header == HEADER
        assert list(table.rows) == [Row(2, 2, CUSTOMER)]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_taken_from_the_header(tmp_path: Path, delimiter: str):
    header = ("email", "name, first; last")
    path = a_csv_file(tmp_path / "a.csv", [header, ("a@example.com", "b")], delimiter=delimiter)
    with open_table(path) as table:
        assert table.header == header
        assert [row.cells for row in table.rows] == [("a@example.com", "b")]


def test_a_quoted_line_break_belongs_to_the_value_and_rows_keep_both_numbers(tmp_path: Path):
    path = a_csv_file(
        tmp_path / "a.csv", [("email", "name"), ("a@b.kr", "줄\n바꿈"), ("c@d.kr", "e")]
    )
    assert rows_of(path) == [Row(2, 2, ("a@b.kr", "줄\n바꿈")), Row(3, 4, ("c@d.kr", "e"))]


def test_blank_rows_are_left_out_and_still_counted(tmp_path: Path):
    path = write(tmp_path / "a.csv", b"\r\nemail,name\r\n\r\n , \r\na@b.kr,c\r\n")
    assert rows_of(path) == [Row(5, 5, ("a@b.kr", "c"))]


def test_empty_columns_behind_the_last_name_are_left_out(tmp_path: Path):
    path = write(tmp_path / "a.csv", b"email,name,,\r\na@b.kr,c,,\r\n")
    with open_table(path) as table:
        assert table.header == ("email", "name")


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters="\0")).map(lambda t: f"x{t}"),
            st.text(st.characters(codec="utf-8", exclude_characters="\0")),
        ),
        max_size=5,
    )
)
def test_whatever_was_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows):
    path = a_csv_file(tmp_path_factory.mktemp("csv") / "a.csv", [("email", "name"), *rows])
    assert [row.cells for row in rows_of(path)] == rows


def test_a_file_in_no_known_encoding_is_refused_with_line_and_offset(tmp_path: Path):
    path = write(tmp_path / "a.csv", b"email,name\na@b.kr,\xff\xfe\x80\n")
    with pytest.raises(EncodingUnknown) as refused:
        rows_of(path)
    assert refused.value.details["line"] == 2
    assert refused.value.details["offset"] == 18


def test_a_wrong_byte_far_behind_is_found_before_a_row_is_taken(tmp_path: Path):
    good = "email,name\n" + "a@example.com,가나다\n" * 100_000
    content = good.encode() + b"b@example.com,\xff\n"
    path = write(tmp_path / "a.csv", content)
    with pytest.raises(EncodingUnknown) as refused, open_table(path):
        pytest.fail("it was opened")
    assert refused.value.details["line"] == 100_002
    assert refused.value.details["offset"] == len(content) - 2
    assert refused.value.details["encoding"] == "UTF-8"


def test_a_cut_off_letter_at_the_end_is_found(tmp_path: Path):
    path = write(tmp_path / "a.csv", "email,name\na@b.kr,가\nc@d.kr,가".encode()[:-1])
    with pytest.raises(EncodingUnknown):
        rows_of(path)


def test_a_nul_byte_is_refused_with_its_line(tmp_path: Path):
    path = write(tmp_path / "a.csv", b"email,name\na@b.kr,c\nd@e.kr,\0\n")
    with pytest.raises(NulByte) as refused:
        rows_of(path)
    assert refused.value.details["line"] == 3


def test_a_quotation_mark_that_is_never_closed_is_refused_with_its_line(tmp_path: Path):
    path = write(tmp_path / "a.csv", b'email,name\na@b.kr,c\nd@e.kr,"f\ng@h.kr,i\n')
    with pytest.raises(TableBroken) as refused:
        rows_of(path)
    assert refused.value.details["line"] == 3


def test_a_file_without_line_ends_does_not_fill_the_memory(tmp_path: Path):
    path = write(tmp_path / "a.csv", b"email,name\n" + b"x," * RECORD_LIMIT)
    with pytest.raises(TableBroken, match="1,000,000 characters"):
        rows_of(path)


def test_a_row_that_never_ends_over_many_lines_does_not_fill_the_memory(tmp_path: Path):
    path = write(tmp_path / "a.csv", b"email,name\n" + b'"x\n",' * RECORD_LIMIT)
    with pytest.raises(TableBroken):
        rows_of(path)


def test_a_large_file_is_streamed(tmp_path: Path):
    path = tmp_path / "a.csv"
    line = csv_text([CUSTOMER]).encode()
    with path.open("wb") as file:
        file.write(csv_text([HEADER]).encode())
        for _ in range(30):
            file.write(line * 3_000)
    tracemalloc.start()
    with open_table(path) as table:
        assert sum(1 for _ in table.rows) == 90_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.stat().st_size > 6_000_000
    assert peak < 4_000_000


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b"\xef\xbb\xbf", b" , ,\n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes):
    with pytest.raises(EmptyFile):
        rows_of(write(tmp_path / "a.csv", content))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(FileMissing):
        rows_of(tmp_path / "a.csv")
    with pytest.raises(FileMissing):
        rows_of(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "actual"),
    [
        ("a.csv", b"%PDF-1.7", "PDF"),
        ("a.csv", b"\x89PNG\r\n", "PNG"),
        ("a.csv", b"<!DOCTYPE html><table>", "HTML"),
        ("a.csv", b"\xef\xbb\xbf\n <html>", "HTML"),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS"),
        ("a.csv", b"PK\x03\x04....", "ZIP"),
        ("a.xlsx", b"email,name\na@b.kr,c", "CSV"),
        ("a.xls", b"<table><tr><td>email", "HTML"),
        ("a.xls", b"email\tname\n", "CSV"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_named_for_what_it_is(
    tmp_path: Path, name: str, content: bytes, actual: str
):
    with pytest.raises(NotWhatItSays) as refused:
        rows_of(write(tmp_path / name, content))
    assert refused.value.details["actual"] == actual


def test_a_workbook_named_csv_is_told_from_text(tmp_path: Path):
    path = a_workbook(tmp_path / "a.xlsx").rename(tmp_path / "a.csv")
    with pytest.raises(NotWhatItSays, match="content is XLSX"):
        rows_of(path)


def test_an_old_workbook_is_refused_by_its_format(tmp_path: Path):
    with pytest.raises(FormatUnknown, match="XLS"):
        rows_of(write(tmp_path / "a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))


def test_a_file_without_a_suffix_is_taken_for_what_it_is(tmp_path: Path):
    assert len(rows_of(a_csv_file(tmp_path / "customers"))) == 1
    assert len(rows_of(a_workbook(tmp_path / "a.xlsx").rename(tmp_path / "book"))) == 1
