"""The mails that the built-in mailbox has received: a file each, and an index.

A file is written beside its place, made durable, and renamed, as in a Maildir: what has
a name is whole. Its first line is the envelope (JSON), the rest the mail as it came.
The index is the ids in the order of arrival, all of one length, so that a page of it is
found by counting. It can be lost or fall behind: it is made again from the names.

One process writes; others may read and clear at the same time.
"""

import json
import os
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

_ID = re.compile(r"[0-9a-f]{30}")
_ID_BYTES = 31  # with its line end
_HEAD_BYTES = 32_768
_TIME_DIGITS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMail:
    """A mail as it arrived.

    sender, recipients: of the envelope. peer: who brought it.
    raw: the content as it was sent, dot-stuffing undone.
    """

    sender: str
    recipients: tuple[str, ...]
    received_at: datetime
    peer: str
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMail:
    """A received mail that has an id; safe to use in URLs and file names."""

    id: str
    sender: str
    recipients: tuple[str, ...]
    received_at: datetime
    peer: str
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSummary:
    """What a list shows of a mail.

    header: its header fields as bytes, cut off at 32 KiB. size_bytes: of the mail.
    """

    id: str
    sender: str
    recipients: tuple[str, ...]
    received_at: datetime
    peer: str
    size_bytes: int
    header: bytes


class Keeper(Protocol):
    """Whoever takes the mails that the mailbox server has accepted."""

    def add(self, mail: ReceivedMail) -> str:
        """Keep a mail durably and return its id. May be called from any thread."""
        ...


