"""Where an uploaded file waits, beside the progress of its import and what is said of its rows.

Pages and workers of one installation share PABAL_HOME, as they do for packages.
"""

import json
import re
import shutil
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_NOT_IN_NAMES = re.compile(r"[^\w.\- ()\[\]]+")
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """rows: done since it was begun last. starts: how often. at: when that was written."""

    rows: int
    starts: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Folder:
    """The directory of one import."""

    path: Path

    def keep(self, name: str, chunks: Iterable[bytes]) -> int:
        """Keep an uploaded file; return its size in bytes."""
        self.file(name).parent.mkdir(parents=True, exist_ok=True)
        with self.file(name).open("wb") as file:
            return sum(file.write(chunk) for chunk in chunks)

    def file(self, name: str) -> Path:
        """Return where the file is: under its own name, which records of consent cite."""
        return self.path / "file" / name

    @property
    def rows(self) -> Path:
        """The CSV of what there is to say about rows."""
        return self.path / "rows.csv"

    def remove_file(self, name: str) -> None:
        """Remove the customers' data; what was said of the rows stays."""
        self.file(name).unlink(missing_ok=True)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def progress(self) -> Progress | None:
        """Return how far it is; None where it was never begun."""
        try:
            stored = json.loads(self._progress.read_text("utf-8"))
            return Progress(
                rows=int(stored["rows"]),
                starts=int(stored["starts"]),
                at=datetime.fromtimestamp(self._progress.stat().st_mtime, UTC),
            )
        except (OSError, ValueError, KeyError):
            return None

    def tell(self, *, rows: int, starts: int) -> None:
        """Write how far it is, for pages that look meanwhile: the database shows nothing yet."""
        self.path.mkdir(parents=True, exist_ok=True)
        part = self._progress.with_suffix(".part")
        part.write_text(json.dumps({"rows": rows, "starts": starts}), "utf-8")
        part.replace(self._progress)

    def forget_progress(self) -> None:
        self._progress.unlink(missing_ok=True)

    @property
    def _progress(self) -> Path:
        return self.path / "progress.json"


def folder_of(home: Path, number: int) -> Folder:
    return Folder(home / "imports" / str(number))


def safe_name(name: str) -> str:
    """Return the name of an uploaded file without what could lead elsewhere."""
    bare = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    kept = _NOT_IN_NAMES.sub("_", bare).strip(". ") or "customers"
    stem, dot, suffix = kept.rpartition(".")
    return f"{stem[:_LONGEST_NAME]}{dot}{suffix[:10]}" if dot else kept[:_LONGEST_NAME]
