"""The client's side of an SMTP conversation (RFC 5321), without a socket or a clock.

Rules: every change of state is in _HEARD and _SAID; every reply is matched to what was
said by counting (RFC 2920 3.1). Bytes that arrive go into `receive`, which returns
events; what is said is collected until `take_output`.

Commands are sent in groups where the server offers PIPELINING. An envelope (MAIL, RCPT,
DATA) is a group, and it may stand behind the content of the mail before it, so that up
to two mails are on the wire: one whose content awaits its answer, and one whose
envelope does. Events come in the order in which the mails were offered.

There is no fallback to HELO: a submission server speaks ESMTP (RFC 6409 7).
"""

import base64
import enum
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pabal.domain.outcome import Reply, Stage
from pabal.transport.port import Envelope
from pabal.transport.smtp.extensions import Extensions, parse_extensions
from pabal.transport.smtp.replies import ReplyReader, Unintelligible
from pabal.transport.smtp.stuffing import stuff

Buffer = bytes | memoryview


class State(enum.Enum):
    """What may be said next."""

    SILENT = "nothing: an answer is due"
    GREETED = "EHLO"
    OPEN = "STARTTLS, AUTH, an envelope, QUIT"
    CONTENT_DUE = "the content of the mail"
    SECURING = "nothing: TLS is being set up"
    LEAVING = "QUIT"
    OVER = "nothing ever"


class Step(enum.Enum):
    """What a reply answers."""

    GREETING = "the greeting"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    USERNAME = "AUTH LOGIN"
    PASSWORD = "the user name"  # noqa: S105
    RSET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    CONTENT = "the content"
    LONE_DOT = "the dot of a refused mail"
    NOOP = "NOOP"
    QUIT = "QUIT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A step that is about no mail was taken: greeting, EHLO, STARTTLS, AUTH, NOOP, QUIT.

    Also RSET, where it took a trial envelope back.
    """

    step: Step
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """Such a step was refused."""

    step: Step
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class GoAhead:
    """The envelope was taken; the content of the mail is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the server says of the oldest mail on the wire; nothing of it is left to send."""

    stage: Stage
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The server is about to hang up (421); mails that it has not answered are not sent."""

    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbled:
    """What the server says cannot be understood, so nothing more can be said to it."""

    reason: str


Event = Agreed | Declined | GoAhead | Answered | Closing | Garbled


@dataclass(frozen=True, slots=True)
class _Meaning:
    """stage: to which part of the conversation the reply belongs. good: its first digit."""

    stage: Stage
    good: int


_MEANINGS = {
    Step.GREETING: _Meaning(Stage.CONNECT, 2),
    Step.EHLO: _Meaning(Stage.CONNECT, 2),
    Step.STARTTLS: _Meaning(Stage.CONNECT, 2),
    Step.AUTH: _Meaning(Stage.AUTH, 2),
    Step.USERNAME: _Meaning(Stage.AUTH, 3),
    Step.PASSWORD: _Meaning(Stage.AUTH, 3),
    Step.RSET: _Meaning(Stage.MAIL, 2),
    Step.MAIL: _Meaning(Stage.MAIL, 2),
    Step.RCPT: _Meaning(Stage.RCPT, 2),
    Step.DATA: _Meaning(Stage.DATA, 3),
    Step.CONTENT: _Meaning(Stage.CONTENT, 2),
    Step.LONE_DOT: _Meaning(Stage.CONTENT, 2),
    Step.NOOP: _Meaning(Stage.CONNECT, 2),
    Step.QUIT: _Meaning(Stage.CONNECT, 2),
}

_SAID: dict[tuple[State, Step], State] = {
    (State.GREETED, Step.EHLO): State.SILENT,
    (State.OPEN, Step.STARTTLS): State.SILENT,
    (State.OPEN, Step.AUTH): State.SILENT,
    (State.OPEN, Step.USERNAME): State.SILENT,
    (State.OPEN, Step.MAIL): State.SILENT,
    (State.OPEN, Step.NOOP): State.SILENT,
    (State.CONTENT_DUE, Step.CONTENT): State.SILENT,  # OPEN where commands may be grouped
    (State.OPEN, Step.QUIT): State.SILENT,
    (State.GREETED, Step.QUIT): State.SILENT,
    (State.LEAVING, Step.QUIT): State.SILENT,
}

