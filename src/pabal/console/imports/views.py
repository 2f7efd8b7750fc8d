from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pabal.console.accounts import audit
from pabal.console.accounts.access import Act, SignedInRequest, requires
from pabal.console.audience.importing.errors import ColumnsRefused, FileRefused
from pabal.console.audience.importing.folder import Folder, folder_of, safe_name
from pabal.console.audience.models import ImportRun, List
from pabal.console.campaigns.drafting import add_list
from pabal.console.design.audience_tabs import audience_tabs
from pabal.console.imports import showing
from pabal.console.imports.forms import MappingForm, UploadForm, initial_of
from pabal.console.imports.looking import FirstLook, look_at

_SHOWN = 50
_State = ImportRun.State
_UNDERWAY = (_State.CHECKING, _State.WAITING)
_REPORTED = (_State.CHECKED, _State.DONE)


@require_safe
@requires(Act.EDIT_AUDIENCE)
def imports(request: SignedInRequest) -> HttpResponse:
    """The last imports, newest first."""
    runs = ImportRun.objects.select_related("list").order_by("-pk")[:_SHOWN]
    context = {
        "tabs": audience_tabs("imports:imports"),
        "rows": [(each, showing.TONES[_State(each.state)]) for each in runs],
    }
    return render(request, "imports/imports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_AUDIENCE)
def add(request: SignedInRequest) -> HttpResponse:
    """Upload a file: it is kept, and its columns are read."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        kept = _keep(request, form)
        if kept is not None:
            return redirect("imports:set-up", kept.pk)
    return render(request, "imports/add.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_AUDIENCE)
def set_up(request: SignedInRequest, number: int) -> HttpResponse:
    """Say what the columns are and why these people may be mailed; then order the check."""
    run = get_object_or_404(ImportRun.objects.select_related("list"), pk=number)
    if run.state in (*_UNDERWAY, _State.DONE):
        return redirect("imports:run", number)
    try:
        look = look_at(_folder(run).file(run.file))
    except (FileRefused, ColumnsRefused) as error:
        messages.error(request, f"{error.explain(gettext)} {error.advise(gettext)}")
        return redirect("imports:imports")
    form = MappingForm(
        request.POST or None,
        look=look,
        run=run,
        chosen=_chosen(run, look),
        initial=initial_of(run),
    )
    if request.method == "POST" and form.is_valid():
        form.fill(run)
        run.language = translation.get_language() or "ko"
        _order(run, _State.CHECKING)
        return redirect("imports:run", number)
    return render(request, "imports/set_up.html", {"form": form, "run": run, "look": look})


@require_safe
@requires(Act.EDIT_AUDIENCE)
def run(request: SignedInRequest, number: int) -> HttpResponse:
    """Where an import stands: under way, checked, done or refused."""
    found = get_object_or_404(ImportRun.objects.select_related("list"), pk=number)
    if found.state == _State.MAPPING:
        return redirect("imports:set-up", number)
    return render(request, "imports/run.html", _context(found))


@require_safe
@requires(Act.EDIT_AUDIENCE)
def progress(request: SignedInRequest, number: int) -> HttpResponse:
    """The part of the page that changes; once it is over, the page is loaded anew."""
    found = get_object_or_404(ImportRun.objects.select_related("list"), pk=number)
    answer = render(request, "imports/progress.html", _context(found))
    if found.state not in _UNDERWAY:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
@requires(Act.EDIT_AUDIENCE)
def start(request: SignedInRequest, number: int) -> HttpResponse:
    """Order the import of a file that was checked. Ordering twice is ordering once."""
    with transaction.atomic():
        found = get_object_or_404(ImportRun.objects.select_for_update(), pk=number)
        if found.state == _State.CHECKED:
            _order(found, _State.WAITING)
            audit.note(request.user, audit.Deed.IMPORT_STARTED, found.file, now=timezone.now())
    return redirect("imports:run", number)


@require_safe
@requires(Act.EDIT_AUDIENCE)
def rows(request: SignedInRequest, number: int) -> HttpResponseBase:
    """The file of all rows of which there is something to say."""
    found = get_object_or_404(ImportRun, pk=number)
    path = _folder(found).rows
    if found.state not in _REPORTED or not path.exists():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"rows-{found.pk}.csv")


@require_POST
@requires(Act.EDIT_AUDIENCE)
def delete(request: SignedInRequest, number: int) -> HttpResponse:
    """Forget an import and its file. Whoever it has brought stays."""
    with transaction.atomic():
        found = get_object_or_404(ImportRun.objects.select_for_update(), pk=number)
        if found.state == _State.WAITING:
            messages.error(request, gettext("It is being imported at this moment."))
            return redirect("imports:run", number)
        folder = _folder(found)
        found.delete()
    folder.remove()
    messages.success(request, gettext("The file was removed."))
    return redirect("imports:imports")


def _keep(request: SignedInRequest, form: UploadForm) -> ImportRun | None:
    """Keep an upload that can be read; else say at the field why not, and keep nothing."""
    now, uploaded = timezone.now(), form.cleaned_data["file"]
    try:
        with transaction.atomic():
            run = ImportRun.objects.create(
                list=_target(form, now),
                file=safe_name(uploaded.name),
                started_by=request.user.email,
                created_at=now,
            )
            folder = _folder(run)
            folder.keep(run.file, uploaded.chunks())
            look_at(folder.file(run.file))
    except (FileRefused, ColumnsRefused) as error:
        folder.remove()
        form.add_error("file", f"{error.explain(gettext)} {error.advise(gettext)}")
        return None
    return run


def _target(form: UploadForm, now: datetime) -> List:
    if name := form.cleaned_data["new_list"]:
        return add_list(name, now=now)
    chosen: List = form.cleaned_data["list"]
    return chosen


def _chosen(run: ImportRun, look: FirstLook) -> Sequence[str]:
    return run.mapping if len(run.mapping) == len(look.header) else look.targets


def _order(run: ImportRun, state: ImportRun.State) -> None:
    """Let a worker do it. `ended_at` is when the last step ended, so that waiting is counted."""
    _folder(run).forget_progress()
    run.state, run.ended_at, run.refusal = state, timezone.now(), {}
    run.save()


def _context(run: ImportRun) -> dict[str, object]:
    state = _State(run.state)
    message, remedy = showing.refusal(run)
    context: dict[str, object] = {
        "run": run,
        "tone": showing.TONES[state],
        "is_underway": state in _UNDERWAY,
        "is_checked": state is _State.CHECKED,
        "is_done": state is _State.DONE,
        "message": message,
        "remedy": remedy,
        "has_rows": _folder(run).rows.exists(),
    }
    if state in _UNDERWAY:
        progress = _folder(run).progress()
        context["underway"] = showing.underway(run, progress, timezone.now())
    elif state in _REPORTED:
        context |= {
            "stats": showing.stats(run.report),
            "notes": showing.notes(run.report),
            "left_out": showing.left_out(run.report),
            "report": run.report,
        }
    return context


def _folder(run: ImportRun) -> Folder:
    return folder_of(settings.PABAL.home, run.pk)
