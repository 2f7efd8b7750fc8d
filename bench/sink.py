"""An SMTP server that takes every mail and throws it away, in a process of its own."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_EHLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
_ANSWERS = {
    b"EHLO": _EHLO,
    b"HELO": b"250 sink\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
    b"DATA": b"354 go on\r\n",
}
_END = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """One connection: lines in command state, anything up to the lone dot in content."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._pending = b""
        self._in_content = False
        transport.write(b"220 sink\r\n")

    def answer(self, line: bytes) -> bytes:
        """Answer a command."""
        return _ANSWERS.get(line[:4].upper(), b"250 2.0.0 fine\r\n")

    def answer_content(self) -> bytes:
        return b"250 2.0.0 taken\r\n"

    def data_received(self, data: bytes) -> None:
        if self._in_content:
            # Only the tail of what came before can belong to the end mark.
            data = self._pending + data
            end = data.find(_END)
            if end < 0:
                self._pending = data[-(len(_END) - 1) :]
                return
            self._in_content = False
            self._transport.write(self.answer_content())
            self._pending = b""
            data = data[end + len(_END) :]
        self._commands(self._pending + data)

    def _commands(self, data: bytes) -> None:
        while b"\r\n" in data and not self._in_content:
            line, data = data.split(b"\r\n", 1)
            reply = self.answer(line)
            self._transport.write(reply)
            self._in_content = reply.startswith(b"354")
        self._pending = data
        if self._in_content and data:
            self._pending = b"\r\n"
            self.data_received(data)
        elif self._in_content:
            self._pending = b"\r\n"


@contextmanager
def running_sink(cpu: int | None = None) -> Iterator[int]:
    """Start the sink, pinned to a CPU where one is named; yields its port."""
    with running_server("bench.sink", "" if cpu is None else str(cpu)) as port:
        yield port


@contextmanager
def running_server(module: str, *arguments: str) -> Iterator[int]:
    """Start a module that prints its port and serves until it is killed; yields the port."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


async def serve(protocol: Callable[[], asyncio.Protocol]) -> None:
    """Listen on loopback, print the port, and never return."""
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1]:
        os.sched_setaffinity(0, {int(sys.argv[1])})
    asyncio.run(serve(Sink))
