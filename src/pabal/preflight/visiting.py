"""Visiting the links of a mail as a customer would, to see whether they lead somewhere.

The addresses were typed by a user, so every one of them, and every redirect, goes by the
guard of `configuration.outward`.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from queue import Empty, SimpleQueue
from socket import EAI_AGAIN, gaierror
from threading import Thread
from urllib.parse import urlsplit

import requests

from pabal.configuration.outward import HTTPSession, InvalidIPAddress, guarded_session
from pabal.preflight.checks.links import PRIVATE
from pabal.preflight.finding import Finding, Severity

_AT_ONCE = 8
_MOST = 200  # addresses; a mail with more of them is not read either
_REDIRECTS = 5
_AGENT = "Pabal (checks the links of a mail before it is sent)"
_IN_ALL = 20.0  # seconds
_KEPT = 600.0  # seconds for which an answer is believed
# RFC 2606, RFC 6761: names for examples and tests, which nobody can reach.
_RESERVED = (".example", ".test", ".invalid", "example.com", "example.net", "example.org")
# Shops answer robots so; a customer's browser may well get in.
_NOT_SAID = frozenset({401, 403, 405, 406, 429, 451, 500, 501, 502, 503, 504, 520, 999})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """How it went: `trouble` is "" for well, "dead", "private" or "unknown"; `why` in words."""

    address: str
    trouble: str = ""
    why: str = ""


class Visitor:
    """Visits addresses, several at once, and remembers what it saw for a while.

    allow_loopback: for trials on this machine.
    """

    def __init__(self, *, allow_loopback: bool = False, in_all: float = _IN_ALL) -> None:
        self._allow_loopback = allow_loopback
        self._in_all = in_all
        self._seen: dict[str, tuple[float, Visit]] = {}

    def check(self, addresses: Sequence[str]) -> Iterator[Finding]:
        """Visit all and say which do not lead anywhere. Never raises for what a server does."""
        visits = self.visit(addresses)
        for trouble, finding in _FINDINGS.items():
            yield from finding.of(
                [f"{each.address} ({each.why})" for each in visits if each.trouble == trouble]
            )

    def visit(self, addresses: Sequence[str]) -> Sequence[Visit]:
        """Return a visit for each address that can exist, in their order."""
        real = [each for each in addresses[:_MOST] if not _is_reserved(each)]
        fresh = [each for each in real if not self._is_known(each)]
        for visit in self._visit_at_once(fresh):
            self._seen[visit.address] = (time.monotonic(), visit)
        return [self._seen[address][1] for address in real]

    def _is_known(self, address: str) -> bool:
        seen = self._seen.get(address)
        return seen is not None and time.monotonic() - seen[0] < _KEPT

    def _visit_at_once(self, addresses: Sequence[str]) -> Iterator[Visit]:
        waiting, done = SimpleQueue[str](), SimpleQueue[Visit]()
        for address in addresses:
            waiting.put(address)
        for _ in range(min(_AT_ONCE, len(addresses))):
            # A server that sends a byte now and then must not keep the program from ending.
            Thread(target=self._work, args=(waiting, done), daemon=True).start()
        late = dict.fromkeys(addresses)
        deadline = time.monotonic() + self._in_all
        while late and (left := deadline - time.monotonic()) > 0:
            try:
                visit = done.get(timeout=left)
            except Empty:
                break
            del late[visit.address]
            yield visit
        for address in late:
            yield Visit(address=address, trouble="unknown", why="no time was left")

    def _work(self, waiting: SimpleQueue[str], done: SimpleQueue[Visit]) -> None:
        while True:
            try:
                address = waiting.get_nowait()
            except Empty:
                return
            done.put(self._visit_one(address))

    def _visit_one(self, address: str) -> Visit:
        with guarded_session(
            agent=_AGENT, redirects=_REDIRECTS, allow_loopback=self._allow_loopback
        ) as session:
            try:
                status = _status(session, "HEAD", address)
                if status >= HTTPStatus.BAD_REQUEST:  # many servers know no HEAD
                    status = _status(session, "GET", address)
            except InvalidIPAddress:
                return Visit(address=address, trouble="private", why="not a public address")
            except requests.RequestException as error:
                return _failed(address, error)
        return _answered(address, status)


def _status(session: HTTPSession, method: str, address: str) -> int:
    with session.request(method, address, allow_redirects=True, stream=True) as response:
        return response.status_code


def _answered(address: str, status: int) -> Visit:
    if status < HTTPStatus.BAD_REQUEST:
        return Visit(address=address)
    trouble = "unknown" if status in _NOT_SAID else "dead"
    return Visit(address=address, trouble=trouble, why=str(status))


def _failed(address: str, error: requests.RequestException) -> Visit:
    if isinstance(error, requests.Timeout):
        return Visit(address=address, trouble="unknown", why="no answer in time")
    if isinstance(error, requests.exceptions.SSLError):
        return Visit(address=address, trouble="dead", why="the certificate or TLS does not do")
    if isinstance(error, requests.TooManyRedirects):
        return Visit(address=address, trouble="dead", why="it is redirected in a circle")
    cause = error.__cause__
    if isinstance(cause, gaierror) and cause.errno == EAI_AGAIN:
        return Visit(address=address, trouble="unknown", why="names cannot be looked up now")
    return Visit(address=address, trouble="dead", why="no connection")


def _is_reserved(address: str) -> bool:
    try:
        return (urlsplit(address).hostname or "").endswith(_RESERVED)
    except ValueError:
        return True  # no address at all; the other checks say so


_DEAD = Finding(
    code="link-dead",
    severity=Severity.WARNING,
    message="{count} links do not lead anywhere.",
    remedy="Open them in a browser and mend or remove them.",
)
_UNKNOWN = Finding(
    code="link-not-checked",
    severity=Severity.NOTE,
    message="{count} links could not be checked: the server turns robots away or is slow.",
    remedy="Open them in a browser.",
)
_FINDINGS = {"private": PRIVATE, "dead": _DEAD, "unknown": _UNKNOWN}
