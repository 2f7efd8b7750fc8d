"""What a command says: sentences and tables for people, one JSON value for programs."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Never

from rich.console import Console
from rich.table import Table

from pabal.cli.language import _
from pabal.domain.errors import Explained, Unavailable

FAILED = 1
TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h


@dataclass(slots=True)
class Output:
    """Where a command writes. With `as_json`, only `result`, `results` and `fail` do."""

    as_json: bool
    console: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=True))

    def say(self, text: str = "", style: str = "") -> None:
        if not self.as_json:
            self.console.print(text, style=style or None, markup=False)

    def heading(self, text: str) -> None:
        self.say()
        self.say(text, style="bold")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a table; columns whose heading ends with "#" are set to the right."""
        if self.as_json:
            return
        table = Table(
            box=None,
            pad_edge=False,
            show_header=any(column.strip("#") for column in columns),
            header_style="dim",
            padding=(0, 2, 0, 0),
        )
        for column in columns:
            right = column.endswith("#")
            table.add_column(column.removesuffix("#"), justify="right" if right else "left")
        for row in rows:
            table.add_row(*(str(cell) for cell in row))
        self.console.print(table, markup=False)

    def result(self, value: object) -> None:
        """Print the answer for programs; people have read it already."""
        self._write(json.dumps(value, ensure_ascii=False, default=str) + "\n")

    def results(self, values: Iterable[object]) -> None:
        """Print an array for programs, on one line too, each value as it comes."""
        opening = "["
        try:
            for value in values:
                self._write(opening + json.dumps(value, ensure_ascii=False, default=str))
                opening = ", "
        finally:
            self._write("[]\n" if opening == "[" else "]\n")

    def fail(self, error: Explained) -> Never:
        """Say what went wrong and what to do, and end with an exit status that is not 0."""
        message, remedy = error.explain(_), error.advise(_)
        self.result({"error": {"code": error.code, "message": message, "remedy": remedy}})
        if not self.as_json:
            complaint = Console(stderr=True, highlight=False, soft_wrap=True)
            complaint.print(message, style="bold red", markup=False)
            complaint.print(remedy, markup=False)
        sys.exit(TRY_AGAIN if isinstance(error, Unavailable) else FAILED)

    def _write(self, text: str) -> None:
        if self.as_json:
            sys.stdout.write(text)
