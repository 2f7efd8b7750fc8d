"""An uploaded file as a page shows it before anything is imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pabal.console.audience.importing.mapping import likely_targets
from pabal.console.audience.importing.reading import open_table

_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """format: for a person. targets: what each column is likely to be. rows: the first few."""

    format: str
    header: Sequence[str]
    targets: Sequence[str]
    rows: Sequence[Sequence[str]]

    def examples(self, index: int) -> Sequence[str]:
        """Return what stands in a column in the first rows."""
        return [row[index] for row in self.rows if index < len(row) and row[index].strip()]


def look_at(path: Path) -> FirstLook:
    """Read the beginning of a file. Raises FileRefused, ColumnsRefused."""
    with open_table(path) as table:
        rows = [row.cells for row in islice(table.rows, _ROWS)]
        return FirstLook(
            format=table.format,
            header=table.header,
            targets=likely_targets(table.header),
            rows=rows,
        )
