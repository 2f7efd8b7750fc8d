"""The page /metrics, the same in every process that shows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pabal.telemetry.access import Gate
from pabal.telemetry.prometheus import CONTENT_TYPE


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is shown, and to whom.

    write: makes the page, once it is known that somebody may read it.
    """

    gate: Gate
    write: Callable[[], bytes]

    def answer(self, environ: Mapping[str, Any]) -> Answer:
        """Answer a request (PEP 3333)."""
        if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return _plain(405, "Metrics can only be read.")
        if refusal := self.gate.refusal(environ):
            return _plain(403, refusal)
        return Answer(status=200, body=self.write(), content_type=CONTENT_TYPE)


def _plain(status: int, text: str) -> Answer:
    return Answer(status=status, body=f"{text}\n".encode())
