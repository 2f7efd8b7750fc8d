"""A run as templates show it: where it stands, and what its report says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pabal.console.audience.importing.folder import Progress
from pabal.console.audience.models import ImportRun
from pabal.console.design.components import Stat, Tone

_SILENT = timedelta(seconds=30)  # a batch takes a tenth of a second
_ROWS = 50

TONES = {
    ImportRun.State.MAPPING: Tone.PLAIN,
    ImportRun.State.CHECKING: Tone.BUSY,
    ImportRun.State.CHECKED: Tone.BUSY,
    ImportRun.State.WAITING: Tone.BUSY,
    ImportRun.State.DONE: Tone.GOOD,
    ImportRun.State.REFUSED: Tone.BAD,
}
_SEVERITIES = {
    "refused": (_("left out"), Tone.BAD),
    "kept out": (_("kept out"), Tone.WARN),
    "warning": (_("to look at"), Tone.WARN),
    "changed": (_("tidied"), Tone.PLAIN),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """How far a worker is. rows: None before it has begun.

    is_silent: nothing was heard of it for a while. starts: how often it was begun.
    """

    rows: int | None
    starts: int
    is_silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    """What was said of rows. example: the sentence about the first of them."""

    label: object
    tone: Tone
    rows: int
    field: str
    example: str


def underway(run: ImportRun, progress: Progress | None, now: datetime) -> Underway:
    if progress is None:
        ordered_at = run.ended_at or run.created_at
        return Underway(rows=None, starts=0, is_silent=now - ordered_at > _SILENT)
    return Underway(
        rows=progress.rows, starts=progress.starts, is_silent=now - progress.at > _SILENT
    )


def stats(report: dict[str, Any]) -> Sequence[Stat]:
    """Return the figures of a report."""
    counts = report["counts"]
    shown = [
        Stat(label=gettext("rows"), figure=counts["rows"]),
        Stat(label=gettext("new"), figure=counts["new"], tone=Tone.GOOD),
        Stat(label=gettext("changed"), figure=counts["updated"]),
        Stat(label=gettext("as they were"), figure=counts["unchanged"]),
        Stat(label=gettext("left out"), figure=counts["refused"], tone=_bad(counts["refused"])),
    ]
    if counts["kept_out"]:
        label = gettext("kept out")
        shown.append(Stat(label=label, figure=counts["kept_out"], tone=Tone.WARN))
    return shown


def notes(report: dict[str, Any]) -> Sequence[NoteRow]:
    """Return what was said, how often, and an example; most serious first."""
    examples: dict[tuple[str, str], tuple[str, str]] = {}
    for entry in report["entries"]:
        for note in entry["notes"]:
            key = (note["code"], note["field"])
            examples.setdefault(key, (note["severity"], note["text"]))
    rows = [
        _note_row(tally, *examples[(tally["code"], tally["field"])])
        for tally in report["tallies"]
        if (tally["code"], tally["field"]) in examples
    ]
    return rows


def left_out(report: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """Return the first rows that are not on the list, with why."""
    found = [each for each in report["entries"] if each["result"] in ("refused", "kept out")]
    return found[:_ROWS]


def refusal(run: ImportRun) -> tuple[str, str]:
    """Return why a run went no further, and what to do."""
    said = run.refusal
    if not said:
        return "", ""
    details = said.get("details", {})
    message = gettext(said["message"]).format(**details)
    return message, gettext(said["remedy"]).format(**details)


def _note_row(tally: dict[str, Any], severity: str, text: str) -> NoteRow:
    label, tone = _SEVERITIES[severity]
    return NoteRow(label=label, tone=tone, rows=tally["rows"], field=tally["field"], example=text)


def _bad(count: int) -> Tone:
    return Tone.BAD if count else Tone.PLAIN
