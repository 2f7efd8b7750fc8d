"""The SMTP transport: mails of many tasks over a few connections that are kept."""

import asyncio
import logging
import ssl
from collections.abc import Sequence

from pabal.domain.classify import classify, network_failure
from pabal.domain.outcome import Outcome, Stage
from pabal.transport.errors import ServerUnusable
from pabal.transport.port import Envelope
from pabal.transport.smtp.carrier import Carrier
from pabal.transport.smtp.channel import ConnectionLost
from pabal.transport.smtp.connection import Connection, TurnedAway
from pabal.transport.smtp.hold_off import HoldOff
from pabal.transport.smtp.offer import Offer, WaitingLine
from pabal.transport.smtp.settings import SmtpSettings, smtp_settings
from pabal.transport.smtp.tls import tls_context

__all__ = ["SmtpSettings", "SmtpTransport", "smtp_settings"]

_LOG = logging.getLogger("pabal.transport")


class SmtpTransport:
    """Submits mails to one mail server (RFC 6409). Implements transport.port.Transport.

    A connection is opened when a mail waits and none is free, up to the number in the
    settings, and closed when it has been idle for a while. Where the server offers
    PIPELINING the next envelope is written together with the content before it.
    """

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._line = WaitingLine()
        self._tasks: set[asyncio.Task[None]] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._idle: list[Connection] = []
        self._context: ssl.SSLContext | None = None
        self._hold_off = HoldOff()
        self._closing = False

    async def submit(self, envelope: Envelope, mail: Sequence[bytes]) -> Outcome:
        """Offer one mail and return what the server said; see transport.port.Transport.

        A connection that ends before the server has answered MAIL costs the mail
        nothing: none of it had left, so it is offered on another one.

        Raises ServerUnusable: the settings cannot work.
        """
        if self._closing:
            return _not_reached("Pabal shut down before the mail was sent.")
        answer = asyncio.get_running_loop().create_future()
        self._line.join(Offer(envelope, mail, sum(map(len, mail)), answer))
        self._call_a_connection()
        return await answer

    @property
    def open_connections(self) -> int:
        """How many connections the server has let in."""
        return len(self._tasks) - len(self._opening)

    async def close(self) -> None:
        """Finish what is on the wire, say goodbye, and close every connection.

        Mails that no connection had taken yet come back as transient.
        """
        self._closing = True
        self._turn_all_away()
        for connection in self._idle:
            connection.wake()
        for task in self._opening:
            task.cancel()  # it has nothing on the wire yet
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._turn_all_away()

    def _turn_all_away(self) -> None:
        self._line.settle_all(_not_reached("Pabal shut down before the mail was sent."))

    # Connections

    def _pass_on(self, offer: Offer) -> bool:
        """Give a mail to a connection that has nothing to do; return False where none has."""
        if self._closing or not (self._idle or self._has_room):
            return False
        self._line.rejoin(offer)
        self._call_a_connection()
        return True

    def _call_a_connection(self) -> None:
        """See to it that somebody takes the next mail of the line."""
        if self._idle:
            self._idle.pop().wake()
        elif self._has_room:
            task = asyncio.create_task(self._serve())
            self._tasks.add(task)
            self._opening.add(task)
            task.add_done_callback(self._retire)

    @property
    def _has_room(self) -> bool:
        """Whether another connection may be opened."""
        may_add = self._hold_off.is_over(asyncio.get_running_loop().time())
        return not self._tasks or (len(self._tasks) < self._settings.connections and may_add)

    def _retire(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._opening.discard(task)
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            _LOG.error("a connection broke", exc_info=error)
            self._line.settle_all(_not_reached(f"Pabal broke off: {error!r}"))
        elif self._line and not self._closing:
            self._call_a_connection()

    async def _serve(self) -> None:
        """Open a connection and bring mails over it until it ends or nobody needs it."""
        connection = await self._open()
        if connection is None:
            return
        hurry = self._settings.timeouts.hurry
        carrier = Carrier(connection, self._line, pass_on=self._pass_on, hurry=hurry)
        try:
            while carrier.begin() or await self._is_called(connection):
                if carrier.has_mail:
                    await carrier.carry()
            await connection.quit()
        except ConnectionLost as lost:
            carrier.account_for(lost)
        except BaseException:
            carrier.account_for(ConnectionLost("Pabal broke off."))
            raise
        finally:
            connection.close()

    async def _is_called(self, connection: Connection) -> bool:
        """Rest until there is a mail; return False where it is time to leave."""
        if self._closing:
            return False
        self._idle.append(connection)
        try:
            # A mail may have come in the moment in which the time was over.
            return await connection.rest(self._settings.timeouts.idle) or bool(self._line)
        finally:
            if connection in self._idle:
                self._idle.remove(connection)

    async def _open(self) -> Connection | None:
        try:
            connection = await Connection.open(self._settings, self._tls_context())
        except ServerUnusable as error:
            self._line.fail_all(error)
        except TurnedAway as refused:
            self._not_let_in(classify(refused.reply, stage=refused.stage))
        except ConnectionLost as lost:
            self._not_let_in(_not_reached(str(lost)))
        else:
            if len(self._tasks) > len(self._opening):  # beside others that are open
                self._hold_off.let_in()
            return connection
        finally:
            self._opening.discard(asyncio.current_task())
        return None

    def _not_let_in(self, outcome: Outcome) -> None:
        """Settle the line where nobody else can take it; else work with whom we have."""
        if len(self._tasks) == 1:
            self._line.settle_all(outcome)
        else:
            self._hold_off.turned_away(asyncio.get_running_loop().time())

    def _tls_context(self) -> ssl.SSLContext | None:
        self._context = self._context or tls_context(self._settings)
        return self._context


def _not_reached(text: str) -> Outcome:
    return network_failure(text, stage=Stage.CONNECT, last_byte_left=False)
