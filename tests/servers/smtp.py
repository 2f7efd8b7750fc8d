"""SMTP servers for tests, on 127.0.0.1 and free ports: a fast sink that can be told to
misbehave, and one that follows a written dialogue to the letter."""

import asyncio
import ipaddress
import random
import socket
import ssl
import struct
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Self

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

END_OF_CONTENT = b"\r\n.\r\n"
ALL_EXTENSIONS = ("PIPELINING", "SIZE 33554432", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")


@dataclass(frozen=True, kw_only=True)
class Conduct:
    """How a sink behaves; by default as it should.

    replies: by verb, or "content" for the reply behind the dot; instead of the good one.
    replies_to: by recipient, instead of the reply to RCPT.
    mails_per_connection: behind so many it says `farewell` ("" for nothing) and hangs up;
    at_mail: instead of at once, when the next MAIL comes.
    behind_dot: "answer", "silence", "close" or "reset". in_content: "take" or "reset".
    login: user name and password that AUTH wants.
    """

    extensions: tuple[str, ...] = ALL_EXTENSIONS
    greeting: str = "220 sink.test ESMTP"
    replies: Mapping[str, str] = field(default_factory=dict)
    replies_to: Mapping[str, str] = field(default_factory=dict)
    mails_per_connection: int | None = None
    farewell: str = ""
    at_mail: bool = False
    behind_dot: str = "answer"
    in_content: str = "take"
    one_byte_at_a_time: bool = False
    login: tuple[str, str] | None = None
    mechanisms: str = "PLAIN LOGIN"
    tls: ssl.SSLContext | None = None
    tls_from_start: bool = False


class Sink:
    """Counts mails and remembers their envelopes."""

    def __init__(self, conduct: Conduct | None = None, *, keep: bool = False) -> None:
        """keep: remember the contents as well."""
        self.conduct = conduct or Conduct()
        self.keep = keep
        self.mails = 0
        self.bytes = 0
        self.connections = 0
        self.open_now = 0
        self.most_open = 0
        self.commands: list[str] = []
        self.recipients: list[str] = []
        self.contents: list[bytes] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._protocols: set[_SinkProtocol] = set()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    async def start(self) -> None:
        implicit = self.conduct.tls if self.conduct.tls_from_start else None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _SinkProtocol(self), "127.0.0.1", self.port, ssl=implicit
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for protocol in list(self._protocols):
            protocol.transport.abort()
        await self._server.wait_closed()

    def greeting(self) -> str:
        """What the next connection is greeted with."""
        return self.conduct.greeting

    def mishap(self, place: str) -> str:
        """What goes wrong at a place: "", "close", "reset" or "421"; see Conduct for more.

        The places: "MAIL", "RCPT", "DATA", "content", and "kept" behind a mail that has
        been kept and before its answer.
        """
        return ""

    def holds(self, recipients: Sequence[str], answer: Callable[[], None]) -> bool:
        """Whether a mail that has been kept is to be answered later: when `answer` is called."""
        return False

    def answer_to_starttls(self) -> str:
        return "220 2.0.0 go on"

    def early_answer(self) -> str:
        """What is said as soon as a content begins; "" to wait for its end."""
        return ""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class _SinkProtocol(asyncio.Protocol):
    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.buffer = bytearray()
        self.content_from = -1
        self.mails_here = 0
        self.recipients: list[str] = []
        self.challenge = ""
        self.deaf = False
        self.secured = self.upgrading = False

    def connection_made(self, transport) -> None:
        self.transport = transport
        if self.secured:
            return
        self.sink._protocols.add(self)
        self.sink.connections += 1
        self.sink.open_now += 1
        self.sink.most_open = max(self.sink.most_open, self.sink.open_now)
        self.say(self.sink.greeting())

    def connection_lost(self, error) -> None:
        self.sink._protocols.discard(self)
        self.sink.open_now -= 1

    def eof_received(self) -> bool:
        return False

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.work_off()

    def work_off(self) -> None:
        while not self.deaf and not self.upgrading:
            if self.content_from >= 0:
                if not self.take_content():
                    return
            else:
                end = self.buffer.find(b"\n")
                if end < 0:
                    return
                line = bytes(self.buffer[:end]).rstrip(b"\r").decode()
                del self.buffer[: end + 1]
                self.hear(line)

    def take_content(self) -> bool:
        if self.sink.conduct.in_content == "reset" and self.buffer:
            self.reset()
            return False
        if len(self.buffer) > len(END_OF_CONTENT) and (reply := self.sink.early_answer()):
            self.say(reply)
            self.deaf = True
            self.transport.pause_reading()
            return False
        end = self.buffer.find(END_OF_CONTENT, max(0, self.content_from - 4))
        if end < 0:
            self.content_from = len(self.buffer)
            return False
        content = bytes(self.buffer[2 : end + 2]) if self.sink.keep else b""
        del self.buffer[: end + len(END_OF_CONTENT)]
        self.content_from = -1
        self.answer_content(content, end)
        return True

    def answer_content(self, content: bytes, size: int) -> None:
        conduct, sink = self.sink.conduct, self.sink
        if conduct.behind_dot == "silence":
            self.deaf = True
            return
        if conduct.behind_dot in ("close", "reset"):
            self.reset() if conduct.behind_dot == "reset" else self.hang_up()
            return
        reply = conduct.replies.get("content", "250 2.0.0 OK")
        if self.suffer("content"):
            return
        if reply.startswith("2"):
            sink.mails += 1
            sink.bytes += size
            sink.recipients.extend(self.recipients)
            if sink.keep:
                sink.contents.append(content)
            if self.sink.holds(self.recipients, lambda: self.answer_late(reply)):
                self.deaf = True
                return
            if self.suffer("kept"):
                return
        self.mails_here += 1
        self.say(reply)
        if self.mails_here == conduct.mails_per_connection and not conduct.at_mail:
            self.leave()

    def answer_late(self, reply: str) -> None:
        self.deaf = False
        self.say(reply)
        self.work_off()

    def hear(self, line: str) -> None:
        if self.challenge:
            self.hear_login(line)
            return
        if len(self.sink.commands) < 10_000:
            self.sink.commands.append(line)
        verb, _, argument = line.partition(" ")
        if verb in ("EHLO", "STARTTLS", "AUTH", "QUIT"):
            self.hear_session(verb, argument)
        else:
            self.hear_mail(verb, argument)

    def hear_session(self, verb: str, argument: str) -> None:
        refusal = self.sink.conduct.replies.get(verb)
        match verb:
            case _ if refusal:
                self.say(refusal)
            case "EHLO":
                self.say(self.offer())
            case "STARTTLS":
                self.start_tls()
            case "AUTH":
                self.hear_auth(argument)
            case "QUIT":
                self.say("221 2.0.0 bye")
                self.hang_up()

    def suffer(self, place: str) -> bool:
        """Let happen what goes wrong here; return whether something did."""
        match self.sink.mishap(place):
            case "close":
                self.hang_up()
            case "reset":
                self.reset()
            case "421":
                self.say("421 4.3.2 going down")
                self.hang_up()
            case _:
                return False
        return True

    def hear_mail(self, verb: str, argument: str) -> None:
        if self.suffer(verb):
            return
        conduct = self.sink.conduct
        match verb:
            case "MAIL" if conduct.at_mail and self.mails_here == conduct.mails_per_connection:
                self.leave()
            case "RCPT":
                self.hear_recipient(argument[4:].split(">")[0])
            case "DATA":
                self.hear_data()
            case _:
                self.recipients = []
                self.say(conduct.replies.get(verb, "250 2.1.0 OK"))

    def hear_data(self) -> None:
        reply = self.sink.conduct.replies.get("DATA", "354 go on")
        if not self.recipients and reply.startswith("354"):
            reply = "554 5.5.1 no valid recipients"
        if reply.startswith("354"):
            # The line end of DATA counts: an empty mail is a lone dot behind it.
            self.buffer[:0] = b"\r\n"
            self.content_from = 0
        self.say(reply)

    def hear_recipient(self, recipient: str) -> None:
        conduct = self.sink.conduct
        reply = conduct.replies_to.get(recipient) or conduct.replies.get("RCPT", "250 2.1.5 OK")
        if reply.startswith("2"):
            self.recipients.append(recipient)
        self.say(reply)

    def offer(self) -> str:
        conduct = self.sink.conduct
        offered = ["sink.test", *conduct.extensions]
        if conduct.tls is not None and not conduct.tls_from_start and not self.secured:
            offered.append("STARTTLS")
        if conduct.login is not None:
            offered.append(f"AUTH {conduct.mechanisms}")
        return "\r\n".join([*(f"250-{line}" for line in offered[:-1]), f"250 {offered[-1]}"])

    def start_tls(self) -> None:
        self.say(self.sink.answer_to_starttls())
        self.secured = self.upgrading = True
        self.buffer.clear()
        self.transport.pause_reading()
        task = asyncio.ensure_future(self.upgrade())
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def upgrade(self) -> None:
        loop = asyncio.get_running_loop()
        self.transport = await loop.start_tls(
            self.transport, self, self.sink.conduct.tls, server_side=True
        )
        # What the client wrote behind its handshake may have come before this line.
        self.upgrading = False
        self.work_off()

    def hear_auth(self, argument: str) -> None:
        mechanism, _, initial = argument.partition(" ")
        if mechanism == "LOGIN":
            self.challenge = "username"
            self.say("334 VXNlcm5hbWU6")
        else:
            _, username, password = _decode(initial).split("\0")
            self.judge(username, password)

    def hear_login(self, line: str) -> None:
        if self.challenge == "username":
            self.username = _decode(line)
            self.challenge = "password"
            self.say("334 UGFzc3dvcmQ6")
        else:
            self.challenge = ""
            self.judge(self.username, _decode(line))

    def judge(self, username: str, password: str) -> None:
        good = (username, password) == self.sink.conduct.login
        self.say("235 2.7.0 welcome" if good else "535 5.7.8 wrong user name or password")

    def say(self, reply: str) -> None:
        data = f"{reply}\r\n".encode()
        if not self.sink.conduct.one_byte_at_a_time:
            self.transport.write(data)
            return
        for n in range(len(data)):
            self.transport.write(data[n : n + 1])

    def leave(self) -> None:
        if self.sink.conduct.farewell:
            self.say(self.sink.conduct.farewell)
        self.hang_up()

    def hang_up(self) -> None:
        self.deaf = True
        self.transport.close()

    def reset(self) -> None:
        """End the connection by RST, as a crashed host or a middlebox does."""
        self.deaf = True
        raw = self.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


class ScriptedServer:
    """Follows a dialogue: each connection takes the next part of it.

    `S: text` is said; `C: text` is expected (* stands for anything); `C. ` expects
    a content up to its dot; `S. close`, `S. reset`, `S. silence`, `S. bytes \\x00...`
    do what they say; `S. pause` waits for 0.2 s; `S. drip 250-` begins a line of a reply
    and never ends it; `S. sip` takes some bytes, soon some more, and so on for ever;
    `---` begins the next connection; `#` is a comment. What differs from the dialogue is
    in `deviations`.
    """

    def __init__(self, dialogue: str) -> None:
        parts = dialogue.split("\n---\n")
        self._parts = [_steps(part) for part in parts]
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.deviations: list[str] = []
        self.connections = 0
        self.unfinished = len(self._parts)
        self.contents: list[bytes] = []
        self.port = 0

    @classmethod
    def from_file(cls, path: Path) -> "ScriptedServer":
        return cls(path.read_text())

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    async def __aenter__(self) -> "ScriptedServer":
        self._server = await asyncio.start_server(self._converse, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        number, self.connections = self.connections, self.connections + 1
        try:
            if number >= len(self._parts):
                self.deviations.append(f"connection {number + 1} was not expected")
                return
            for kind, text in self._parts[number]:
                if not await self._step(kind, text, reader, writer):
                    return
            self.unfinished -= 1
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            self.deviations.append(f"connection {number + 1}: {error!r}")
        except asyncio.CancelledError:
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _step(
        self, kind: str, text: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        match kind:
            case "S:":
                writer.write(f"{text}\r\n".encode())
            case "C:":
                line = (await reader.readuntil(b"\r\n")).decode().rstrip("\r\n")
                if not fnmatchcase(line, text):
                    self.deviations.append(f"“{line}” instead of “{text}”")
                    return False
            case "C.":
                self.contents.append(await _read_content(reader))
            case "S.":
                return await self._act(text, reader, writer)
            case _:
                raise ValueError(f"no such step: {kind}")
        return True

    async def _act(
        self, action: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        name, _, argument = action.partition(" ")
        match name:
            case "silence":
                self.unfinished -= 1
                await asyncio.sleep(3600)
            case "pause":
                await asyncio.sleep(0.2)
            case "drip":
                self.unfinished -= 1
                await _drip(argument, writer)
            case "sip":
                self.unfinished -= 1
                await _sip(reader)
            case "close":
                writer.close()
            case "reset":
                raw = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            case "bytes":
                writer.write(argument.encode().decode("unicode_escape").encode("latin-1"))
            case _:
                raise ValueError(f"no such action: {action}")
        return True


def _steps(part: str) -> list[tuple[str, str]]:
    lines = (line for line in part.splitlines() if line and not line.startswith("#"))
    return [(line[:2], line[3:]) for line in lines]


async def _read_content(reader: asyncio.StreamReader) -> bytes:
    content = b"\r\n"
    while not content.endswith(END_OF_CONTENT):
        content += await reader.readuntil(b"\r\n")
    return content[2:-3]


async def _drip(text: str, writer: asyncio.StreamWriter) -> None:
    for byte in text.encode() + b"x" * 3600:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def _sip(reader: asyncio.StreamReader) -> None:
    while await reader.read(20_000):
        await asyncio.sleep(0.05)


def _decode(text: str) -> str:
    import base64

    return base64.b64decode(text).decode()


# Certificates


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """A certificate authority of our own, and what it has issued."""

    authority: trustme.CA
    ca_file: Path

    def good(self) -> ssl.SSLContext:
        return self._context(self.authority.issue_cert("localhost", "127.0.0.1"))

    def for_another_name(self) -> ssl.SSLContext:
        return self._context(self.authority.issue_cert("mail.elsewhere.example"))

    def expired(self) -> ssl.SSLContext:
        yesterday = datetime.now(UTC) - timedelta(days=1)
        return self._context(
            self.authority.issue_cert("localhost", "127.0.0.1", not_after=yesterday)
        )

    def from_a_stranger(self) -> ssl.SSLContext:
        """From an authority that nobody trusts."""
        return self._context(trustme.CA().issue_cert("localhost", "127.0.0.1"))

    def signed_by_itself(self) -> ssl.SSLContext:
        """As installers make them, so that something stands there."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile() as file:
            file.write(_self_signed("localhost", "127.0.0.1"))
            file.flush()
            context.load_cert_chain(file.name)
        return context

    @staticmethod
    def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context


def _self_signed(name: str, address: str) -> bytes:
    """Return a key and its certificate as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address(address))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return secret + certificate.public_bytes(serialization.Encoding.PEM)


def make_certificates(directory: Path) -> Certificates:
    authority = trustme.CA()
    ca_file = directory / "authority.pem"
    authority.cert_pem.write_to_path(ca_file)
    return Certificates(authority=authority, ca_file=ca_file)


# For tests that are not asynchronous


@contextmanager
def running_sink(conduct: Conduct | None = None, *, keep: bool = False) -> Iterator[Sink]:
    """Run a sink in a thread of its own."""
    sink = Sink(conduct, keep=keep)
    with asyncio.Runner() as runner:
        runner.run(sink.start())
        loop = runner.get_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            asyncio.run_coroutine_threadsafe(sink.close(), loop).result(timeout=10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(timeout=10)


@asynccontextmanager
async def black_hole() -> AsyncIterator[int]:
    """A port that takes connections and never says a word. Yields it."""
    taken: list[asyncio.StreamWriter] = []

    async def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(writer)

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in taken:
            writer.close()
        await server.wait_closed()


def free_port() -> int:
    """A port on which nobody listens, of those that the system never gives out by itself.

    Two test processes choose at the same moment, so what bind(0) names may be taken
    by a connection that goes out before it is listened on.
    """
    while True:
        port = random.randrange(10_000, 32_768)  # below Linux's ip_local_port_range
        with socket.socket() as finder, suppress(OSError):
            finder.bind(("127.0.0.1", port))
            return port
