"""The network between a worker and its mail server, as bad as it is told to be."""

import asyncio
import enum
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random

from chaos.looping import LoopThread
from chaos.sink import hang_up


class End(enum.Enum):
    """How a connection breaks."""

    RESET = enum.auto()
    CLOSE = enum.auto()
    SWALLOW = enum.auto()  # it stays open, and nothing comes through any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What the network does.

    latency: seconds that a piece takes at most, in either direction. piece: its size at most.
    share: of the connections break, 0 to 1, when some number of bytes below `within` has
    come through, of both directions together.
    """

    latency: float = 0.0
    piece: int = 4096
    share: float = 0.0
    within: int = 20_000
    end: End = End.RESET


_Way = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class _Fate:
    """How many bytes a connection still lets through; None for any number."""

    left: int | None


class Wire:
    """A port that leads to another one. trouble: may be changed; holds for new connections.

    breaks: how many connections broke. Each may have lost the answer to one mail.
    """

    def __init__(self, dice: Random, to_port: int, trouble: Trouble) -> None:
        self.trouble = trouble
        self.breaks = 0
        self.port = 0
        self._dice = dice
        self._to_port = to_port
        self._loop = LoopThread()
        self._server: asyncio.Server | None = None
        self._sessions: set[asyncio.Task[None]] = set()

    @contextmanager
    def running(self) -> Iterator["Wire"]:
        with self._loop.running():
            self._loop.call(self._listen())
            try:
                yield self
            finally:
                self._loop.call(self._leave())

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _leave(self) -> None:
        assert self._server is not None
        self._server.close()
        for session in list(self._sessions):
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._sessions.add(task)
        there: asyncio.StreamWriter | None = None
        trouble, fate = self.trouble, self._fate()
        try:
            answers, there = await asyncio.open_connection("127.0.0.1", self._to_port)
            await self._carry_both((reader, there), (answers, writer), trouble, fate)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._sessions.discard(task)
            for side in (writer, there):
                if side is not None:
                    hang_up(side, reset=fate.left == 0 and trouble.end is End.RESET)

    async def _carry_both(self, to: _Way, fro: _Way, trouble: Trouble, fate: _Fate) -> None:
        carrying = [asyncio.create_task(self._carry(*way, trouble, fate)) for way in (to, fro)]
        try:
            await asyncio.wait(carrying, return_when=asyncio.FIRST_COMPLETED)
            self.breaks += fate.left == 0
            if fate.left == 0 and trouble.end is End.SWALLOW:
                await asyncio.sleep(3600)
        finally:
            for each in carrying:
                each.cancel()
            await asyncio.gather(*carrying, return_exceptions=True)

    def _fate(self) -> _Fate:
        breaks = self._dice.random() < self.trouble.share
        left = self._dice.randrange(1, self.trouble.within) if breaks else None
        return _Fate(left)

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        trouble: Trouble,
        fate: _Fate,
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(self._dice.randint(1, trouble.piece)):
                await asyncio.sleep(self._dice.uniform(0, trouble.latency))
                if fate.left is not None:
                    piece = piece[: fate.left]
                    fate.left -= len(piece)
                writer.write(piece)
                await writer.drain()
                if fate.left == 0:
                    return