# The state behind the last answer that was due; a missing entry changes nothing.
_HEARD: dict[tuple[Step, bool], State] = {
    (Step.GREETING, True): State.GREETED,
    (Step.GREETING, False): State.LEAVING,
    (Step.EHLO, True): State.OPEN,
    (Step.EHLO, False): State.LEAVING,
    (Step.STARTTLS, True): State.SECURING,
    (Step.STARTTLS, False): State.OPEN,
    (Step.AUTH, True): State.OPEN,
    (Step.AUTH, False): State.OPEN,
    (Step.USERNAME, False): State.OPEN,
    (Step.PASSWORD, False): State.OPEN,
    (Step.MAIL, False): State.OPEN,
    (Step.RCPT, False): State.OPEN,
    (Step.RSET, True): State.OPEN,
    (Step.DATA, True): State.CONTENT_DUE,
    (Step.DATA, False): State.OPEN,
    (Step.CONTENT, True): State.OPEN,
    (Step.CONTENT, False): State.OPEN,
    (Step.LONE_DOT, True): State.OPEN,
    (Step.LONE_DOT, False): State.OPEN,
    (Step.NOOP, True): State.OPEN,
    (Step.NOOP, False): State.OPEN,
    (Step.QUIT, True): State.OVER,
    (Step.QUIT, False): State.OVER,
}


class OutOfTurn(Exception):
    """Our own mistake: this cannot be said now."""


@dataclass(slots=True)
class _Offer:
    """What is known of the envelope that was offered last."""

    rest: deque[tuple[Step, bytes]]  # not yet said; empty where commands are grouped
    refusal: Answered | None = None
    recipient_taken: bool = False


