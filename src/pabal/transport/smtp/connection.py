"""A connection that is ready for mails: greeted, encrypted and logged in as it was asked."""

import asyncio
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Self

from pabal.domain.outcome import Reply, Stage
from pabal.transport.errors import (
    CertificateRefused,
    LoginRefused,
    LoginUnavailable,
    ServerUnusable,
    TlsUnavailable,
)
from pabal.transport.port import Envelope
from pabal.transport.smtp.channel import Channel, ConnectionLost
from pabal.transport.smtp.dialogue import (
    Agreed,
    Answered,
    Closing,
    Declined,
    Dialogue,
    Event,
    Garbled,
    GoAhead,
    State,
    Step,
)
from pabal.transport.smtp.extensions import Extensions
from pabal.transport.smtp.settings import Security, SmtpSettings, Timeouts
from pabal.transport.smtp.tls import TlsLayer, explain_certificate, explain_tls


class Nonsense(ConnectionLost):
    """The server says what cannot be understood."""


class TurnedAway(Exception):
    """The server does not let us in; what it said is to be classified."""

    def __init__(self, stage: Stage, reply: Reply) -> None:
        self.stage = stage
        self.reply = reply
        super().__init__(f"{reply.code} {reply.text}")


class Connection:
    """One conversation with a mail server. Made by `open`."""

    def __init__(self, channel: Channel, settings: SmtpSettings) -> None:
        self._channel = channel
        self._settings = settings
        self._dialogue = Dialogue(settings.local_name or channel.local_literal)
        self._events: deque[Event] = deque()
        self._patience = _patience(settings.timeouts)
        self._dot_at: int | None = None
        self._heard_at = asyncio.get_running_loop().time()
        self.greeting = ""

    @classmethod
    async def open(cls, settings: SmtpSettings, context: ssl.SSLContext | None) -> Self:
        """Connect, encrypt and log in.

        context: for TLS; None where the settings ask for none.

        Raises ServerUnusable: it cannot work with these settings, now or later.
        Raises TurnedAway: the server refuses us. Raises ConnectionLost.
        """
        channel = await Channel.connect(
            settings.host, settings.port, seconds=settings.timeouts.connect
        )
        connection = cls(channel, settings)
        try:
            await connection._enter(context)
        except BaseException:
            channel.close()
            raise
        return connection

    @property
    def extensions(self) -> Extensions:
        return self._dialogue.extensions

    @property
    def tls(self) -> TlsLayer | None:
        return self._channel.tls

    @property
    def stage(self) -> Stage:
        """Where the oldest mail on the wire stands."""
        return self._dialogue.stage if self._dot_at is None else Stage.CONTENT

    @property
    def unanswered(self) -> bool:
        """Whether the server has said nothing yet of the oldest mail on the wire."""
        first = (Step.RSET, Step.MAIL, Step.LONE_DOT)
        return self._dot_at is None and self._dialogue.due in first

    @property
    def dot_left(self) -> bool:
        """Whether the last byte of the oldest mail on the wire has been written."""
        return self._dot_at is not None and self._channel.written >= self._dot_at

    # Mails

    def offer(self, envelope: Envelope, *, size_bytes: int) -> None:
        """Write the envelope of a mail."""
        self._dialogue.offer(envelope, size_bytes=size_bytes)
        self._write()

    def give(
        self, mail: Sequence[bytes], following: Envelope | None = None, *, size_bytes: int = 0
    ) -> None:
        """Write the content of a mail, and the envelope of the following one with it.

        size_bytes: of the following mail.
        """
        self._dialogue.give(mail)
        self._channel.queue(self._dialogue.take_output(), slowest=self._settings.timeouts.slowest)
        self._dot_at = self._channel.queued
        if following is not None:
            self._dialogue.offer(following, size_bytes=size_bytes)
        self._write()

    async def hear(self) -> GoAhead | Answered:
        """Return what the server says next of a mail. Raises ConnectionLost."""
        while True:
            event = await self._next_event()
            self._check_end(event)
            if isinstance(event, Answered):
                self._check_answer(event)
            if isinstance(event, GoAhead | Answered):
                return event

    def _check_end(self, event: Event) -> None:
        if isinstance(event, Closing):
            raise ConnectionLost(f"The server hung up: {event.reply.text}")
        if isinstance(event, Garbled):
            raise Nonsense(event.reason)

    def _check_answer(self, answer: Answered) -> None:
        """Take no acceptance for a mail that has not left in full."""
        if answer.stage is not Stage.CONTENT:
            return
        left_in_full = self.dot_left
        if not left_in_full and answer.reply.code < 400:
            raise ConnectionLost("The server accepted a mail before it had it.")
        self._dot_at = None
        if not left_in_full:
            self.close()  # what is left of the mail would be taken for commands

    async def rest(self, seconds: float) -> bool:
        """Wait until `wake` is called, with nothing on the wire.

        Returns False where the time is over. Raises ConnectionLost: the server hung up.
        """
        if not await self._channel.rest(seconds):
            return False
        self.listen()
        return True

    def listen(self) -> None:
        """See that the server is there before more is said to it.

        To be called when it owes no answer about a mail: all that can have come is an
        end. Raises ConnectionLost.
        """
        if data := self._channel.take():
            self._hear(data)
        while self._events:
            self._check_end(self._events.popleft())

    async def measure(self) -> float:
        """Return how many seconds a command and its answer take. Raises ConnectionLost."""
        clock = asyncio.get_running_loop().time
        began = clock()
        self._dialogue.ask_nothing()
        self._write()
        await self._next_event()
        seconds = clock() - began
        self.listen()  # what answered may have been a goodbye
        return seconds

    async def try_envelope(self, envelope: Envelope, *, size_bytes: int) -> Answered | None:
        """Offer an envelope and take it back; return the refusal, None where it was taken.

        To be called with nothing on the wire. Raises ConnectionLost.
        """
        self.listen()
        self._dialogue.try_envelope(envelope, size_bytes=size_bytes)
        self._write()
        event = await self._next_event()
        self._check_end(event)
        return event if isinstance(event, Answered) else None

    def wake(self) -> None:
        """End a `rest`."""
        self._channel.wake()

    # Coming and going

    async def _enter(self, context: ssl.SSLContext | None) -> None:
        if self._settings.security is Security.TLS:
            await self._secure(context)
        self.greeting = (await self._agree()).reply.text
        await self._say_hello()
        if self._settings.security is Security.STARTTLS:
            await self._start_tls(context)
            await self._say_hello()
        if self._settings.username:
            await self._log_in()

    async def _say_hello(self) -> None:
        self._dialogue.say_hello()
        await self._agree()

    async def _start_tls(self, context: ssl.SSLContext | None) -> None:
        if not self.extensions.starttls:
            raise self._unusable(TlsUnavailable, "it does not offer STARTTLS.")
        self._dialogue.start_tls()
        try:
            await self._agree()
        except TurnedAway as refused:
            if refused.reply.code < 500:
                raise
            raise self._unusable(TlsUnavailable, f"it answers STARTTLS with {refused}") from None
        await self._secure(context)
        self._dialogue.secured()

    async def _secure(self, context: ssl.SSLContext | None) -> None:
        if context is None:
            raise ValueError("TLS was asked for, and no context was given")
        host, seconds = self._settings.host, self._settings.timeouts.mail
        try:
            await self._channel.secure(context, host, seconds=seconds)
        except ssl.SSLCertVerificationError as error:
            reason = explain_certificate(error)
            raise self._unusable(CertificateRefused, reason) from error
        except ssl.SSLError as error:
            raise self._unusable(TlsUnavailable, explain_tls(error)) from error

    async def _log_in(self) -> None:
        offered = self.extensions.login_mechanisms
        if not offered & {"PLAIN", "LOGIN"}:
            kinds = ", ".join(sorted(offered)) or "none"
            raise self._unusable(LoginUnavailable, f"it offers {kinds}, not PLAIN or LOGIN.")
        self._dialogue.log_in(self._settings.username, self._settings.password)
        try:
            await self._agree()
        except TurnedAway as refused:
            if refused.reply.code < 500:
                raise
            raise LoginRefused(
                server=self._settings.server,
                username=self._settings.username,
                reason=str(refused),
            ) from None

    async def _agree(self) -> Agreed:
        """Wait for the server's consent. Raises TurnedAway, ConnectionLost."""
        self._write()
        stage = self._dialogue.stage
        event = await self._next_event()
        match event:
            case Agreed():
                return event
            case Declined() | Closing():
                raise TurnedAway(stage, event.reply)
            case Garbled():
                raise Nonsense(event.reason)
            case _:
                raise ConnectionLost("The server answered what was not asked.")

    async def quit(self) -> None:
        """Say goodbye and wait a moment for the answer. Raises nothing."""
        try:
            if self._dialogue.state is not State.OPEN:
                return
            self._dialogue.quit()
            self._write()
            await self._next_event()
        except ConnectionLost:
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Hang up; calling twice is safe."""
        self._channel.close()

    def _unusable(self, kind: type[ServerUnusable], reason: str) -> ServerUnusable:
        return kind(server=self._settings.server, reason=reason)

    def _write(self) -> None:
        self._channel.queue(self._dialogue.take_output())
        self._channel.flush()

    async def _next_event(self) -> Event:
        while not self._events:
            data = await self._channel.receive(
                since=self._heard_at,
                quiet=self._patience[self._dialogue.due],
                stuck=self._settings.timeouts.block,
            )
            self._hear(data)
            self._write()
        return self._events.popleft()

    def _hear(self, data: bytes) -> None:
        heard = self._dialogue.heard
        self._events.extend(self._dialogue.receive(data))
        if self._dialogue.heard > heard:
            self._heard_at = asyncio.get_running_loop().time()


def _patience(timeouts: Timeouts) -> dict[Step | None, float]:
    longer = {
        Step.GREETING: timeouts.greeting,
        Step.RCPT: timeouts.rcpt,
        Step.DATA: timeouts.data,
        Step.CONTENT: timeouts.content,
        Step.LONE_DOT: timeouts.content,
        Step.QUIT: timeouts.quit,
    }
    return {None: timeouts.mail} | dict.fromkeys(Step, timeouts.mail) | longer
