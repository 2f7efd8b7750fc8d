"""How a hook answers: plainly, and well only when what it was told is durable."""

import logging
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pabal.domain.errors import InputError, Unavailable
from pabal.feedback.errors import MessageForged, MessageUnreadable
from pabal.feedback.objects import MAX_BYTES

_LOG = logging.getLogger("pabal.feedback")

Take = Callable[[HttpRequest, bytes], str]
_RETRY_SECONDS = "30"


def hook(take: Take) -> Callable[[HttpRequest], HttpResponse]:
    """Let a function take the body of a POST and return what to say.

    The signature in it is what lets somebody in, so there is no session to protect and no
    CSRF token to ask for. Whoever gets 503 is to repeat it; repeating is safe.
    """

    @csrf_exempt
    @login_not_required
    @require_POST
    @wraps(take)
    def answer(request: HttpRequest) -> HttpResponse:
        announced = str(request.META.get("CONTENT_LENGTH") or "")
        if not (announced.isascii() and announced.isdigit()):
            return _plain(411, "Content-Length is missing")  # WSGI knows no other end of a body
        if int(announced) > MAX_BYTES:
            return _plain(413, f"more than {MAX_BYTES} bytes")
        try:
            return _plain(200, take(request, request.body))
        except (MessageForged, InputError) as error:
            _LOG.warning("%s: %s", request.path, error)
            return _plain(403 if isinstance(error, MessageForged) else 400, error.explain())
        except (Unavailable, Error) as error:
            _LOG.error("%s: %s It is told again later.", request.path, error)
            response = _plain(503, "not now; repeat it")
            response["Retry-After"] = _RETRY_SECONDS
            return response

    return answer


def as_text(body: bytes) -> str:
    """Raises MessageUnreadable: it is not UTF-8."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MessageUnreadable(reason="it is not UTF-8") from error


def _plain(status: int, text: str) -> HttpResponse:
    return HttpResponse(
        f"{text}\n",
        status=status,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
