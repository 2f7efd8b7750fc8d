"""Imports that were ordered on a page and are done by a worker.

The note that an import is done is written in the import's own transaction. A worker that is
killed leaves nothing of it, the run waits as before, and the next worker begins it anew: there
is no moment at which rows are in and nobody knows. How far it is stands in a file, since
nothing of an open transaction can be seen.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, time
from pathlib import Path

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext

from pabal.console.audience.importing.bases import ConsentBasis
from pabal.console.audience.importing.errors import FileGone, ImportBrokenOff
from pabal.console.audience.importing.folder import Folder, folder_of
from pabal.console.audience.importing.importing import import_file
from pabal.console.audience.importing.mapping import LEAVE_OUT, Override
from pabal.console.audience.importing.reading import open_table
from pabal.console.audience.importing.report import ImportReport
from pabal.console.audience.models import ImportRun
from pabal.domain.consent import Basis
from pabal.domain.errors import Explained, PabalError

_MOST_STARTS = 3
_ORDERED = (ImportRun.State.CHECKING.value, ImportRun.State.WAITING.value)


class Stopped(Exception):
    """The worker is to end; the import is undone and waits for the next one."""


def do_next(home: Path, *, now: datetime, stopped: Callable[[], bool]) -> bool:
    """Check or import the file that waits longest. Return whether there was one.

    stopped: asked now and then; once it is true, all that was done is undone.
    """
    if not ImportRun.objects.filter(state__in=_ORDERED).exists():
        return False
    try:
        with transaction.atomic():
            done = _do_locked(home, now, stopped)
    except Stopped:
        return False
    if done is not None:
        _clear(done, folder_of(home, done.pk))
    return done is not None


def overrides_of(header: Sequence[str], mapping: Sequence[str]) -> Sequence[Override]:
    """Say what each column is as `map_columns` wants it said."""
    return [
        Override(left=name, right=LEAVE_OUT)
        if target == LEAVE_OUT
        else Override(left=target, right=name)
        for name, target in zip(header, mapping, strict=True)
    ]


def basis_of(run: ImportRun) -> ConsentBasis:
    given_at = None
    if run.given_on:
        given_at = timezone.make_aware(datetime.combine(run.given_on, time()))
    return ConsentBasis(
        basis=Basis(run.basis or Basis.CONSENT.value),
        wording=run.wording,
        given_at=given_at,
        goods=run.goods,
    )


def _do_locked(home: Path, now: datetime, stopped: Callable[[], bool]) -> ImportRun | None:
    """Another worker that looks meanwhile passes over a run that is locked."""
    ordered = ImportRun.objects.select_for_update(skip_locked=True, of=("self",))
    run = ordered.filter(state__in=_ORDERED).order_by("pk").select_related("list").first()
    if run is None:
        return None
    folder = folder_of(home, run.pk)
    before = folder.progress()
    starts = before.starts + 1 if before else 1
    folder.tell(rows=0, starts=starts)

    def progress(rows: int) -> None:
        if stopped():
            raise Stopped
        folder.tell(rows=rows, starts=starts)

    try:
        if starts > _MOST_STARTS:
            raise ImportBrokenOff(starts=_MOST_STARTS)
        with translation.override(run.language):
            report = _import(run, folder, progress, now)
            run.report = json.loads(report.to_json(gettext))
    except PabalError as error:
        run.state, run.refusal = ImportRun.State.REFUSED, _refusal(error)
    else:
        was_check = run.state == ImportRun.State.CHECKING
        run.state = ImportRun.State.CHECKED if was_check else ImportRun.State.DONE
        run.refusal = {}
    run.ended_at = now
    run.save()
    return run


def _import(
    run: ImportRun, folder: Folder, progress: Callable[[int], None], now: datetime
) -> ImportReport:
    path = folder.file(run.file)
    if not path.exists():
        raise FileGone(file=run.file)
    with open_table(path) as table:
        header = table.header
    return import_file(
        path,
        run.list,
        overrides=overrides_of(header, run.mapping),
        basis=basis_of(run),
        keeps_known=run.keeps_known,
        dry_run=run.state == ImportRun.State.CHECKING,
        rows_to=folder.rows,
        translate=gettext,
        progress=progress,
        now=now,
    )


def _clear(run: ImportRun, folder: Folder) -> None:
    folder.forget_progress()
    if run.state == ImportRun.State.DONE:
        folder.remove_file(run.file)


def _refusal(error: Explained) -> dict[str, object]:
    """Keep an error so that any page can say it in its reader's language."""
    details = {name: str(value) for name, value in error.details.items()}
    return {"message": error.message, "remedy": error.remedy, "details": details}
