"""What every benchmark does with its figures."""

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

_RESULTS = Path("build/bench")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A number that must be reached. at_least or at_most, in the figure's unit."""

    name: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool:
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)

    @property
    def wanted(self) -> str:
        return f">= {self.at_least:g}" if self.at_least is not None else f"<= {self.at_most:g}"


def picture_paths(name: str) -> Sequence[Path]:
    """Say where a picture is kept: beside the figures, and where PICTURES asks for a copy."""
    folders = [_RESULTS, *map(Path, filter(None, [os.environ.get("PICTURES")]))]
    return [folder / f"{name}.png" for folder in folders]


def publish(
    name: str,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    figures: Mapping[str, object],
    demands: Sequence[Demand],
) -> None:
    """Print the table and the demands, keep both as JSON, and exit 1 where CHECK=1 finds a miss."""
    console = Console(highlight=False)
    table = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right")
    for row in rows:
        table.add_row(*map(str, row))
    console.print(table)
    for demand in demands:
        mark = "met" if demand.met else "MISSED"
        console.print(f"{demand.name}: {demand.value:.2f}, wanted {demand.wanted}: {mark}")
    _keep(name, figures, demands)
    if os.environ.get("CHECK") == "1" and not all(demand.met for demand in demands):
        sys.exit(1)


def _keep(name: str, figures: Mapping[str, object], demands: Sequence[Demand]) -> None:
    _RESULTS.mkdir(parents=True, exist_ok=True)
    content = {
        "machine": {"python": platform.python_version(), "cpus": os.cpu_count()},
        "figures": dict(figures),
        "demands": [
            {"name": d.name, "value": d.value, "wanted": d.wanted, "met": d.met} for d in demands
        ],
    }
    (_RESULTS / f"{name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False))