class Dialogue:
    """One conversation, from the greeting to the goodbye."""

    def __init__(self, local_name: str) -> None:
        """local_name: how we call ourselves in EHLO. Counts in `heard` the replies so far."""
        self._local_name = local_name
        self._state = State.SILENT
        self._due: deque[Step] = deque([Step.GREETING])
        self._replies = ReplyReader()
        self._output: list[Buffer] = []
        self._offer = _Offer(rest=deque())
        self._login = ("", "")
        self._reset_first = False
        self.extensions = Extensions()
        self.heard = 0

    @property
    def state(self) -> State:
        return self._state

    @property
    def due(self) -> Step | None:
        """What the next reply will answer, or would have; None where no reply is due."""
        return self._due[0] if self._due else None

    @property
    def stage(self) -> Stage:
        """Where the conversation stands."""
        return _MEANINGS[self._due[0]].stage if self._due else Stage.DATA

    # What is said

    def say_hello(self) -> None:
        self._say(Step.EHLO, f"EHLO {self._local_name}\r\n".encode("ascii"))

    def start_tls(self) -> None:
        """Ask for TLS (RFC 3207). Behind its Agreed, set TLS up and call `secured`."""
        self._say(Step.STARTTLS, b"STARTTLS\r\n")

    def secured(self) -> None:
        """Begin anew under TLS, with nothing that was heard before it (RFC 3207 4.2).

        Bytes that had come behind the answer to STARTTLS are dropped: somebody on the
        way could have put them there.
        """
        if self._state is not State.SECURING:
            raise OutOfTurn("TLS was not agreed")
        self._replies = ReplyReader()
        self.extensions = Extensions()
        self._state = State.GREETED

    def log_in(self, username: str, password: str) -> None:
        """Log in by AUTH PLAIN (RFC 4616), or by AUTH LOGIN where that alone is offered."""
        if "PLAIN" in self.extensions.login_mechanisms:
            secret = _base64(f"\0{username}\0{password}")
            self._say(Step.AUTH, b"AUTH PLAIN " + secret + b"\r\n")
        else:
            self._login = (username, password)
            self._say(Step.USERNAME, b"AUTH LOGIN\r\n")

    def offer(self, envelope: Envelope, *, size_bytes: int) -> None:
        """Offer a mail. Its events are GoAhead, or Answered where it is refused."""
        self._begin_envelope(
            [*self._envelope_commands(envelope, size_bytes), (Step.DATA, b"DATA\r\n")]
        )

    def try_envelope(self, envelope: Envelope, *, size_bytes: int) -> None:
        """Offer an envelope and take it back: MAIL, RCPT, RSET. No mail follows it.

        RCPT is left out where no recipient is named. Its event is Agreed to RSET, or
        Answered where something was refused.
        """
        mail, recipient = self._envelope_commands(envelope, size_bytes)
        named = [recipient] if envelope.recipient else []
        self._begin_envelope([mail, *named, (Step.RSET, b"RSET\r\n")])

    def _begin_envelope(self, commands: Sequence[tuple[Step, bytes]]) -> None:
        self._require(Step.MAIL)
        if self._reset_first:
            commands = [(Step.RSET, b"RSET\r\n"), *commands]
        self._offer = _Offer(rest=deque(commands))
        self._reset_first = False
        self._say_rest(len(commands) if self.extensions.pipelining else 1)

    def give(self, mail: Sequence[bytes]) -> None:
        """Give the content of the mail, and the dot behind it.

        Where the server offers PIPELINING the next envelope may follow at once.
        """
        self._require(Step.CONTENT)
        self._output.extend(stuff(mail))
        self._due.append(Step.CONTENT)
        self._state = self._behind_content()

    def ask_nothing(self) -> None:
        """Say NOOP, to see that the server is there and how long it takes to answer."""
        self._say(Step.NOOP, b"NOOP\r\n")

    def quit(self) -> None:
        self._say(Step.QUIT, b"QUIT\r\n")

    def take_output(self) -> list[Buffer]:
        """Return what is to be written now, once."""
        output, self._output = self._output, []
        return output

    def _say(self, step: Step, command: bytes) -> None:
        self._require(step)
        self._output.append(command)
        self._due.append(step)

    def _require(self, step: Step) -> None:
        try:
            self._state = _SAID[self._state, step]
        except KeyError:
            raise OutOfTurn(f"{step.value} was said where {self._state.value} may be") from None

    def _behind_content(self) -> State:
        # RFC 2920 3.1: message content may begin a group of commands.
        return State.OPEN if self.extensions.pipelining else State.SILENT

    def _envelope_commands(self, envelope: Envelope, size_bytes: int) -> list[tuple[Step, bytes]]:
        return [
            (Step.MAIL, self._mail_command(envelope, size_bytes)),
            (Step.RCPT, f"RCPT TO:<{_path(envelope.recipient)}>\r\n".encode()),
        ]

    def _mail_command(self, envelope: Envelope, size_bytes: int) -> bytes:
        command = f"MAIL FROM:<{_path(envelope.sender)}>"
        if self.extensions.size:
            command += f" SIZE={size_bytes}"
        if envelope.needs_smtputf8:
            # RFC 6531 3.4: with addresses in UTF-8 the header fields are 8bit as well.
            command += " BODY=8BITMIME SMTPUTF8"
        return f"{command}\r\n".encode()

    def _say_rest(self, count: int) -> None:
        for _ in range(count):
            step, command = self._offer.rest.popleft()
            self._output.append(command)
            self._due.append(step)

    # What is heard

    def receive(self, data: bytes) -> list[Event]:
        """Take what the server has sent and return what it means.

        Behind Garbled, Closing and the answer to QUIT nothing is heard any more.
        """
        events: list[Event] = []
        self._replies.feed(data)
        try:
            while self._hears() and (reply := self._replies.next()) is not None:
                self._hear(reply, events)
        except Unintelligible as error:
            self._state = State.OVER
            events.append(Garbled(reason=f"The mail server does not speak SMTP: {error}"))
        return events

    def _hears(self) -> bool:
        return self._state not in (State.SECURING, State.OVER)

    def _hear(self, reply: Reply, events: list[Event]) -> None:
        self.heard += 1
        step = self._due.popleft() if self._due else None
        if reply.code == 421:
            self._hear_goodbye(step, reply, events)
        elif step is None:
            raise Unintelligible(f"{_shown(reply)} where no answer was due")
        elif reply.code // 100 == _MEANINGS[step].good:
            self._hear_consent(step, reply, events)
        elif reply.code >= 400:
            self._hear_refusal(step, reply, events)
        else:
            raise Unintelligible(f"{_shown(reply)} as an answer to {step.value}")

    def _hear_consent(self, step: Step, reply: Reply, events: list[Event]) -> None:
        match step:
            case Step.CONTENT:
                events.append(Answered(stage=Stage.CONTENT, reply=_on_one_line(reply)))
            case Step.MAIL | Step.RCPT | Step.RSET:
                self._offer.recipient_taken = step is Step.RCPT
                self._go_on(step, reply, events)
            case Step.DATA:
                self._hear_go_ahead(events)
                return
            case Step.USERNAME | Step.PASSWORD:
                self._answer_challenge(step)
            case Step.LONE_DOT:
                pass
            case _:
                if step is Step.EHLO:
                    self.extensions = parse_extensions(reply)
                events.append(Agreed(step=step, reply=_on_one_line(reply)))
        self._settle_state(step, agreed=True)

    def _go_on(self, step: Step, reply: Reply, events: list[Event]) -> None:
        if self._offer.rest:
            self._say_rest(1)
        elif step is Step.RSET and not self._due:
            # Nothing follows it: it took a trial envelope back.
            events.append(self._offer.refusal or Agreed(step=step, reply=_on_one_line(reply)))

    def _hear_go_ahead(self, events: list[Event]) -> None:
        offer = self._offer
        if offer.refusal is None:
            events.append(GoAhead())
            self._settle_state(Step.DATA, agreed=True)
        elif offer.recipient_taken:
            # A dot now would send the recipient an empty mail.
            events.append(offer.refusal)
            raise Unintelligible("354 for a mail whose sender was refused")
        else:
            # RFC 2920 3.1: DATA may be taken although no recipient was; a dot ends it.
            events.append(offer.refusal)
            self._output.append(b".\r\n")
            self._due.append(Step.LONE_DOT)
            self._state = self._behind_content()

    def _hear_refusal(self, step: Step, reply: Reply, events: list[Event]) -> None:
        answer = Answered(stage=_MEANINGS[step].stage, reply=_on_one_line(reply))
        match step:
            case Step.CONTENT:
                events.append(answer)
            case Step.MAIL | Step.RCPT | Step.DATA:
                self._hear_envelope_refused(step, answer, events)
            case Step.RSET:
                raise Unintelligible(f"{_shown(reply)} as an answer to RSET")
            case Step.LONE_DOT:
                pass
            case _:
                events.append(Declined(step=step, reply=answer.reply))
        self._settle_state(step, agreed=False)

    def _hear_envelope_refused(self, step: Step, answer: Answered, events: list[Event]) -> None:
        """Keep the first refusal until the answer to the group's last command."""
        offer = self._offer
        offer.refusal = offer.refusal or answer
        if step is Step.DATA or offer.rest:
            events.append(offer.refusal)
            self._reset_first = True

    def _hear_goodbye(self, step: Step | None, reply: Reply, events: list[Event]) -> None:
        """Take a 421, which may answer any command or none (RFC 5321 3.8)."""
        reply = _on_one_line(reply)
        self._state = State.OVER
        match step:
            case Step.CONTENT | Step.MAIL:
                events.append(Answered(stage=_MEANINGS[step].stage, reply=reply))
            case Step.RCPT | Step.DATA:
                answer = Answered(stage=_MEANINGS[step].stage, reply=reply)
                events.append(self._offer.refusal or answer)
            case None | Step.RSET | Step.LONE_DOT | Step.QUIT:
                pass
            case _:
                events.append(Declined(step=step, reply=reply))
        events.append(Closing(reply=reply))

    def _answer_challenge(self, step: Step) -> None:
        username, password = self._login
        if step is Step.USERNAME:
            self._output.append(_base64(username) + b"\r\n")
            self._due.append(Step.PASSWORD)
        else:
            self._output.append(_base64(password) + b"\r\n")
            self._due.append(Step.AUTH)

    def _settle_state(self, step: Step, *, agreed: bool) -> None:
        if not self._due:
            self._state = _HEARD.get((step, agreed), self._state)


def can_be_written(address: str) -> bool:
    """Whether an address stays within its path and its line (RFC 5321 4.1.2)."""
    breaks_out = any(c in address for c in "<> ") and not address.startswith('"')
    return address.isprintable() and not breaks_out


def _path(address: str) -> str:
    if not can_be_written(address):
        raise ValueError("The address cannot be written in an SMTP command.")
    return address


def _base64(text: str) -> bytes:
    return base64.b64encode(text.encode())


def _on_one_line(reply: Reply) -> Reply:
    return replace(reply, text=reply.text.replace("\n", " ")) if "\n" in reply.text else reply


def _shown(reply: Reply) -> str:
    return f"“{reply.code} {reply.text[:60]}”"
