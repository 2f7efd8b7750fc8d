"""In which language somebody is answered."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from pabal.console.accounts.models import User


class LanguageMiddleware:
    """`?lang=` wins, then the person's choice, then the operator's, then the browser's.

    The browser's was activated before, by Django's LocaleMiddleware. A `?lang=` of
    somebody without a session is not remembered: public pages set no cookies.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = _chosen(request)
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return self.get_response(request)


def _chosen(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    if asked in dict(settings.LANGUAGES):
        return asked
    if isinstance(request.user, User) and request.user.language:
        return request.user.language
    return "" if settings.PABAL.language == "auto" else settings.PABAL.language
