"""The report says everything, stays small, and does no harm where it is opened."""

import contextlib
import json
from pathlib import Path

import pytest

from builders.files import csv_lines
from pabal.console.audience.importing.errors import ReportUnwritable
from pabal.console.audience.importing.mapping import map_columns
from pabal.console.audience.importing.notes import SENTENCES, Note, NoteKind
from pabal.console.audience.importing.report import (
    Entry,
    ImportReport,
    Result,
    RowLog,
    Tally,
    harmless_cell,
)

REFUSED = Note(kind=NoteKind.ADDRESS_INVALID, field="이메일", detail="=1+1@x", reason="no")
CHANGED = Note(kind=NoteKind.NUMBER, field="적립금", detail="1,000 → 1000")


def an_entry(row: int, *notes: Note, result: Result = Result.NEW) -> Entry:
    return Entry(row=row, line=row, address="=1+1@x", result=result, notes=notes)


def a_report(log: RowLog) -> ImportReport:
    return log.report(
        file="a.csv",
        format="CSV",
        list_name="소식",
        dry_run=False,
        mapping=map_columns(["이메일"]),
    )


def test_rows_are_counted_by_what_became_of_them():
    log = RowLog()
    log.add(an_entry(2))
    log.add(an_entry(3, CHANGED, CHANGED))
    log.add(an_entry(4, result=Result.UNCHANGED))
    log.add(an_entry(5, REFUSED, result=Result.REFUSED))
    counts = a_report(log).counts
    assert (counts.rows, counts.taken, counts.new, counts.refused, counts.changed) == (
        4,
        3,
        2,
        1,
        1,
    )


def test_what_is_said_often_is_said_once_with_its_number():
    log = RowLog()
    for row in range(2, 5):
        log.add(an_entry(row, CHANGED))
    log.add(an_entry(5, REFUSED, result=Result.REFUSED))
    assert a_report(log).tallies == (
        Tally(kind=NoteKind.ADDRESS_INVALID, field="이메일", rows=1),
        Tally(kind=NoteKind.NUMBER, field="적립금", rows=3),
    )


def test_rows_to_act_on_are_not_crowded_out_by_tidied_ones():
    log = RowLog()
    for row in range(2, 5_000):
        log.add(an_entry(row, CHANGED))
    log.add(an_entry(5_000, REFUSED, result=Result.REFUSED))
    report = a_report(log)
    assert report.entries[-1].row == 5_000
    assert len(report.entries) == 201
    assert report.omitted == 4_798


def test_every_row_with_a_note_is_in_the_file(tmp_path: Path):
    path = tmp_path / "rows.csv"
    with RowLog(path) as log:
        for row in range(2, 2_000):
            log.add(an_entry(row, CHANGED, REFUSED))
        assert not path.exists()
    lines = csv_lines(path)
    assert len(lines) == 2 * 1_998
    assert lines[0]["row"] == "2"
    assert lines[0]["text"] == "The number in “적립금” was written plainly: 1,000 → 1000."


def test_a_failed_import_leaves_no_file(tmp_path: Path):
    with contextlib.suppress(RuntimeError), RowLog(tmp_path / "rows.csv") as log:
        log.add(an_entry(2, CHANGED))
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_done(tmp_path: Path):
    with pytest.raises(ReportUnwritable), RowLog(tmp_path / "nowhere" / "rows.csv"):
        pass


def test_no_cell_of_the_file_is_calculated_by_a_spreadsheet(tmp_path: Path):
    path = tmp_path / "rows.csv"
    with RowLog(path) as log:
        log.add(an_entry(2, Note(kind=NoteKind.SPACES, field='=cmd|"/c calc"!A1')))
    [line] = csv_lines(path)
    assert line["address"] == "'=1+1@x"
    assert line["field"].startswith("'=")


@pytest.mark.parametrize("text", ["=1", "@a", "+a", "-a", "\t=1", "\r=1", " =1"])
def test_a_dangerous_cell_becomes_text(text: str):
    assert harmless_cell(text) == f"'{text}"


def test_sentences_are_translated_in_the_file(tmp_path: Path):
    path = tmp_path / "rows.csv"
    with RowLog(path, lambda text: text.replace("The number in", "숫자:")) as log:
        log.add(an_entry(2, CHANGED))
    assert "숫자: “적립금”" in path.read_text("utf-8-sig")


def test_the_json_is_complete():
    log = RowLog()
    log.add(an_entry(2, REFUSED, result=Result.REFUSED))
    content = json.loads(a_report(log).to_json())
    assert content["counts"]["refused"] == 1
    assert content["columns"] == [
        {"header": "이메일", "target": "email", "how": "guessed from its name"}
    ]
    assert content["entries"][0]["notes"][0]["code"] == "address-invalid"


def test_there_is_a_sentence_for_everything_that_can_be_said():
    assert set(SENTENCES) == set(NoteKind)
    for kind in NoteKind:
        assert Note(kind=kind, field="f", detail="d", reason="r").explain()
