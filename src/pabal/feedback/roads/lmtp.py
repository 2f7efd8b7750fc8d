"""LMTP (RFC 2033): the mail server hands over each mail to the bounce domain as it comes."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session

from pabal.domain.errors import Unavailable

_MAX_BYTES = 33_554_432
_TAKEN = "250 2.1.5 OK"
_LATER = "451 4.3.0 Not possible at the moment, try again later"

Take = Callable[[bytes, str], None]


class LmtpServer:
    """Listens, and calls `take` with every mail and one of its recipients.

    take: called in a thread; the mail is durable when it returns. Raises Unavailable: the
    mail server is asked to come again.
    """

    def __init__(self, address: str, take: Take) -> None:
        """address: host:port; port 0 takes a free one."""
        host, _, port = address.rpartition(":")
        self._host = host.removeprefix("[").removesuffix("]")
        self._port = int(port)
        self._hooks = _Hooks(take)
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        return f"{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen. Raises OSError: the address cannot be used."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._converse, self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening; what is being handed over may end."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _converse(self) -> LMTP:
        return _Protocol(self._hooks, data_size_limit=_MAX_BYTES, enable_SMTPUTF8=True)


class _Protocol(LMTP):
    line_length_limit = _MAX_BYTES  # a bounce quotes what it got, lines without end included


class _Hooks:
    """aiosmtpd's hooks, which it finds by their names."""

    def __init__(self, take: Take) -> None:
        self._take = take

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return _TAKEN

    async def handle_DATA(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope
    ) -> str:
        """Answer once for each recipient (RFC 2033 4.2)."""
        content = envelope.original_content or b""
        answers = [await self._hand_over(content, each) for each in envelope.rcpt_tos]
        return "\r\n".join(answers)

    async def _hand_over(self, content: bytes, recipient: str) -> str:
        try:
            await asyncio.to_thread(self._take, content, recipient)
        except Unavailable:
            return _LATER
        return _TAKEN
