"""A web server with one page, for processes that have no other."""

import logging
import socket
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIEnvironment

from pabal.telemetry.metrics import PATH
from pabal.telemetry.page import Answer, Page

_LOG = logging.getLogger("pabal.metrics")


def listening(page: Page, address: str) -> "PageServer":
    """Return a server that listens and does not answer yet.

    address: host:port; port 0 is any that is free.
    Raises OSError: nobody can listen there.
    """
    host, _, port = address.rpartition(":")
    kind = _PageServerOfIPv6 if host.startswith("[") else PageServer
    server = kind((host.strip("[]"), int(port)), _Silent)
    server.set_app(_Application(page))
    return server


@contextmanager
def serving(server: "PageServer") -> Generator[None]:
    """Answer at http://ADDRESS/metrics, in threads of its own, until the block is left."""
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class PageServer(ThreadingMixIn, WSGIServer):
    """Shows one page."""

    daemon_threads = True  # a reader that never finishes does not keep the process

    @property
    def address(self) -> str:
        """host:port, with the port that it has."""
        host = self.server_address[0]
        return f"[{host}]:{self.server_port}" if ":" in str(host) else f"{host}:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader who breaks off is nobody's trouble."""
        _LOG.debug("metrics: %s broke off", client_address, exc_info=True)


class _PageServerOfIPv6(PageServer):
    address_family = socket.AF_INET6


class _Application:
    """A page as a WSGI application (PEP 3333)."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        answer = self._answer(environ)
        status = HTTPStatus(answer.status)
        headers = [
            ("Content-Type", answer.content_type),
            ("Content-Length", str(len(answer.body))),
        ]
        start(f"{status.value} {status.phrase}", headers)
        return () if environ["REQUEST_METHOD"] == "HEAD" else (answer.body,)

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        if environ["PATH_INFO"] != PATH:
            return Answer(status=404, body=f"There is only {PATH} here.\n".encode())
        return self._page.answer(environ)


class _Silent(WSGIRequestHandler):
    timeout = 10  # seconds for which a reader may say nothing

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the log is about mails."""
