"""A page that cannot be shown, since something that it asks does not answer or refuses: why."""

import logging
import sys
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.defaults import server_error

from pabal.domain.errors import Explained, InputError, Refusal

_LOG = logging.getLogger("pabal.pages")


class UnreachableMiddleware:
    """Answers with the sentence and the remedy of what was raised."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Explained):
            return None
        _LOG.error("%s: %s", request.path, error)
        status = 409 if isinstance(error, InputError | Refusal) else 503
        return _page(request, error.explain(gettext), error.advise(gettext), status=status)


def failed(request: HttpRequest) -> HttpResponse:
    """Say why there is no page: the database does not answer, or a mistake of ours."""
    error = sys.exc_info()[1]
    if not isinstance(error, OperationalError | InterfaceError):
        return server_error(request)
    _LOG.error("%s: %s", request.path, str(error).strip().partition("\n")[0])
    answer = _page(
        request,
        gettext("The database does not answer."),
        gettext(
            "Nothing was changed. Try again in a moment; if it lasts, tell whoever runs Pabal."
        ),
        status=503,
    )
    answer._has_been_logged = True  # type: ignore[attr-defined]  # a traceback says nothing more
    return answer


def _page(request: HttpRequest, sentence: str, remedy: str, *, status: int) -> HttpResponse:
    said = {"sentence": sentence, "remedy": remedy}
    return render(request, "design/unreachable.html", said, status=status)
