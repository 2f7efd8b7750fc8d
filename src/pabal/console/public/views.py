from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from pabal.console.accounts.models import Language, organisation
from pabal.console.audience.choosing import choose, offered_lists, offered_topics
from pabal.console.audience.joining import return_to_list
from pabal.console.audience.leaving import Way, leave_everything, leave_list
from pabal.console.audience.models import LeavingReason, Membership, Rhythm, Subscriber
from pabal.console.audience.objecting import object_to_tracking, stop_objecting
from pabal.console.audience.resting import PAUSES, rest, wake, want_weekly
from pabal.console.public.answering import has_left_by_one_click, public_page, show
from pabal.console.public.kept import way_of_leaving
from pabal.console.public.links import Invitation
from pabal.console.public.origin import origin_of
from pabal.domain.token import Purpose

_page = require_http_methods(["GET", "HEAD", "POST"])


@_page
@public_page(Purpose.UNSUBSCRIBE)
def unsubscribe(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """The page behind List-Unsubscribe. A GET changes nothing: scanners fetch it."""
    if request.method != "POST":
        return show(
            request,
            "public/unsubscribe.html",
            invitation,
            has_left=_has_left(invitation),
            reasons=LeavingReason.Reason.choices,
            is_thanked="thanked" in request.GET,
            is_back="back" in request.GET,
            preferences=invitation.preferences,
        )
    way = way_of_leaving(request, Purpose.UNSUBSCRIBE)
    if way is not None:
        _leave(request, invitation, way)
        one_click = way is Way.ONE_CLICK
        return has_left_by_one_click() if one_click else redirect(request.get_full_path())
    match request.POST.get("action"):
        case "return":
            _return(request, invitation)
            return redirect(_with(request, "back"))
        case "say why":
            _say_why(request, invitation)
            return redirect(_with(request, "thanked"))
        case _:
            return HttpResponse("nothing was asked for\n", content_type="text/plain", status=400)


@_page
@public_page(Purpose.PREFERENCES)
def preferences(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """The page on which somebody chooses what to receive."""
    if request.method == "POST":
        _choose(request, invitation)
        return redirect(_with(request, "saved"))
    return show(
        request,
        "public/preferences.html",
        invitation,
        lists=offered_lists(invitation.subscriber),
        topics=offered_topics(invitation.subscriber),
        rhythm=Rhythm.objects.filter(pk=invitation.subscriber.pk).first(),
        pauses=PAUSES,
        languages=Language.choices,
        now=timezone.now(),
        is_saved="saved" in request.GET,
        tracking=settings.PABAL.tracking,
        usual_tracking=organisation().usual_tracking.within(settings.PABAL.tracking),
    )


def _has_left(invitation: Invitation) -> bool:
    memberships = invitation.subscriber.memberships.filter(list=invitation.list)
    return not memberships.filter(status=Membership.Status.SUBSCRIBED).exists()


def _leave(request: HttpRequest, invitation: Invitation, way: Way) -> None:
    leave_list(
        invitation.subscriber,
        invitation.list,
        source=way.value,
        origin=origin_of(request),
        now=timezone.now(),
    )


def _return(request: HttpRequest, invitation: Invitation) -> None:
    return_to_list(
        invitation.subscriber,
        invitation.list,
        source=Way.CONFIRM_PAGE.value,
        wording=gettext("I agree to receive advertising by e-mail again."),
        origin=origin_of(request),
        now=timezone.now(),
    )


def _say_why(request: HttpRequest, invitation: Invitation) -> None:
    reason = request.POST.get("reason", "")
    if reason in LeavingReason.Reason.values:
        LeavingReason.objects.create(list=invitation.list, reason=reason, said_at=timezone.now())


def _with(request: HttpRequest, name: str) -> str:
    query = request.GET.copy()
    query[name] = "1"
    return f"{request.path}?{query.urlencode()}"


def _choose(request: HttpRequest, invitation: Invitation) -> None:
    subscriber, now = invitation.subscriber, timezone.now()
    _choose_tracking(request, subscriber, now)
    source, origin = Way.PREFERENCES.value, origin_of(request)
    if way_of_leaving(request, Purpose.PREFERENCES):
        leave_everything(subscriber, source=source, origin=origin, now=now)
        return
    match request.POST.get("action", "").split():
        case ["rest", days] if days in map(str, PAUSES):
            rest(subscriber, days=int(days), now=now)
            return
        case ["wake"]:
            wake(subscriber)
            return
    want_weekly(subscriber, "weekly" in request.POST)
    _speak(subscriber, request.POST.get("language", ""))
    choose(
        subscriber,
        lists=_numbers(request, "list"),
        topics=_numbers(request, "topic"),
        source=source,
        origin=origin,
        wording=gettext("I agree to receive advertising by e-mail about what is ticked."),
        now=now,
    )


def _speak(subscriber: Subscriber, language: str) -> None:
    if language in Language.values and language != subscriber.language:
        Subscriber.objects.filter(pk=subscriber.pk).update(language=language)


def _choose_tracking(request: HttpRequest, subscriber: Subscriber, now: datetime) -> None:
    """Object, or do so no more: only where the page had asked, so that silence decides nothing."""
    match request.POST.get("tracking"), "untracked" in request.POST:
        case "asked", True:
            object_to_tracking(subscriber, now=now)
        case "asked", False:
            stop_objecting(subscriber)
        case _:
            pass


def _numbers(request: HttpRequest, name: str) -> frozenset[int]:
    texts = request.POST.getlist(name)
    return frozenset(int(text) for text in texts if text.isascii() and text.isdigit())