class CountingStore:
    """Counts mails and forgets them; for measurements."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0
        self.bytes = 0

    def add(self, mail: ReceivedMail) -> str:
        with self._lock:
            self.count += 1
            self.bytes += len(mail.raw)
            return f"{self.count:030x}"


class MailboxStore:
    """Mails in a directory."""

    def __init__(self, directory: Path) -> None:
        """Use a directory, and make it where it is missing."""
        self._mails = directory / "mails"
        self._unfinished = directory / "unfinished"
        self._index = directory / "index"
        self._lock = threading.Lock()
        self._index_is_whole = False
        self._mails.mkdir(parents=True, exist_ok=True)
        self._unfinished.mkdir(exist_ok=True)
        if not self._index.exists():
            self._write_index()

    def add(self, mail: ReceivedMail) -> str:
        """Keep a mail; it is durable when this returns. Return its id."""
        mail_id = f"{_time_in_id(mail.received_at)}{secrets.token_hex(8)}"
        unfinished = self._unfinished / mail_id
        with unfinished.open("xb") as file:
            file.write(_envelope_line(mail))
            file.write(mail.raw)
            file.flush()
            os.fsync(file.fileno())
        with self._lock:
            if not self._index_is_whole:
                self._write_index()  # whoever wrote before may have died in between
            unfinished.rename(self._mails / mail_id)
            with self._index.open("ab", buffering=0) as index:
                index.write(f"{mail_id}\n".encode())
        return mail_id

    def count(self) -> int:
        """Return how many mails there are."""
        return self._index.stat().st_size // _ID_BYTES

    def page(self, *, offset: int = 0, limit: int = 50) -> Sequence[MailSummary]:
        """Return mails, newest first, `offset` of them left out.

        Costs the same however many mails there are.
        """
        with self._index.open("rb") as index:
            ids = _read_backwards(index, offset, limit)
        return [mail for mail_id in ids if (mail := self._summary(mail_id)) is not None]

    def get(self, mail_id: str) -> StoredMail | None:
        """Return a mail; None where there is none of that id, whatever the id is made of."""
        try:
            with self._open(mail_id) as file:
                mail = _read_envelope(file)
                return StoredMail(
                    id=mail_id,
                    sender=mail.sender,
                    recipients=mail.recipients,
                    received_at=mail.received_at,
                    peer=mail.peer,
                    raw=file.read(),
                )
        except FileNotFoundError:
            return None

    def clear(self) -> int:
        """Delete all mails; return how many there were."""
        with self._lock:
            os.truncate(self._index, 0)
            names = [entry.name for entry in os.scandir(self._mails)]
            for name in names:
                (self._mails / name).unlink(missing_ok=True)
        return len(names)

    def remove(self, is_unwanted: Callable[[ReceivedMail], bool]) -> int:
        """Delete mails of which `is_unwanted` says so; return how many. `raw` is empty for it.

        Costs an opened file for every mail that there is.
        """
        removed = 0
        for entry in os.scandir(self._mails):
            try:
                with self._open(entry.name) as file:
                    is_doomed = is_unwanted(_read_envelope(file))
            except FileNotFoundError:
                continue  # cleared a moment ago
            if is_doomed:
                (self._mails / entry.name).unlink(missing_ok=True)
                removed += 1
        if removed:
            with self._lock:
                self._write_index()
        return removed

    def remove_before(self, moment: datetime) -> int:
        """Delete the mails that arrived before; return how many. Opens none of them."""
        oldest = _time_in_id(moment)
        names = (e.name for e in os.scandir(self._mails) if _ID.fullmatch(e.name))
        doomed = [name for name in names if name[:_TIME_DIGITS] < oldest]
        for name in doomed:
            (self._mails / name).unlink(missing_ok=True)
        if doomed:
            with self._lock:
                self._write_index()
        return len(doomed)

    def _write_index(self) -> None:
        """Make the index from the names of the files."""
        names = sorted(e.name for e in os.scandir(self._mails) if _ID.fullmatch(e.name))
        fresh = self._index.with_suffix(".new")
        fresh.write_text("".join(f"{name}\n" for name in names))
        fresh.rename(self._index)
        self._index_is_whole = True

    def _summary(self, mail_id: str) -> MailSummary | None:
        try:
            with self._open(mail_id) as file:
                mail = _read_envelope(file)
                begins_at = file.tell()
                header = file.read(_HEAD_BYTES)
                size = os.fstat(file.fileno()).st_size - begins_at
        except FileNotFoundError:
            return None  # cleared a moment ago
        return MailSummary(
            id=mail_id,
            sender=mail.sender,
            recipients=mail.recipients,
            received_at=mail.received_at,
            peer=mail.peer,
            size_bytes=size,
            header=header.partition(b"\r\n\r\n")[0],
        )

    def _open(self, mail_id: str) -> BinaryIO:
        if not _ID.fullmatch(mail_id):
            raise FileNotFoundError(mail_id)
        return (self._mails / mail_id).open("rb")


def _time_in_id(moment: datetime) -> str:
    return f"{int(moment.timestamp() * 1_000_000):0{_TIME_DIGITS}x}"


def _envelope_line(mail: ReceivedMail) -> bytes:
    envelope = {
        "sender": mail.sender,
        "recipients": mail.recipients,
        "received_at": mail.received_at.isoformat(),
        "peer": mail.peer,
    }
    return json.dumps(envelope).encode() + b"\n"


def _read_envelope(file: BinaryIO) -> ReceivedMail:
    """Read the first line; the mail behind it is left unread."""
    envelope = json.loads(file.readline())
    return ReceivedMail(
        sender=envelope["sender"],
        recipients=tuple(envelope["recipients"]),
        received_at=datetime.fromisoformat(envelope["received_at"]),
        peer=envelope["peer"],
        raw=b"",
    )


def _read_backwards(index: BinaryIO, offset: int, limit: int) -> Iterator[str]:
    count = os.fstat(index.fileno()).st_size // _ID_BYTES
    end = max(0, count - max(0, offset))
    start = max(0, end - max(0, limit))
    index.seek(start * _ID_BYTES)
    return reversed(index.read((end - start) * _ID_BYTES).decode().split())
