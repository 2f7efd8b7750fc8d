"""A mailbox over IMAP (RFC 9051, as far as RFC 3501 has it too).

Unread mails are read without marking them. What is kept is marked as read, what is
removed is expunged when the visit ends.
"""

import imaplib
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from pabal.feedback.errors import RoadUnavailable
from pabal.feedback.mime import READ_BYTES
from pabal.feedback.roads.place import TIMEOUT, Place
from pabal.feedback.roads.port import Found

_AT_A_VISIT = 2_000
_WINDOW = 2_000  # mails that are searched at once: imaplib takes no answer over 1 MB


class Imap:
    """Implements roads.port.Road."""

    def __init__(self, place: Place) -> None:
        self._place = place

    @contextmanager
    def visit(self) -> Generator["ImapVisit"]:
        with _errors(self._place):
            client = _connect(self._place)
        try:
            with _errors(self._place):
                visit = _begin(client, self._place)
            yield visit
            visit.end()
        finally:
            with suppress(imaplib.IMAP4.error, OSError):
                client.logout()


class ImapVisit:
    """Implements roads.port.Visit."""

    def __init__(self, client: imaplib.IMAP4, place: Place, count: int) -> None:
        self._client = client
        self._place = place
        self._count = count
        self._removed: list[str] = []

    def waiting(self) -> Iterator[Found]:
        left = _AT_A_VISIT
        for start in range(1, self._count + 1, _WINDOW):
            for uid in self._unread(start, start + _WINDOW - 1)[:left]:
                left -= 1
                raw = self._fetch(uid)
                if raw is not None:
                    yield Found(name=uid, raw=raw)

    def remove(self, found: Found) -> None:
        self._mark(found.name, "(\\Seen \\Deleted)")
        self._removed.append(found.name)

    def keep(self, found: Found, *, reason: str = "") -> None:
        self._mark(found.name, "(\\Seen)")

    def end(self) -> None:
        """Expunge what was removed, and where the server can, nothing else (RFC 4315)."""
        with _errors(self._place):
            if self._removed and "UIDPLUS" in self._client.capabilities:
                for start in range(0, len(self._removed), 500):
                    uids = ",".join(self._removed[start : start + 500])
                    self._client.uid("EXPUNGE", uids)
            elif self._removed:
                self._client.expunge()

    def _unread(self, first: int, last: int) -> list[str]:
        with _errors(self._place):
            window = f"{first}:{min(last, self._count)}"
            answer = self._client.uid("SEARCH", window, "UNSEEN", "UNDELETED")
            uids: bytes = _data(answer, self._place)[0] or b""
        return [uid.decode() for uid in uids.split()]

    def _fetch(self, uid: str) -> bytes | None:
        """Return the head of a mail; None where another reader has removed it."""
        with _errors(self._place):
            answer = self._client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{READ_BYTES}>)")
            # A literal comes as a pair, everything around it as bytes.
            literals: list[tuple[bytes, bytes]]
            literals = [item for item in _data(answer, self._place) if type(item) is tuple]
        return literals[0][1] if literals else None

    def _mark(self, uid: str, flags: str) -> None:
        with _errors(self._place):
            _data(self._client.uid("STORE", uid, "+FLAGS.SILENT", flags), self._place)


def _connect(place: Place) -> imaplib.IMAP4:
    if place.tls_from_start and place.tls is not None:
        return imaplib.IMAP4_SSL(place.host, place.port, ssl_context=place.tls, timeout=TIMEOUT)
    return imaplib.IMAP4(place.host, place.port, timeout=TIMEOUT)


def _begin(client: imaplib.IMAP4, place: Place) -> ImapVisit:
    if place.tls is not None and not place.tls_from_start:
        client.starttls(ssl_context=place.tls)
    client.login(place.user, place.password)
    quoted = place.mailbox.replace("\\", "\\\\").replace('"', '\\"')
    (count,) = _data(client.select(f'"{quoted}"'), place)
    return ImapVisit(client, place, int(count or 0))


def _data(answer: tuple[str, Any], place: Place) -> list[Any]:
    """Return what an OK came with. Raises RoadUnavailable: it was NO."""
    status, data = answer
    if status != "OK":
        raise RoadUnavailable(place=place, reason=_shown(data))
    return data


@contextmanager
def _errors(place: Place) -> Generator[None]:
    try:
        yield
    except (imaplib.IMAP4.error, OSError) as error:
        raise RoadUnavailable(place=place, reason=_shown(error)) from error


def _shown(said: object) -> str:
    """Keep what the server said short, and without what was sent to it."""
    return re.sub(r"^b?['\"]|['\"]$", "", str(said))[:200]
