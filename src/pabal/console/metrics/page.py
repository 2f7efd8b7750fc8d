"""The console's /metrics: the database's facts and, in `pabal serve`, its worker's counts."""

from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from pabal.configuration.handover import WorkerPage
from pabal.console.metrics import catalogue
from pabal.console.metrics.beside import ask
from pabal.console.metrics.facts import build, facts
from pabal.ledger.errors import LedgerUnavailable
from pabal.telemetry.access import Gate
from pabal.telemetry.metrics import PATH, Reading, reading
from pabal.telemetry.page import Page
from pabal.telemetry.prometheus import comment, write


class MetricsMiddleware:
    """Answers /metrics before sessions, log-in and the check of the host's name.

    A monitoring system has no session, and it calls a server by any name or address that
    leads there; telemetry.access alone decides about it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        chosen = settings.PABAL
        gate = Gate(token=chosen.metrics_token, behind_proxy=bool(chosen.base_url))
        self._page = Page(gate=gate, write=_write)
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != PATH:
            return self._get_response(request)
        answer = self._page.answer(request.META)
        return HttpResponse(
            answer.body,
            status=answer.status,
            content_type=answer.content_type,
            headers={"Cache-Control": "no-store"},
        )


def _write() -> bytes:
    trouble, known = _of_database()
    beside: WorkerPage | None = settings.METRICS_OF_WORKER
    counted = ask(beside) if beside else b""
    if beside:
        known = [*known, reading(catalogue.WORKER_UP, 1 if counted else 0)]
    return trouble + write([build(), *known]) + counted


def _of_database() -> tuple[bytes, Sequence[Reading]]:
    """Return what it knows; where it does not answer, that alone, and why for a person."""
    try:
        return b"", [reading(catalogue.DATABASE_UP, 1), *facts(timezone.now())]
    except (Error, LedgerUnavailable) as error:
        said = str(error).strip().partition("\n")[0]
        return comment(f"The database: {said}"), [reading(catalogue.DATABASE_UP, 0)]
