"""The mailbox's side of SMTP: aiosmtpd, made fast enough for a campaign."""

import asyncio
import ssl
from typing import Any, Protocol, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from pabal.transport.mailbox.script import DROP

MAX_MAIL_BYTES = 33_554_432
_END = b"\r\n.\r\n"


class Answers(Protocol):
    """Who decides what is said. A reply may be DROP."""

    def to_recipient(self, recipient: str) -> str: ...

    async def to_mail(
        self, sender: str, recipients: tuple[str, ...], peer: str, content: bytes
    ) -> str: ...


class MailboxProtocol(SMTP):
    """One connection to the mailbox.

    PIPELINING (RFC 2920 3.2) is safe to offer: commands are read one by one from a
    buffer that keeps what comes behind them, and STARTTLS empties it.
    """

    # How much may be read ahead. Lines are not limited: what Pabal writes is measured
    # by its own tests, and a mailbox for trying things out should take the rest.
    line_length_limit = MAX_MAIL_BYTES

    def __init__(
        self,
        answers: Answers,
        *,
        open_ones: "set[MailboxProtocol]",
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        """open_ones: where this connection is noted while it is open."""
        super().__init__(
            _Hooks(answers),
            data_size_limit=MAX_MAIL_BYTES,
            enable_SMTPUTF8=True,
            hostname="mailbox.localhost",
            ident="Pabal mailbox",
            tls_context=tls_context,
            loop=asyncio.get_running_loop(),
        )
        self._open_ones = open_ones

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._open_ones.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._open_ones.discard(self)
        super().connection_lost(error)

    def hang_up(self) -> None:
        """End the connection at once."""
        if self.transport is not None:
            cast("asyncio.Transport", self.transport).abort()

    async def hang_up_now(self) -> None:
        """End the connection and this conversation with it; does not return."""
        self.hang_up()
        await asyncio.Event().wait()  # until connection_lost cancels it

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """Take a mail in big pieces; aiosmtpd reads a line at a time."""
        if await self.check_helo_needed() or self.envelope is None:
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await self._read_content()
        if content is None:
            status = "552 5.3.4 Too much mail data"
        else:
            self.envelope.content = self.envelope.original_content = content
            status = str(await self._call_handler_hook("DATA"))  # pyright: ignore[reportUnknownMemberType]
        self._set_post_data_state()
        await self.push(status)

    async def _read_content(self) -> bytes | None:
        """Return the content up to the lone dot, dot-stuffing undone; None for too much."""
        content = bytearray()
        too_large = False
        while not (content.endswith(_END) or content == bytearray(_END[2:])):
            try:
                content += await self._reader.readuntil(_END[2:])
            except asyncio.LimitOverrunError as error:
                content += await self._reader.read(error.consumed)
            if len(content) > MAX_MAIL_BYTES:
                too_large = True
                del content[: -len(_END)]
        return None if too_large else _unstuff(content[:-3])


class _Hooks:
    """aiosmtpd's hooks, which it finds by their names."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def handle_EHLO(  # noqa: N802
        self,
        server: MailboxProtocol,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", responses[-1]]

    async def handle_MAIL(  # noqa: N802
        self,
        server: MailboxProtocol,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self,
        server: MailboxProtocol,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        reply = self._answers.to_recipient(address)
        if reply == DROP:
            await server.hang_up_now()
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802
        self, server: MailboxProtocol, session: Session, envelope: Envelope
    ) -> str:
        peer: Any = session.peer
        reply = await self._answers.to_mail(
            envelope.mail_from or "",
            tuple(envelope.rcpt_tos),
            f"{peer[0]}:{peer[1]}",
            envelope.original_content or b"",
        )
        if reply == DROP:
            await server.hang_up_now()
        return reply


def _unstuff(content: bytearray) -> bytes:
    """Undo dot-stuffing (RFC 5321 4.5.2)."""
    if content.startswith(b"."):
        del content[0]
    return bytes(content.replace(b"\r\n.", b"\r\n"))
