from django.contrib import messages
from django.db.models import ProtectedError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pabal.console.accounts import audit
from pabal.console.accounts.access import Act, SignedInRequest, may, requires
from pabal.console.audience.conditions import ConditionRefused, to_json
from pabal.console.audience.models import Segment
from pabal.console.design.audience_tabs import audience_tabs
from pabal.console.segments import counting, showing
from pabal.console.segments.draft import Draft

_LONGEST_NAME = 100


@require_safe
@requires(Act.SEE_SUBSCRIBERS)
def segments(request: SignedInRequest) -> HttpResponse:
    """The saved ones, each in words; how many fit is asked when a row is seen."""
    known = showing.choices(timezone.now())
    saved = Segment.objects.order_by("name")
    context = {
        "tabs": audience_tabs("segments:segments"),
        "rows": [(each, showing.sentences(each.segmentation, known)) for each in saved],
        "may_edit": may(request.user, Act.EDIT_AUDIENCE),
    }
    return render(request, "segments/segments.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_AUDIENCE)
def add(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return _form(request, Draft(), "")
    return _save(request, Segment(created_at=timezone.now()))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.EDIT_AUDIENCE)
def edit(request: SignedInRequest, number: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=number)
    if request.method != "POST":
        return _form(request, Draft.of(segment.segmentation), segment.name, segment=segment)
    return _save(request, segment)


@require_POST
@requires(Act.EDIT_AUDIENCE)
def draft(request: SignedInRequest) -> HttpResponse:
    """The form's lines as they are after a choice or a button; nothing is saved."""
    changed = Draft.read(_typed(request)).after(request.POST.get("act", ""))
    context = {"draft": showing.shown(changed, showing.choices(timezone.now()))}
    answer = render(request, "segments/lines.html", context)
    answer["HX-Trigger-After-Swap"] = "lines-changed"
    return answer


@require_POST
@requires(Act.SEE_SUBSCRIBERS)
def count_draft(request: SignedInRequest) -> HttpResponse:
    """How many fit what is typed so far, and ten of them."""
    now = timezone.now()
    asked = Draft.read(_typed(request)).segmentation(leniently=True)
    context = {"counted": counting.estimate(asked, now)}
    return render(request, "segments/count.html", context)


@require_safe
@requires(Act.SEE_SUBSCRIBERS)
def count(request: SignedInRequest, number: int) -> HttpResponse:
    """How many fit a saved one, one by one."""
    segment = get_object_or_404(Segment, pk=number)
    counted = counting.count(segment.segmentation, timezone.now())
    return render(request, "segments/number.html", {"counted": counted})


@require_POST
@requires(Act.EDIT_AUDIENCE)
def delete(request: SignedInRequest, number: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=number)
    try:
        segment.delete()
    except ProtectedError:
        messages.error(request, gettext("A campaign uses this segment, so it stays."))
        return redirect("segments:edit", number)
    messages.success(request, gettext("The segment was deleted."))
    return redirect("segments:segments")


def _save(request: SignedInRequest, segment: Segment) -> HttpResponse:
    """Save what is typed. A button that changes the lines works without a script too."""
    typed = Draft.read(_typed(request))
    name = " ".join(request.POST.get("name", "").split())[:_LONGEST_NAME]
    act = request.POST.get("act", "")
    if act:
        return _form(request, typed.after(act), name, segment=segment)
    error = _name_error(name, segment)
    try:
        condition = to_json(typed.segmentation())
    except ConditionRefused:
        return _form(request, typed.with_errors(), name, segment=segment, error=error)
    if error:
        return _form(request, typed, name, segment=segment, error=error)
    segment.name, segment.condition, segment.updated_at = name, condition, timezone.now()
    segment.save()
    audit.note(request.user, audit.Deed.SEGMENT_SAVED, name, now=timezone.now())
    messages.success(request, gettext("Saved."))
    return redirect("segments:segments")


def _form(
    request: SignedInRequest,
    draft: Draft,
    name: str,
    *,
    segment: Segment | None = None,
    error: str = "",
) -> HttpResponse:
    context = {
        "draft": showing.shown(draft, showing.choices(timezone.now())),
        "name": name,
        "name_error": error,
        "has_errors": error or any(row.error for group in draft.groups for row in group.rows),
        "segment": segment if segment is not None and segment.pk else None,
    }
    return render(request, "segments/form.html", context)


def _name_error(name: str, segment: Segment) -> str:
    if not name:
        return gettext("Give the segment a name.")
    if Segment.objects.exclude(pk=segment.pk).filter(name__iexact=name).exists():
        return gettext("There is one with this name already.")
    return ""


def _typed(request: SignedInRequest) -> dict[str, str]:
    fields: QueryDict = request.POST
    return {name: fields.get(name, "") for name in fields}
