"""A mail server that writes down whom it accepted a mail for, whatever else goes wrong."""

import asyncio
import enum
import re
import socket
import ssl
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random

from chaos.looping import LoopThread

_END = b"\r\n.\r\n"
_EXTENSIONS = ("sink.test", "PIPELINING", "SIZE 33554432", "ENHANCEDSTATUSCODES")


class Place(enum.Enum):
    """Where in the conversation something may go wrong."""

    GREETING = enum.auto()
    EHLO = enum.auto()
    STARTTLS = enum.auto()
    MAIL = enum.auto()
    RCPT = enum.auto()
    DATA = enum.auto()
    CONTENT = enum.auto()  # some of it has come
    DOT = enum.auto()  # all of it has come, nothing is decided
    KEPT = enum.auto()  # the mail is accepted, the client does not know it yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One place in one conversation.

    connection: its number, from 1. mails: accepted on it so far.
    offers: how often a mail to this recipient has been offered, this time included.
    """

    place: Place
    connection: int
    mails: int
    recipient: str = ""
    offers: int = 0


class HangUp(Exception):
    """End the connection here. reset: by RST, as a crashed host or a middlebox does."""

    def __init__(self, *, reset: bool = False) -> None:
        self.reset = reset
        super().__init__()


class Weather:
    """How the server behaves. This one is fair: it takes every mail, a little slowly.

    So kills find mails on the wire, before and behind the moment of acceptance.
    """

    def __init__(self, dice: Random, *, slowest: float = 0.06) -> None:
        """slowest: seconds a mail takes at most."""
        self.dice = dice
        self._slowest = slowest

    def pause_between_bytes(self, connection: int) -> float | None:
        """Return the seconds between two bytes of what is said; None for all at once."""
        return None

    def pause_between_sips(self, connection: int) -> float | None:
        """Return the seconds between two bytes that are taken of a content; None for all."""
        return None

    async def answer(self, moment: Moment) -> str | None:
        """Return what is said instead of the good reply; None for that, "" for nothing.

        Raises HangUp.
        """
        if moment.place in (Place.DOT, Place.KEPT):
            await asyncio.sleep(self.dice.uniform(0, self._slowest / 2))
        return await self.turn(moment)

    async def turn(self, moment: Moment) -> str | None:
        return None


class Sink:
    """A server on 127.0.0.1. Whom it accepted a mail for is noted before anybody is told.

    accepted: recipients in order. unanswered: contents of which the client may think that
    they were taken, since it was told nothing so far, or nonsense.
    weather: may be changed at any time.
    patience: seconds that a client may say nothing.
    tls: with what STARTTLS is answered; None where it is not offered. in_the_clear: mails and
    logins offered without it.
    """

    patience = 60.0

    def __init__(self, weather: Weather) -> None:
        self.weather = weather
        self.tls: ssl.SSLContext | None = None
        self.in_the_clear = 0
        self.accepted: list[str] = []
        self.offered = Counter[str]()
        self.left_unanswered = 0
        self.connections = 0
        self.port = 0
        self._loop = LoopThread()
        self._server: asyncio.Server | None = None
        self._sessions: dict[asyncio.Task[None], _Session] = {}

    @property
    def unanswered(self) -> int:
        return self.left_unanswered + sum(each.owes_answer for each in self._sessions.values())

    @property
    def url(self) -> str:
        return url_of(self.port)

    def open_door(self) -> None:
        """Listen, from the second time on at the same port."""
        self._loop.call(self._listen())

    def shut_door(self, *, hang_up: bool = True) -> None:
        """Refuse connections; hang_up: end those that are open as well, by RST."""
        self._loop.call(self._leave(hang_up))

    @contextmanager
    def running(self) -> Iterator["Sink"]:
        with self._loop.running():
            self.open_door()
            try:
                yield self
            finally:
                self.shut_door()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._converse, "127.0.0.1", self.port, limit=2**24
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _leave(self, hang_up: bool) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        sessions = list(self._sessions) if hang_up else []
        for session in sessions:
            session.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections += 1
        session = _Session(self, self.connections, reader, writer)
        self._sessions[task] = session
        how = HangUp()
        try:
            await session.run()
        except HangUp as hanging_up:
            how = hanging_up
        except asyncio.CancelledError:
            how = HangUp(reset=True)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            del self._sessions[task]
            self.left_unanswered += session.owes_answer
            hang_up(writer, reset=how.reset)


class _Session:
    def __init__(
        self,
        sink: Sink,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._sink = sink
        self._number = number
        self._reader = reader
        self._writer = writer
        self._mails = 0
        self._recipient = ""
        self._secured = False
        self.owes_answer = False

    async def run(self) -> None:
        await self._say(Place.GREETING, "220 sink.test ESMTP")
        while line := await self._hear():
            verb, _, argument = line.decode().rstrip().partition(" ")
            match verb:
                case "EHLO":
                    await self._say(Place.EHLO, self._offer())
                case "STARTTLS":
                    await self._start_tls()
                case "AUTH":
                    self._sink.in_the_clear += not self._secured
                    await self._write("235 2.7.0 welcome")
                case "MAIL":
                    self._sink.in_the_clear += not self._secured
                    await self._say(Place.MAIL, "250 2.1.0 OK")
                case "RCPT":
                    await self._take_recipient(argument[4:].split(">")[0])
                case "DATA":
                    await self._take_content()
                case "QUIT":
                    await self._write("221 2.0.0 bye")
                    return
                case _:
                    await self._write("250 2.0.0 OK")

    async def _hear(self) -> bytes:
        try:
            # Not wait_for: Python 3.11's takes no cancelling in the moment of a line.
            async with asyncio.timeout(self._sink.patience):
                return await self._reader.readline()
        except TimeoutError:
            raise HangUp from None

    def _offer(self) -> str:
        more = ["AUTH PLAIN"] if self._secured else ["STARTTLS"] if self._sink.tls else []
        *lines, last = [*_EXTENSIONS, *more]
        return "\r\n".join([*(f"250-{line}" for line in lines), f"250 {last}"])

    async def _start_tls(self) -> None:
        if not (await self._say(Place.STARTTLS, "220 2.0.0 go on")).startswith("2"):
            return
        if self._sink.tls is None:
            raise HangUp
        await self._writer.start_tls(self._sink.tls)
        self._secured = True

    async def _take_recipient(self, recipient: str) -> None:
        self._sink.offered[recipient] += 1
        self._recipient = recipient
        reply = await self._say(Place.RCPT, "250 2.1.5 OK")
        if not reply.startswith("2"):
            self._recipient = ""

    async def _take_content(self) -> None:
        if not self._recipient:
            await self._write("554 5.5.1 no valid recipients")
            return
        if not (await self._say(Place.DATA, "354 go on")).startswith("3"):
            return
        # From here on the whole mail may be on its way.
        self.owes_answer = True
        # The line end of DATA counts: an empty mail is a lone dot behind it.
        content = b"\r\n" + await self._reader.readexactly(3)
        await self._heed(Place.CONTENT)
        while not content.endswith(_END):
            content += await self._sip()
        await self._decide(is_empty=content == _END)

    async def _sip(self) -> bytes:
        pause = self._sink.weather.pause_between_sips(self._number)
        if pause is None:
            return await self._reader.readuntil(b"\n")
        await asyncio.sleep(pause)
        return await self._reader.readexactly(1)

    async def _decide(self, *, is_empty: bool) -> None:
        reply = await self._heed(Place.DOT)
        if reply is None and is_empty:
            reply = "554 5.6.0 there is nothing in it"
        if reply is None:
            self._sink.accepted.append(self._recipient)
            self._mails += 1
            reply = await self._heed(Place.KEPT)
        await self._write("250 2.0.0 OK" if reply is None else reply)
        self.owes_answer = False
        self._sink.left_unanswered += not _makes_sense(reply)
        self._recipient = ""

    async def _heed(self, place: Place) -> str | None:
        moment = Moment(
            place=place,
            connection=self._number,
            mails=self._mails,
            recipient=self._recipient,
            offers=self._sink.offered[self._recipient],
        )
        return await self._sink.weather.answer(moment)

    async def _say(self, place: Place, good: str) -> str:
        reply = await self._heed(place)
        reply = good if reply is None else reply
        await self._write(reply)
        return reply

    async def _write(self, reply: str) -> None:
        if not reply:
            return
        data = f"{reply}\r\n".encode()
        pause = self._sink.weather.pause_between_bytes(self._number)
        step = len(data) if pause is None else 1
        for start in range(0, len(data), step):
            self._writer.write(data[start : start + step])
            await self._writer.drain()
            if pause:
                await asyncio.sleep(pause)


def url_of(port: int) -> str:
    return f"smtp://127.0.0.1:{port}?tls=none"


def _makes_sense(reply: str | None) -> bool:
    """Whether a client knows from a reply what became of its mail."""
    return reply is None or re.match(r"[245]\d\d", reply) is not None


def hang_up(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    """Close a connection. reset: by RST, with what is still to be written."""
    with suppress(OSError):
        if reset:
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        else:
            writer.close()
