"""Errors as answers: RFC 9457, with the code and the remedy of what was raised."""

from http import HTTPStatus

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext

from pabal.console.api.errors import (
    KeyForbids,
    LengthMissing,
    MethodRefused,
    NotLetIn,
    NotThere,
    RequestInvalid,
    RequestTooLarge,
    TooOften,
    Unforeseen,
)
from pabal.domain.errors import Explained, InputError, Refusal

CONTENT_TYPE = "application/problem+json"
_RETRY_SECONDS = "30"

# The first that fits. What is no fault of the request's is ours: settings, a service.
_STATUSES: tuple[tuple[type[Explained], HTTPStatus], ...] = (
    (NotLetIn, HTTPStatus.UNAUTHORIZED),
    (KeyForbids, HTTPStatus.FORBIDDEN),
    (NotThere, HTTPStatus.NOT_FOUND),
    (MethodRefused, HTTPStatus.METHOD_NOT_ALLOWED),
    (LengthMissing, HTTPStatus.LENGTH_REQUIRED),
    (RequestTooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (TooOften, HTTPStatus.TOO_MANY_REQUESTS),
    (Unforeseen, HTTPStatus.INTERNAL_SERVER_ERROR),
    (Refusal, HTTPStatus.CONFLICT),
    (InputError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Explained, HTTPStatus.SERVICE_UNAVAILABLE),
)


def problem(error: Explained) -> HttpResponse:
    """Answer with an error: `detail` is its sentence, in the language that the caller asks for."""
    status = next(status for kind, status in _STATUSES if isinstance(error, kind))
    body: dict[str, object] = {
        "type": "about:blank",  # RFC 9457 4.2.1: the status says the kind, and `code` the rest
        "title": status.phrase,
        "status": status.value,
        "detail": error.explain(gettext),
        "code": error.code,
        "remedy": error.advise(gettext),
    }
    if isinstance(error, RequestInvalid):
        body["errors"] = [{"pointer": f.pointer, "detail": f.detail} for f in error.faults]
    answer = JsonResponse(
        body,
        status=status.value,
        content_type=CONTENT_TYPE,
        json_dumps_params={"ensure_ascii": False},
    )
    if status is HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = 'Bearer realm="Pabal"'  # RFC 6750 3
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        answer["Retry-After"] = str(error.details.get("seconds", _RETRY_SECONDS))
    return answer
