"""The import as a whole: all of a file, or nothing of it."""

import gc
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path

from django.db import transaction
from django.utils.timezone import get_default_timezone

from pabal.console.audience.erasing import installed_aliases
from pabal.console.audience.importing.bases import ConsentBasis, check_basis
from pabal.console.audience.importing.cleaning import Cleaner, RefusedRow, SubscriberRow
from pabal.console.audience.importing.errors import EmptyFile
from pabal.console.audience.importing.first_rows import FirstRows
from pabal.console.audience.importing.mapping import ColumnMapping, Override, map_columns
from pabal.console.audience.importing.notes import Note, NoteKind
from pabal.console.audience.importing.reading import Row, Table, open_table
from pabal.console.audience.importing.report import Entry, ImportReport, Result, RowLog
from pabal.console.audience.importing.storing import BATCH, Destination, Stored, store_batch
from pabal.console.audience.models import List


def preview_columns(
    path: Path, *, overrides: Sequence[Override] = (), sheet: str = ""
) -> ColumnMapping:
    """Say what each column of a file would be taken for. Nothing is imported.

    Raises FileRefused, ColumnsRefused.
    """
    with open_table(path, sheet=sheet) as table:
        return map_columns(table.header, overrides)


def import_file(
    path: Path,
    into: List,
    *,
    overrides: Sequence[Override] = (),
    basis: ConsentBasis | None = None,
    sheet: str = "",
    keeps_known: bool = False,
    dry_run: bool = False,
    rows_to: Path | None = None,
    translate: Callable[[str], str] | None = None,
    progress: Callable[[int], None] | None = None,
    zone: tzinfo | None = None,
    now: datetime,
) -> ImportReport:
    """Put the customers of a file on a list, in one transaction.

    A row that cannot be taken is left out and reported; an error leaves the database as it
    was. Importing the same file again changes nothing.

    keeps_known: leave what is stored of people who are known as it is.
    dry_run: do everything and take it back at the end; the report is the same.
    rows_to: where a CSV with every row of which there is something to say is written.
    translate: for the sentences in that CSV.
    progress: called now and then with the number of rows done.
    zone: of dates without one; the installation's by default.

    Raises FileRefused: it cannot be read, if only from some line on; ColumnsRefused;
    BasisRefused; ReportUnwritable.
    """
    chosen = basis or ConsentBasis()
    zone = zone or get_default_timezone()
    to = Destination(
        list=into,
        aliases=installed_aliases(),
        file=path.name,
        wording=chosen.wording,
        zone=zone,
        now=now,
        keeps_known=keeps_known,
    )
    with open_table(path, sheet=sheet) as table, RowLog(rows_to, translate) as log:
        mapping = map_columns(table.header, overrides)
        check_basis(chosen, mapping, goods=into.goods)
        cleaner = Cleaner(mapping, basis=chosen, zone=zone, now=now)
        with transaction.atomic():
            _import_rows(table, cleaner, to, log, progress or _ignore)
            transaction.set_rollback(dry_run)
        report = log.report(
            file=path.name,
            format=table.format,
            list_name=into.name,
            dry_run=dry_run,
            mapping=mapping,
        )
        if not report.counts.rows:
            raise EmptyFile(file=path.name)
        return report


@contextmanager
def _old_objects_left_alone() -> Generator[None]:
    """Keep the garbage collector off what was there before: a tenth of an import's time.

    It would go through all that Django has made, again and again, for a million new rows.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@_old_objects_left_alone()
def _import_rows(
    table: Table, cleaner: Cleaner, to: Destination, log: RowLog, progress: Callable[[int], None]
) -> None:
    first_rows = FirstRows()
    done = 0
    for batch in _batches(table.rows):
        taken: list[SubscriberRow] = []
        for row in batch:
            cleaned = _without_duplicate(cleaner.clean(row), first_rows)
            if isinstance(cleaned, RefusedRow):
                log.add(_refused_entry(cleaned))
            else:
                taken.append(cleaned)
        for stored in store_batch(taken, to):
            log.add(_entry(stored))
        done += len(batch)
        progress(done)


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _without_duplicate(
    cleaned: SubscriberRow | RefusedRow, first_rows: FirstRows
) -> SubscriberRow | RefusedRow:
    """The first row with an address counts; a later one is refused and names it."""
    if isinstance(cleaned, RefusedRow):
        return cleaned
    first = first_rows.remember(cleaned.address.identity, cleaned.row.number)
    if first == cleaned.row.number:
        return cleaned
    note = Note(kind=NoteKind.DUPLICATE, detail=str(first))
    return RefusedRow(row=cleaned.row, address=cleaned.address.original, note=note)


def _refused_entry(refused: RefusedRow) -> Entry:
    return Entry(
        row=refused.row.number,
        line=refused.row.line,
        address=refused.address,
        result=Result.REFUSED,
        notes=(refused.note,),
    )


def _entry(stored: Stored) -> Entry:
    row = stored.row
    # What is said of the values of somebody who is kept out is of no use.
    notes = stored.notes if stored.result is Result.KEPT_OUT else (*row.notes, *stored.notes)
    return Entry(
        row=row.row.number,
        line=row.row.line,
        address=row.address.original,
        result=stored.result,
        notes=notes,
    )


def _ignore(_rows: int) -> None:
    pass
