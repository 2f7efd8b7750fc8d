"""A mailbox over POP3 (RFC 1939): nothing can be marked there, only removed.

What is kept is remembered by its UIDL while the program runs, and read once more by the
next one, which changes nothing.
"""

import poplib
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress

from pabal.feedback.errors import RoadUnavailable
from pabal.feedback.mime import READ_BYTES
from pabal.feedback.roads.place import TIMEOUT, Place
from pabal.feedback.roads.port import Found

_AT_A_VISIT = 2_000
_LINES = READ_BYTES // 80  # of a mail that is too large to be fetched whole


class Pop3:
    """Implements roads.port.Road."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._kept: set[str] = set()

    @contextmanager
    def visit(self) -> Generator["Pop3Visit"]:
        with _errors(self._place):
            client = _connect(self._place)
        try:
            with _errors(self._place):
                _begin(client, self._place)
            yield Pop3Visit(client, self._place, self._kept)
            with _errors(self._place):
                client.quit()  # only now the server removes anything (RFC 1939 6)
        finally:
            with suppress(poplib.error_proto, OSError):
                client.close()


class Pop3Visit:
    """Implements roads.port.Visit. kept: names that are passed over, of all visits."""

    def __init__(self, client: poplib.POP3, place: Place, kept: set[str]) -> None:
        self._client = client
        self._place = place
        self._kept = kept
        self._numbers: dict[str, int] = {}

    def waiting(self) -> Iterator[Found]:
        with _errors(self._place):
            self._numbers = _numbered(self._client.uidl()[1])
            sizes = _numbered(self._client.list()[1], by_number=True)
        self._kept.intersection_update(self._numbers)
        fresh = [name for name in self._numbers if name not in self._kept]
        for name in fresh[:_AT_A_VISIT]:
            yield Found(name=name, raw=self._fetch(name, sizes))

    def remove(self, found: Found) -> None:
        with _errors(self._place):
            self._client.dele(self._numbers[found.name])

    def keep(self, found: Found, *, reason: str = "") -> None:
        self._kept.add(found.name)

    def _fetch(self, name: str, sizes: dict[str, int]) -> bytes:
        number = self._numbers[name]
        is_small = sizes.get(str(number), 0) <= READ_BYTES
        try:
            with _errors(self._place):
                answer = self._client.retr(number) if is_small else self._client.top(number, _LINES)
        except RoadUnavailable as error:
            # poplib cannot go on behind a line over 2048 octets: the next visit can, without it.
            if str(error.details["reason"]) == "line too long":
                self._kept.add(name)
            raise
        return b"".join(line + b"\n" for line in answer[1])


def _numbered(lines: list[bytes], *, by_number: bool = False) -> dict[str, int]:
    """Read lines of two words: a number and a name, or a number and a size."""
    pairs = [line.decode("ascii", "replace").split()[:2] for line in lines]
    if by_number:
        return {number: int(size) for number, size in pairs}
    return {name: int(number) for number, name in pairs}


def _connect(place: Place) -> poplib.POP3:
    if place.tls_from_start and place.tls is not None:
        return poplib.POP3_SSL(place.host, place.port, context=place.tls, timeout=TIMEOUT)
    return poplib.POP3(place.host, place.port, timeout=TIMEOUT)


def _begin(client: poplib.POP3, place: Place) -> None:
    if place.tls is not None and not place.tls_from_start:
        client.stls(context=place.tls)
    client.user(place.user)
    client.pass_(place.password)


@contextmanager
def _errors(place: Place) -> Generator[None]:
    try:
        yield
    except (poplib.error_proto, OSError, ValueError) as error:
        raise RoadUnavailable(place=place, reason=str(error)[:200]) from error
