"""One socket on the event loop: many buffers out without joining them, bytes in, TLS.

asyncio's streams copy what they are given and wake a task for every line; at thousands
of mails a second that is most of the work. This is the little that SMTP needs of them.
"""

import asyncio
import math
import os
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import Self

from pabal.transport.smtp.tls import TlsLayer

Buffer = bytes | memoryview

_READ_BYTES = 65536
# What one sendmsg takes: IOV_MAX of Linux, macOS and the BSDs.
_IOV_MAX = 1024
# uvloop calls a reader once for bytes that came with a reset behind them, and never again.
_BETWEEN_LOOKS = 1.0  # seconds
# Replies are short; whoever says more while nobody listens is no mail server.
_UNHEARD_BYTES = 262_144


class ConnectionLost(Exception):
    """The connection cannot be used any more. Carries a sentence that says why."""


class Silence(ConnectionLost):
    """The server said nothing, or took nothing, for as long as it was given."""


class Channel:
    """A connected socket.

    queued, written: bytes as they are on the wire (under TLS, encrypted), counted from
    the beginning. What was queued at a moment has left when `written` reaches that count.
    """

    def __init__(self, connected: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = connected
        self._tls: TlsLayer | None = None
        self._out: deque[Buffer] = deque()
        self._inbox = b""
        self._lost = ""
        self._writing = False
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._since = self._wrote_at = self._out_by = self._loop.time()
        self._quiet = self._stuck = 0.0
        self.queued = 0
        self.written = 0
        self._loop.add_reader(connected.fileno(), self._readable)

    @classmethod
    async def connect(cls, host: str, port: int, *, seconds: float) -> Self:
        """Connect to the first address of a host that answers.

        Raises ConnectionLost: none did.
        """
        try:
            async with asyncio.timeout(seconds):
                return cls(await _connect(host, port))
        except TimeoutError:
            raise Silence(f"No connection within {seconds:g} s.") from None
        except OSError as error:
            raise ConnectionLost(f"No connection: {_words(error)}") from error

    @property
    def tls(self) -> TlsLayer | None:
        """What is known of the encryption; None for a plain connection."""
        return self._tls

    @property
    def local_literal(self) -> str:
        """Our own address as SMTP writes it (RFC 5321 4.1.3)."""
        host: str = self._socket.getsockname()[0]
        return f"[IPv6:{host}]" if ":" in host else f"[{host}]"

    # Writing

    def queue(self, buffers: Sequence[Buffer], *, slowest: float = math.inf) -> None:
        """Add what `flush` is to write. slowest: bytes a second that it may go at."""
        if not buffers:
            return
        if self._tls is not None:
            buffers = [self._tls.encrypt(b"".join(buffers))]
        size = sum(map(len, buffers))
        if not self._out:
            self._wrote_at = self._out_by = self._loop.time()
        self._out_by += size / slowest
        self._out.extend(buffers)
        self.queued += size

    def flush(self) -> None:
        """Write what was queued: what the socket takes now, the rest when it is ready."""
        if self._out and not self._writing and not self._lost:
            self._write()

    def _write(self) -> None:
        try:
            while self._out:
                group = list(islice(self._out, _IOV_MAX))
                if not self._drop_written(group, self._socket.sendmsg(group)):
                    break
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            self._readable()  # why it broke may stand in front of the break
            self._lose(f"The connection broke: {_words(error)}")
        else:
            self._wait_until_writable(bool(self._out))
            return
        self._wait_until_writable(not self._lost)

    def _drop_written(self, group: list[Buffer], count: int) -> bool:
        """Forget what has been written; return whether it was the whole group."""
        self.written += count
        self._wrote_at = self._loop.time()
        self._arm()
        if self.written == self.queued:
            self._out.clear()
            return True
        for buffer in group:
            if len(buffer) > count:
                self._out[0] = memoryview(buffer)[count:]
                return False
            count -= len(buffer)
            self._out.popleft()
        return True

    def _wait_until_writable(self, needed: bool) -> None:
        if needed and not self._writing:
            self._loop.add_writer(self._socket.fileno(), self._write)
        elif self._writing and not needed:
            self._loop.remove_writer(self._socket.fileno())
        self._writing = needed

    # Reading

    async def receive(self, *, since: float, quiet: float, stuck: float) -> bytes:
        """Return what has come in; wait where nothing has.

        since: the moment, by the loop's clock, from which an answer was due. What has
        come of it so far does not prolong the wait: who drips is as silent as who sleeps.
        quiet: how many seconds the answer may take, counted from then or from the last
        byte that left. stuck: how many the server may take nothing, or be behind the
        slowest speed that `queue` was given, while there is something left to write.

        Raises Silence: that time is over. Raises ConnectionLost: the connection is.
        """
        while not (data := self.take()):
            await self._wait(since=since, quiet=quiet, stuck=stuck)
        return data

    def take(self) -> bytes:
        """Return what has come in, b"" for nothing. Raises ConnectionLost."""
        if self._lost and not self._inbox:
            raise ConnectionLost(self._lost)
        data, self._inbox = self._inbox, b""
        return data

    async def rest(self, seconds: float) -> bool:
        """Wait until something comes in, the connection ends, or `wake` is called.

        Returns False where the time is over first.
        """
        if self._inbox or self._lost:
            return True
        try:
            await self._wait(since=self._loop.time(), quiet=seconds, stuck=seconds)
        except Silence:
            return False
        return True

    def wake(self) -> None:
        """End a `rest`."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait(self, *, since: float, quiet: float, stuck: float) -> None:
        self._since, self._quiet, self._stuck = since, quiet, stuck
        self._waiter = self._loop.create_future()
        self._arm()
        try:
            await self._waiter
        finally:
            self._waiter = None

    @property
    def _due(self) -> float:
        """The moment until which the wait may last."""
        if self._out:
            return min(self._wrote_at, self._out_by) + self._stuck
        return max(self._since, self._wrote_at) + self._quiet

    def _arm(self) -> None:
        """Let the timer ring no later than the wait may last, and for a look at the socket.

        One that rings too early is set again: cheaper than a new one for every wait.
        """
        due = min(self._due, self._loop.time() + _BETWEEN_LOOKS)
        if self._waiter is None or (self._timer is not None and self._timer.when() <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() >= self._due:
            self._waiter.set_exception(Silence(self._complaint()))
            return
        self._readable()
        self._arm()

    def _complaint(self) -> str:
        if not self._out:
            return f"The server gave no answer for {self._quiet:g} s."
        if self._wrote_at <= self._out_by:
            return f"The server took nothing more for {self._stuck:g} s."
        return "The server takes the mail too slowly."

    def _readable(self) -> None:
        try:
            data = self._socket.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lose(f"The connection broke: {_words(error)}")
            return
        if data:
            self._take_in(data)
        else:
            self._lose("The server closed the connection.")

    def _take_in(self, data: bytes) -> None:
        try:
            self._inbox += self._tls.decrypt(data) if self._tls is not None else data
        except ssl.SSLError as error:
            self._lose(f"The encryption broke: {_words(error)}")
            return
        if len(self._inbox) > _UNHEARD_BYTES:
            self._lose("The server said far more than it was asked.")
        elif self._tls is not None and self._tls.ended:
            self._lose("The server closed the connection.")
        elif self._inbox:
            self.wake()

    # The beginning of TLS, and the end of all

    async def secure(self, context: ssl.SSLContext, host: str, *, seconds: float) -> None:
        """Set TLS up; from here on everything is encrypted, and checked to be the host's.

        Raises ssl.SSLError: the certificate or the server's TLS does not do.
        Raises ConnectionLost.
        """
        self._inbox = b""  # what came in plain text is nobody's word any more
        layer = TlsLayer(context, host)
        since = self._loop.time()
        while True:
            done = self._handshake(layer)
            if done:
                break
            layer.feed(await self.receive(since=since, quiet=seconds, stuck=seconds))
        self._tls = layer
        self._take_in(b"")

    def _handshake(self, layer: TlsLayer) -> bool:
        try:
            return layer.shake_hands()
        finally:
            self.queue([layer.take_output()])
            self.flush()

    def close(self) -> None:
        """Hang up. What was not written is dropped; calling twice is safe."""
        if self._socket.fileno() >= 0 and not self._lost and self._tls is not None:
            with suppress(OSError, ssl.SSLError):
                self._socket.send(self._tls.say_goodbye())
        self._lose("The connection was closed by Pabal.")
        self._socket.close()

    def _lose(self, reason: str) -> None:
        self._lost = self._lost or reason
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._wait_until_writable(False)
        if self._timer is not None and self._waiter is None:
            self._timer.cancel()
            self._timer = None
        self.wake()


async def _connect(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    failure = OSError("the name has no address")
    for family, kind, protocol, _, address in await loop.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        connecting = socket.socket(family, kind, protocol)
        try:
            connecting.setblocking(False)
            connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(connecting, address)
        except OSError as error:
            connecting.close()
            failure = error
        except BaseException:
            connecting.close()
            raise
        else:
            return connecting
    raise failure


def _words(error: OSError) -> str:
    """Say what the system calls it; asyncio and OpenSSL put their own words over it."""
    if isinstance(error, ssl.SSLError):
        text = error.reason or str(error)
    elif error.errno is not None and error.errno > 0:
        text = os.strerror(error.errno)
    else:
        text = error.strerror or str(error)
    return text.rstrip(".")[:200] + "."
