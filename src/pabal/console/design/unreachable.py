"""A page that cannot be shown, since something that it asks does not answer or refuses: why."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

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
        said = {"sentence": error.explain(gettext), "remedy": error.advise(gettext)}
        status = 409 if isinstance(error, InputError | Refusal) else 503
        return render(request, "design/unreachable.html", said, status=status)
