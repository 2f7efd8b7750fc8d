"""How a request becomes a call of an operation, and what comes of it an answer."""

import logging
from collections.abc import Callable, Mapping, Sequence

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from pydantic import ValidationError

from pabal.console.accounts.access import ALLOWED
from pabal.console.accounts.models import Role
from pabal.console.api.asked import Asked, Nothing
from pabal.console.api.calling import Call, Operation
from pabal.console.api.errors import (
    DatabaseAway,
    Fault,
    KeyForbids,
    LengthMissing,
    MethodRefused,
    PathUnknown,
    RequestInvalid,
    RequestTooLarge,
    Unforeseen,
)
from pabal.console.api.faults import in_words
from pabal.console.api.keys import recognise
from pabal.console.api.problems import problem
from pabal.domain.errors import Explained

MOST_BYTES = 100_000
_LOG = logging.getLogger("pabal.api")

View = Callable[..., HttpResponse]


def answering(operations: Sequence[Operation]) -> View:
    """Return the view of one path, for the operations that it has.

    The key alone lets a request in: who is signed in with a browser counts for nothing here,
    so there is no session that a page of somebody else's could use, and no CSRF token.
    """
    by_method = {operation.method: operation for operation in operations}

    @csrf_exempt
    @login_not_required
    def view(request: HttpRequest, target: str = "") -> HttpResponse:
        try:
            answer = _answer(request, by_method, target)
        except Explained as error:
            answer = problem(error)
        except (OperationalError, InterfaceError) as error:
            _LOG.error("%s %s: %s", request.method, _route(request), error)
            answer = problem(DatabaseAway())
        except Exception:
            _LOG.exception("%s %s", request.method, _route(request))
            answer = problem(Unforeseen())
        if answer.status_code == 405:
            answer["Allow"] = ", ".join(sorted(by_method))
        answer["Cache-Control"] = "no-store"
        # Django would log the path of what is refused, and with it a customer's address.
        answer._has_been_logged = True  # type: ignore[attr-defined]
        return answer

    return view


def _answer(request: HttpRequest, by_method: Mapping[str, Operation], target: str) -> HttpResponse:
    now = timezone.now()
    key = recognise(request.headers.get("Authorization", ""), now=now)
    if not by_method:
        raise PathUnknown
    operation = by_method.get(request.method or "")
    if operation is None:
        raise MethodRefused
    if operation.act not in ALLOWED[Role(key.role)]:
        raise KeyForbids
    asked = _asked(request, operation)
    told = operation.do(Call(key=key, target=target, asked=asked, now=now))
    if told is None:
        return HttpResponse(status=204)
    return HttpResponse(told.model_dump_json(), content_type="application/json")


def _route(request: HttpRequest) -> str:
    """The path with its blanks, for the log: it may hold an address."""
    return request.resolver_match.route if request.resolver_match else ""


def _asked(request: HttpRequest, operation: Operation) -> Asked:
    """Read the query or the body. Raises LengthMissing, RequestTooLarge, RequestInvalid."""
    try:
        if operation.method == "GET" or operation.asked is Nothing:
            return operation.asked.model_validate(request.GET.dict())
        return operation.asked.model_validate_json(_body(request))
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False)
        faults = [Fault(pointer=_pointer(each["loc"]), detail=in_words(each)) for each in told]
        raise RequestInvalid(faults) from error


def _body(request: HttpRequest) -> bytes:
    announced = str(request.META.get("CONTENT_LENGTH") or "")
    if not (announced.isascii() and announced.isdigit()):
        raise LengthMissing  # WSGI knows no other end of a body, and shows an empty one
    if int(announced) > MOST_BYTES:
        raise RequestTooLarge(most=f"{MOST_BYTES:,}")
    return request.body


def _pointer(location: Sequence[int | str]) -> str:
    """Write where something stands as a fragment (RFC 6901 6)."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in location)
    return "#" + "".join(f"/{part}" for part in parts)
