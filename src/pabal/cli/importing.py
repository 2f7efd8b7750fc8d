"""`pabal import`: a customer file into a list, with a report for every row."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
from rich.progress import BarColumn, Progress, TextColumn

from pabal.cli.command import command, open_workshop
from pabal.cli.language import _
from pabal.cli.lookup import find_list
from pabal.cli.output import Output
from pabal.domain.consent import Basis
from pabal.pipeline.local.wiring import wall_clock

if TYPE_CHECKING:
    from pabal.console.audience.importing.mapping import ColumnMapping
    from pabal.console.audience.importing.report import Entry, ImportReport
    from pabal.console.audience.models import List

commands = click.Group()

_SHOWN = 30  # rows that were left out, in the terminal
_ROWS_NAMED = 8


@command(commands, "import", _("Import customers from a CSV or XLSX file."))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--list", "list_name", required=True, help=_("The list, by name or number."))
@click.option(
    "--map",
    "mapping",
    default="",
    help=_("Columns by hand: email=HEADER,grade=HEADER,HEADER=- (a dash leaves one out)."),
)
@click.option("--sheet", default="", help=_("Sheet of an XLSX file; the first if unset."))
@click.option("--consent-wording", default="", help=_("The text that these people agreed to."))
@click.option(
    "--basis",
    type=click.Choice([basis.value for basis in Basis]),
    default=Basis.CONSENT.value,
    help=_("Why they may be sent advertising: they agreed, or bought the same kind of goods."),
)
@click.option(
    "--basis-date",
    type=click.DateTime(["%Y-%m-%d"]),
    help=_("When all of them agreed, or their transaction ended; for files without that column."),
)
@click.option("--goods", default="", help=_("The kind of goods that they bought."))
@click.option("--dry-run", is_flag=True, help=_("Read and report; keep nothing."))
@click.option(
    "--report",
    "rows_to",
    type=click.Path(path_type=Path),
    help=_("Write what there is to say about every row as CSV."),
)
def import_customers(
    output: Output,
    file: Path,
    list_name: str,
    mapping: str,
    sheet: str,
    consent_wording: str,
    basis: str,
    basis_date: datetime | None,
    goods: str,
    dry_run: bool,
    rows_to: Path | None,
) -> None:
    workshop = open_workshop()
    from pabal.console.audience.importing.bases import ConsentBasis
    from pabal.console.audience.importing.importing import import_file
    from pabal.console.audience.importing.mapping import parse_overrides

    into = find_list(list_name)
    zone = ZoneInfo(workshop.settings.time_zone)
    terminal = output.console.is_terminal and not output.as_json
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}"),
        transient=True,
        disable=not terminal,
    ) as bar:
        task = bar.add_task(_("Reading rows"), total=None)
        report = import_file(
            file,
            into,
            overrides=parse_overrides(mapping),
            basis=ConsentBasis(
                basis=Basis(basis),
                wording=consent_wording,
                given_at=basis_date.replace(tzinfo=zone) if basis_date else None,
                goods=goods,
            ),
            sheet=sheet,
            dry_run=dry_run,
            rows_to=rows_to,
            translate=_,
            progress=lambda rows: bar.update(task, completed=rows),
            now=wall_clock(),
        )
    show_import(output, report)
    output.result(json.loads(report.to_json()))


def import_bundled(file: Path, into: "List", wording: str) -> "ImportReport":
    """Import a file of our own, without a bar."""
    from pabal.console.audience.importing.bases import ConsentBasis
    from pabal.console.audience.importing.importing import import_file

    return import_file(file, into, basis=ConsentBasis(wording=wording), now=wall_clock())


def show_import(output: Output, report: "ImportReport") -> None:
    """Print the columns, the counts, and the first rows of which there is something to say."""
    counts = report.counts
    output.heading(_("Import of {file} ({format})").format(file=report.file, format=report.format))
    _show_columns(output, report.mapping)
    output.say(
        _(
            "{rows} rows: {taken} taken ({new} new, {updated} updated), {refused} refused, "
            "{kept_out} kept out; {changed} tidied, {warned} with a warning"
        ).format(
            rows=f"{counts.rows:,}",
            taken=f"{counts.taken:,}",
            new=f"{counts.new:,}",
            updated=f"{counts.updated:,}",
            refused=f"{counts.refused:,}",
            kept_out=f"{counts.kept_out:,}",
            changed=f"{counts.changed:,}",
            warned=f"{counts.warned:,}",
        )
    )
    if report.dry_run:
        output.say(_("This was a dry run; nothing was kept."), style="yellow")
    _show_left_out(output, report.entries)
    _show_notes(output, report.entries)
    if report.omitted:
        output.say(
            _("… and {count} more rows; --report FILE writes all.").format(
                count=f"{report.omitted:,}"
            )
        )


def _show_left_out(output: Output, entries: "Sequence[Entry]") -> None:
    """A line for every row that is not on the list now: somebody has to mend these."""
    from pabal.console.audience.importing.report import Result

    left_out = [each for each in entries if each.result in (Result.REFUSED, Result.KEPT_OUT)]
    for entry in left_out[:_SHOWN]:
        where = _("row {row}").format(row=entry.row)
        for note in entry.notes:
            output.say(f"  {where}: {_one_line(note.explain(_))}", style="red")
    if len(left_out) > _SHOWN:
        more = len(left_out) - _SHOWN
        output.say(_("… and {count} more rows; --report FILE writes all.").format(count=more))


def _show_notes(output: Output, entries: "Sequence[Entry]") -> None:
    """A line for every kind of note on rows that were taken, with the rows that have it."""
    from pabal.console.audience.importing.notes import Severity

    grouped: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
    for entry in entries:
        for note in entry.notes:
            if note.severity in (Severity.WARNING, Severity.CHANGED):
                key = (note.severity.value, note.kind.value, note.field)
                grouped.setdefault(key, []).append((entry.row, note.explain(_)))
    for (severity, _kind, _field), rows in sorted(grouped.items(), reverse=True):
        numbers = ", ".join(str(row) for row, _text in rows[:_ROWS_NAMED])
        more = " …" if len(rows) > _ROWS_NAMED else ""
        style = "yellow" if severity == Severity.WARNING.value else "dim"
        text = _("{count} × {note} (rows {rows})").format(
            count=len(rows), note=_one_line(rows[0][1]), rows=numbers + more
        )
        output.say(f"  {text}", style=style)


def _one_line(text: str) -> str:
    return text.replace("\n", "·").replace("\r", "·")


def _show_columns(output: Output, mapping: "ColumnMapping") -> None:
    from pabal.console.audience.importing.mapping import LEAVE_OUT, How

    how = {
        How.GUESSED: _("guessed from its name"),
        How.GIVEN: _("as you said"),
        How.OWN_NAME: _("under its own name"),
    }
    output.table(
        [_("Column"), _("Becomes"), ""],
        [
            (
                column.header,
                _("not imported") if column.target == LEAVE_OUT else column.target,
                how[column.how],
            )
            for column in mapping.columns
        ],
    )
