"""What an import did, for a person to act on."""

import csv
import enum
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pabal.console.audience.importing.errors import ReportUnwritable
from pabal.console.audience.importing.mapping import ColumnMapping
from pabal.console.audience.importing.notes import Note, NoteKind, Severity
from pabal.console.audience.importing.values import looks_like_formula

# Rows to act on must not be crowded out by a million tidied numbers.
_KEPT_TO_ACT_ON = 1_000
_KEPT_CHANGED = 200
_WEIGHT = {
    Severity.REFUSED: 0,
    Severity.KEPT_OUT: 1,
    Severity.WARNING: 2,
    Severity.CHANGED: 3,
}
_HEADER = ("row", "line", "address", "result", "severity", "code", "field", "text")


class Result(enum.Enum):
    """What became of a row. New, updated and unchanged people are on the list."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT_OUT = "kept out"
    REFUSED = "refused"

    __hash__ = object.__hash__  # see NoteKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of which there is something to say.

    row: as a spreadsheet counts, the header being 1. line: where it begins in the file.
    """

    row: int
    line: int
    address: str
    result: Result
    notes: tuple[Note, ...]

    @property
    def is_to_act_on(self) -> bool:
        return any(note.severity is not Severity.CHANGED for note in self.notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """In how many rows the same was said of the same column."""

    kind: NoteKind
    field: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows of the file. rows = new + updated + unchanged + kept_out + refused.

    changed, warned: rows, whatever became of them, with at least one such note.
    """

    rows: int
    new: int
    updated: int
    unchanged: int
    kept_out: int
    refused: int
    changed: int
    warned: int

    @property
    def taken(self) -> int:
        return self.new + self.updated + self.unchanged


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The report of one import.

    format: for a person, such as "CSV, CP949".
    tallies: what was said, how often; most serious first.
    entries: the first thousand rows to act on, and the first two hundred only changed.
    omitted: how many more there are; they are in `rows_file` where one was asked for.
    """

    file: str
    format: str
    list_name: str
    dry_run: bool
    mapping: ColumnMapping
    counts: Counts
    tallies: tuple[Tally, ...]
    entries: tuple[Entry, ...]
    omitted: int
    rows_file: str = ""

    def to_json(self, translate: Callable[[str], str] | None = None) -> str:
        """Write the report as one JSON object, sentences included.

        translate: for the sentences; without it they are in English.
        """
        return json.dumps(
            {
                "file": self.file,
                "format": self.format,
                "list": self.list_name,
                "dry_run": self.dry_run,
                "columns": [
                    {"header": c.header, "target": c.target, "how": c.how.value}
                    for c in self.mapping.columns
                ],
                "counts": {**asdict(self.counts), "taken": self.counts.taken},
                "tallies": [
                    {"code": t.kind.value, "field": t.field, "rows": t.rows} for t in self.tallies
                ],
                "entries": [_entry_fields(entry, translate) for entry in self.entries],
                "omitted": self.omitted,
                "rows_file": self.rows_file,
            },
            ensure_ascii=False,
            indent=2,
        )


def _entry_fields(entry: Entry, translate: Callable[[str], str] | None) -> dict[str, object]:
    notes = [
        {
            "severity": note.severity.value,
            "code": note.kind.value,
            "field": note.field,
            "text": note.explain(translate) if translate else note.explain(),
        }
        for note in entry.notes
    ]
    return {
        "row": entry.row,
        "line": entry.line,
        "address": entry.address,
        "result": entry.result.value,
        "notes": notes,
    }


class RowLog:
    """Counts rows, keeps the first entries, and writes all of them to a file if there is one.

    The file appears under its name only when the import has ended well.
    """

    def __init__(
        self, path: Path | None = None, translate: Callable[[str], str] | None = None
    ) -> None:
        self._path = path
        self._translate = translate
        self._part = path.with_name(f"{path.name}.part") if path else None
        self._file: IO[str] | None = None
        self._results: Counter[Result] = Counter()
        self._severities: Counter[Severity] = Counter()
        self._said: Counter[tuple[NoteKind, str]] = Counter()
        self._to_act_on: list[Entry] = []
        self._changed: list[Entry] = []
        self._omitted = 0

    def __enter__(self) -> Self:
        """Raises ReportUnwritable."""
        if self._part:
            try:
                # The mark tells spreadsheet programs that it is UTF-8.
                self._file = self._part.open("w", encoding="utf-8-sig", newline="")
            except OSError as error:
                reason = error.strerror or str(error)
                raise ReportUnwritable(file=str(self._path), reason=reason) from error
            csv.writer(self._file).writerow(_HEADER)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is None or self._part is None or self._path is None:
            return
        self._file.close()
        if kind is None:
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)

    def add(self, entry: Entry) -> None:
        """Count a row, and keep it where there is something to say."""
        self._results[entry.result] += 1
        if not entry.notes:
            return
        self._severities.update({note.severity for note in entry.notes})
        self._said.update({(note.kind, note.field) for note in entry.notes})
        self._keep(entry)
        if self._file is not None:
            csv.writer(self._file).writerows(report_lines(entry, self._translate))

    def _keep(self, entry: Entry) -> None:
        if entry.is_to_act_on and len(self._to_act_on) < _KEPT_TO_ACT_ON:
            self._to_act_on.append(entry)
        elif not entry.is_to_act_on and len(self._changed) < _KEPT_CHANGED:
            self._changed.append(entry)
        else:
            self._omitted += 1

    def report(
        self, *, file: str, format: str, list_name: str, dry_run: bool, mapping: ColumnMapping
    ) -> ImportReport:
        """Make the report of the rows that were added."""
        return ImportReport(
            file=file,
            format=format,
            list_name=list_name,
            dry_run=dry_run,
            mapping=mapping,
            counts=self._counts(),
            tallies=self._tallies(),
            entries=tuple(sorted(self._to_act_on + self._changed, key=lambda entry: entry.row)),
            omitted=self._omitted,
            rows_file=str(self._path or ""),
        )

    def _tallies(self) -> tuple[Tally, ...]:
        tallies = [
            Tally(kind=kind, field=field, rows=rows) for (kind, field), rows in self._said.items()
        ]
        return tuple(sorted(tallies, key=lambda tally: (_WEIGHT[tally.kind.severity], -tally.rows)))

    def _counts(self) -> Counts:
        return Counts(
            rows=self._results.total(),
            new=self._results[Result.NEW],
            updated=self._results[Result.UPDATED],
            unchanged=self._results[Result.UNCHANGED],
            kept_out=self._results[Result.KEPT_OUT],
            refused=self._results[Result.REFUSED],
            changed=self._severities[Severity.CHANGED],
            warned=self._severities[Severity.WARNING],
        )


def report_lines(
    entry: Entry, translate: Callable[[str], str] | None = None
) -> Iterable[tuple[str, ...]]:
    """Return one line of the CSV report for each note of an entry."""
    for note in entry.notes:
        text = note.explain(translate) if translate else note.explain()
        yield (
            str(entry.row),
            str(entry.line),
            harmless_cell(entry.address),
            entry.result.value,
            note.severity.value,
            note.kind.value,
            harmless_cell(note.field),
            harmless_cell(text),
        )


def harmless_cell(text: str) -> str:
    """Keep a spreadsheet from calculating a value of somebody else's making (OWASP: CSV injection).

    An apostrophe in front makes it text; plain and negative numbers stay as they are.
    """
    return f"'{text}" if looks_like_formula(text.lstrip()) or text[:1] in ("\t", "\r") else text
