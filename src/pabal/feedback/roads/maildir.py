"""A Maildir: `new` is read, what is kept moves to `cur` as seen."""

import os
import secrets
import socket
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from pabal.feedback.errors import RoadUnavailable
from pabal.feedback.mime import READ_BYTES
from pabal.feedback.roads.port import Found

_SEEN = ":2,S"
_AT_A_VISIT = 5_000


class Maildir:
    """Implements roads.port.Road and Visit: there is nothing to connect to."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @contextmanager
    def visit(self) -> Generator["Maildir"]:
        if not (self._directory / "new").is_dir():
            raise RoadUnavailable(place=self._directory, reason="it is no Maildir")
        yield self

    def waiting(self) -> Iterator[Found]:
        with self._errors():
            names = sorted(entry.name for entry in os.scandir(self._directory / "new"))
        for name in islice(names, _AT_A_VISIT):
            raw = self._read(name)
            if raw is not None:
                yield Found(name=name, raw=raw)

    def remove(self, found: Found) -> None:
        with self._errors():
            (self._directory / "new" / found.name).unlink(missing_ok=True)

    def keep(self, found: Found, *, reason: str = "") -> None:
        base = found.name.partition(":")[0]
        with self._errors():
            (self._directory / "cur").mkdir(exist_ok=True)
            target = self._directory / "cur" / f"{base}{_SEEN}"
            if (self._directory / "new" / found.name).exists():
                (self._directory / "new" / found.name).rename(target)

    def deliver(self, raw: bytes, *, moment: float) -> None:
        """Put a mail into `new`, and the Maildir where it is missing; durable on return.

        moment: seconds since the epoch; names sort by it.
        """
        with self._errors():
            for part in ("tmp", "new", "cur"):
                (self._directory / part).mkdir(parents=True, exist_ok=True)
            host = socket.gethostname().replace("/", "\\057").replace(":", "\\072")
            name = f"{moment:.6f}.{secrets.token_hex(8)}.{host}"
            with (self._directory / "tmp" / name).open("xb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            (self._directory / "tmp" / name).rename(self._directory / "new" / name)
            _make_durable(self._directory / "new")

    def _read(self, name: str) -> bytes | None:
        """Return the head of a mail; None where another reader has put it away."""
        with self._errors():
            try:
                with (self._directory / "new" / name).open("rb") as file:
                    return file.read(READ_BYTES)
            except FileNotFoundError:
                return None

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise RoadUnavailable(place=self._directory, reason=reason) from error


def _make_durable(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
