"""The built-in mail server: takes every mail on this machine, and sends none away.

For trying Pabal out, and for tests. It listens on loopback only: a server that accepts
everything from everybody would be found within the hour.
"""

import asyncio
import ipaddress
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime

from pabal.transport.errors import MailboxAddressRefused
from pabal.transport.mailbox.protocol import MailboxProtocol
from pabal.transport.mailbox.script import DROP, FailureScript
from pabal.transport.mailbox.store import Keeper, ReceivedMail


class MailboxServer:
    """An SMTP server that hands every accepted mail to a keeper."""

    def __init__(
        self,
        address: str,
        keeper: Keeper,
        *,
        now: Callable[[], datetime],
        script: FailureScript | None = None,
        tls: ssl.SSLContext | None = None,
        tls_from_start: bool = False,
    ) -> None:
        """Prepare a server; `start` makes it listen.

        address: host:port, or [host]:port for IPv6; port 0 takes a free one.
        now: the clock, with a time zone.
        tls: offered by STARTTLS, or used from the first byte with `tls_from_start`.

        Raises MailboxAddressRefused: the host is not on loopback.
        """
        self._host, self._port = _loopback(address)
        self._answers = _Answers(keeper, script or FailureScript(), now)
        self._tls = tls
        self._tls_from_start = tls_from_start
        self._server: asyncio.Server | None = None
        self._open: set[MailboxProtocol] = set()

    @property
    def host(self) -> str:
        return self._host

    @property
    def port(self) -> int:
        """The port that is listened on; known once it has started."""
        return self._port

    @property
    def address(self) -> str:
        """host:port, as in the settings."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{host}:{self._port}"

    async def start(self) -> None:
        """Listen. Raises MailboxAddressRefused: the port is taken."""
        loop = asyncio.get_running_loop()
        implicit = self._tls if self._tls_from_start else None
        try:
            self._server = await loop.create_server(
                self._converse, self._host, self._port, ssl=implicit
            )
        except OSError as error:
            raise MailboxAddressRefused(
                address=self.address, reason=error.strerror or str(error)
            ) from error
        self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and hang up."""
        if self._server is None:
            return
        self._server.close()
        for protocol in list(self._open):
            protocol.hang_up()
        await self._server.wait_closed()
        self._server = None

    def _converse(self) -> MailboxProtocol:
        starttls = None if self._tls_from_start else self._tls
        return MailboxProtocol(self._answers, open_ones=self._open, tls_context=starttls)


class _Answers:
    """What the mailbox says to recipients and to mails, for MailboxProtocol."""

    def __init__(self, keeper: Keeper, script: FailureScript, now: Callable[[], datetime]) -> None:
        self._keeper = keeper
        self._script = script
        self._now = now
        self._attempts: Counter[str] = Counter()

    def to_recipient(self, recipient: str) -> str:
        return self._scripted(recipient, after_content=False) or "250 2.1.5 OK"

    async def to_mail(
        self, sender: str, recipients: tuple[str, ...], peer: str, content: bytes
    ) -> str:
        """Keep a mail and say so; or say what the script has for its first recipient."""
        scripted = self._scripted(recipients[0], after_content=True)
        if scripted is not None and scripted != DROP:
            return scripted
        mail = ReceivedMail(
            sender=sender,
            recipients=recipients,
            received_at=self._now(),
            peer=peer,
            raw=content,
        )
        mail_id = await asyncio.to_thread(self._keeper.add, mail)
        return scripted or f"250 2.0.0 OK: kept as {mail_id}"

    def _scripted(self, recipient: str, *, after_content: bool) -> str | None:
        failure = self._script.failure_for(recipient, after_content=after_content)
        if failure is None:
            return None
        self._attempts[recipient.lower()] += 1
        return failure.reply(self._attempts[recipient.lower()])


@contextmanager
def running_mailbox(
    keeper: Keeper,
    *,
    now: Callable[[], datetime],
    address: str = "127.0.0.1:0",
    script: FailureScript | None = None,
) -> Generator[MailboxServer]:
    """Run a mailbox in a thread of its own, for code that is not asynchronous.

    Raises MailboxAddressRefused.
    """
    server = MailboxServer(address, keeper, now=now, script=script)
    with asyncio.Runner() as runner:
        runner.run(server.start())
        loop = runner.get_loop()
        thread = threading.Thread(target=loop.run_forever, name="mailbox", daemon=True)
        thread.start()
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(server.close(), loop).result(timeout=10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(timeout=10)


def _loopback(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    host = "127.0.0.1" if host == "localhost" else host
    try:
        local = ipaddress.ip_address(host).is_loopback
        number = int(port)
    except ValueError:
        reason = "it is not an IP address, a colon and a port."
        raise MailboxAddressRefused(address=address, reason=reason) from None
    if not local:
        reason = "it takes every mail, so it may be reached from this machine only."
        raise MailboxAddressRefused(address=address, reason=reason)
    return host, number
