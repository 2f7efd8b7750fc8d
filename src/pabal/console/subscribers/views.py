"""Looking: the table, the file of it, one person."""

from collections.abc import Sequence

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from pabal.console.accounts import audit
from pabal.console.accounts.access import Act, SignedInRequest, may, requires
from pabal.console.audience.attributes import known_attributes
from pabal.console.audience.models import List, Segment, Subscriber, Topic
from pabal.console.audience.text_order import is_attribute_name
from pabal.console.design.audience_tabs import audience_tabs
from pabal.console.design.components import Tone
from pabal.console.segments.compiling import matching
from pabal.console.subscribers import exporting, finding, showing
from pabal.console.subscribers.asking import SORTS, STATES, Asked
from pabal.console.subscribers.finding import Narrow
from pabal.console.subscribers.forms import JoinForm, LeaveForm, StopForm
from pabal.console.subscribers.profile import profile_of

_COLUMNS = "subscriber_columns"
_MOST_COLUMNS = 8


@require_safe
@requires(Act.SEE_SUBSCRIBERS)
def table(request: SignedInRequest) -> HttpResponse:
    """The subscribers, page by page, as they are asked for."""
    asked = Asked.read(request.GET)
    narrow = _narrowing(asked)
    found = finding.page(asked, narrow=narrow)
    attributes = [each.name for each in known_attributes()]
    columns = _chosen(request, attributes)
    context = {
        "tabs": audience_tabs("subscribers:table"),
        "asked": asked,
        "rows": showing.rows(found.subscribers, columns),
        "count": finding.count(asked, narrow=narrow),
        "columns": columns,
        "attributes": attributes,
        "lists": List.objects.filter(archived_at=None).order_by("name"),
        "topics": Topic.objects.filter(archived_at=None).order_by("name"),
        "segments": Segment.objects.order_by("name"),
        "states": STATES.items(),
        "sorts": SORTS.items(),
        "next": asked.link(after=found.next_after) if found.next_after else "",
        "first": asked.link() if asked.after else "",
        "may_edit": may(request.user, Act.EDIT_AUDIENCE),
        "may_export": may(request.user, Act.EXPORT_SUBSCRIBERS),
    }
    return render(request, "subscribers/table.html", context)


@require_POST
@requires(Act.SEE_SUBSCRIBERS)
def columns(request: SignedInRequest) -> HttpResponse:
    """Remember which attributes somebody wants to see, until they sign out."""
    wanted = [name for name in request.POST.getlist("column") if is_attribute_name(name)]
    request.session[_COLUMNS] = wanted[:_MOST_COLUMNS]
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if is_ours else "subscribers:table")


@require_safe
@requires(Act.EXPORT_SUBSCRIBERS)
def export(request: SignedInRequest) -> HttpResponseBase:
    """All that the table shows, over all its pages, as CSV."""
    asked = Asked.read(request.GET).for_all_pages()
    names = [each.name for each in known_attributes()]
    audit.note(
        request.user, audit.Deed.SUBSCRIBERS_EXPORTED, asked.without_search(), now=timezone.now()
    )
    parts = finding.everybody(asked, narrow=_narrowing(asked))
    answer = StreamingHttpResponse(exporting.lines(parts, names), content_type="text/csv")
    day = timezone.localdate().isoformat()
    answer["Content-Disposition"] = f'attachment; filename="subscribers-{day}.csv"'
    return answer


@require_safe
@requires(Act.SEE_SUBSCRIBERS)
def profile(request: SignedInRequest, number: int) -> HttpResponse:
    """One subscriber: what is known, what they agreed to, what they were sent."""
    subscriber = get_object_or_404(Subscriber.people, pk=number)
    context = {
        "profile": profile_of(subscriber, timezone.now()),
        "subscriber": subscriber,
        "join": JoinForm(prefix="join"),
        "leave": LeaveForm(prefix="leave"),
        "stop_form": StopForm(prefix="stop"),
        "may_edit": may(request.user, Act.EDIT_AUDIENCE),
        "tone_bad": Tone.BAD,
        "may_stop": may(request.user, Act.SUPPRESS),
        "may_export": may(request.user, Act.EXPORT_SUBSCRIBERS),
    }
    return render(request, "subscribers/profile.html", context)


def _chosen(request: SignedInRequest, attributes: Sequence[str]) -> Sequence[str]:
    usual = [name for name in ("name", "grade") if name in attributes]
    chosen: Sequence[str] = request.session.get(_COLUMNS, usual)
    return [name for name in chosen if is_attribute_name(name)]


def _narrowing(asked: Asked) -> Narrow:
    """Return what leaves out who is not in the segment; an unknown one leaves out nobody."""
    segment = Segment.objects.filter(pk=asked.segment).first() if asked.segment else None
    if segment is None:
        return lambda rows: rows
    fitting = matching(segment.segmentation, timezone.now())
    return lambda rows: rows.filter(fitting)
