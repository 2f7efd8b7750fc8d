"""`pabal import`: a customer file into a list, with a report for every row."""

from pathlib import Path
from typing import Any

import click

from pabal.cli.command import command, open_workshop
from pabal.cli.language import _
from pabal.cli.lookup import find_list
from pabal.cli.output import Output
from pabal.pipeline.local.wiring import wall_clock

commands = click.Group()


@command(commands, "import", _("Import customers from a CSV or XLSX file."))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--list", "list_name", required=True, help=_("The list, by name or number."))
@click.option(
    "--map",
    "mapping",
    default="",
    help=_("Columns by hand: email=HEADER,grade=HEADER,name=- (a dash leaves one out)."),
)
@click.option("--dry-run", is_flag=True, help=_("Read and report; keep nothing."))
@click.option(
    "--report",
    "report_file",
    type=click.Path(path_type=Path),
    help=_("Write the report for every row as CSV."),
)
def import_customers(
    output: Output,
    file: Path,
    list_name: str,
    mapping: str,
    dry_run: bool,
    report_file: Path | None,
) -> None:
    workshop = open_workshop()
    run_import(
        output, workshop, file, list_name, mapping=mapping, dry_run=dry_run, report_file=report_file
    )


def run_import(output: Output, workshop: Any, file: Path, list_name: str, **options: Any) -> None:
    raise NotImplementedError
