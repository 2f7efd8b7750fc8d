"""What all public pages share: no log-in, no cookies, the reader's language, bad links."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt

from pabal.console.audience.leaving import Way
from pabal.console.public import kept
from pabal.console.public.links import Invitation, read_link
from pabal.domain.errors import PabalError
from pabal.domain.token import Purpose, TokenInvalid

PublicView = Callable[[HttpRequest, Invitation], HttpResponse]
Routed = Callable[[HttpRequest, str], HttpResponse]


def public_page(purpose: Purpose) -> Callable[[PublicView], Routed]:
    """Answer whoever holds a link that was signed for `purpose`.

    The signed link is what lets somebody in, so that there is no session to protect and
    no CSRF token to ask for; a mail server's one-click POST has neither (RFC 8058 3.1).
    """

    def decorate(view: PublicView) -> Routed:
        @login_not_required
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, token: str) -> HttpResponse:
            try:
                asked = kept.departure(request, token, purpose)
                with kept.without_waiting() if asked else nullcontext():
                    return secluded(_answer(request, read_link(token, purpose), view))
            except TokenInvalid as error:
                return refused(request, error)
            except kept.AWAY:
                if purpose is not Purpose.UNSUBSCRIBE and not asked:
                    raise
                return secluded(_answer_without_database(request, asked))

        return answer

    return decorate


def _answer(request: HttpRequest, invitation: Invitation, view: PublicView) -> HttpResponse:
    with translation.override(_language(request, invitation)):
        if invitation.subscriber.erased_at is not None:
            return _nothing_left(request, invitation)
        return view(request, invitation)


def _answer_without_database(request: HttpRequest, asked: kept.Departure | None) -> HttpResponse:
    """Take it down that somebody leaves, or show them how they can. Raises RoadUnavailable."""
    with translation.override(_usual(request)):
        if asked is None:
            return render(request, "public/unsubscribe_alone.html", status=503)
        kept.keep(asked)
        if asked.source == Way.ONE_CLICK.value:
            return has_left_by_one_click()
        return render(request, "public/unsubscribe_kept.html", status=202)


def open_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer anybody. There is no session to protect, so that there is no CSRF token."""

    @login_not_required
    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.GET.get("lang", "")
        with translation.override(asked if asked in dict(settings.LANGUAGES) else _usual(request)):
            return secluded(view(request, *args, **kwargs))

    return answer


def has_left_by_one_click() -> HttpResponse:
    """Answer a mail program, which wants a 2xx and no redirect (RFC 8058 3.1)."""
    return HttpResponse("unsubscribed\n", content_type="text/plain")


def _usual(request: HttpRequest) -> str:
    return str(getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE))[:2]


def refuse(request: HttpRequest, error: PabalError, *, status: int) -> HttpResponse:
    """Say in words why something cannot be done, and what can."""
    what = {"what": error.explain(gettext), "remedy": error.advise(gettext)}
    return render(request, "public/not_valid.html", what, status=status)


def show(
    request: HttpRequest, template: str, invitation: Invitation, **context: Any
) -> HttpResponse:
    """Render a page of a subscriber, with the sender whom the law wants named on it."""
    values: Mapping[str, Any] = {
        "subscriber": invitation.subscriber,
        "list": invitation.list,
        "sender": invitation.campaign.sender,
        **context,
    }
    return render(request, template, values)


def _language(request: HttpRequest, invitation: Invitation) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else invitation.subscriber.language


def _nothing_left(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Somebody who was erased gets no mail, whatever the link would do; a 2xx says so."""
    return show(request, "public/erased.html", invitation)


def refused(request: HttpRequest, error: TokenInvalid) -> HttpResponse:
    """Say politely that a link is none of ours, and nothing else."""
    return secluded(refuse(request, error, status=404))


def secluded(response: HttpResponse) -> HttpResponse:
    """Keep the link, which is as good as a password, out of caches, logs and indexes."""
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
