"""What became of an attempt: the server's reply, and what it means."""

import enum
from dataclasses import dataclass


class Verdict(enum.Enum):
    ACCEPTED = "accepted"
    TRANSIENT = "transient"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"  # the last byte had left and no answer came


class Scope(enum.Enum):
    """Whom a failure concerns."""

    ADDRESS = "address"
    MESSAGE = "message"
    ACCOUNT = "account"  # the sender, its login or the server: every recipient alike


class Concern(enum.Enum):
    """Whom a refusal is about that came back later, in a mail or an event."""

    MAILBOX_GONE = "mailbox gone"
    NO_HOST = "no host"
    MAILBOX_FULL = "mailbox full"
    SENDER = "sender"  # its address, its name or its reputation
    MAIL = "mail"  # its size, its form, our protocol
    UNKNOWN = "unknown"


class Stage(enum.Enum):
    """How far the conversation had come when the reply was given."""

    CONNECT = "connect"  # greeting, EHLO, STARTTLS
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"  # behind the final dot


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A server's reply (RFC 5321 4.2), with its enhanced code (RFC 3463) where it has one."""

    code: int
    enhanced: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A reply or a failure of the network, classified.

    stage: where it was said.
    reply: None where no server spoke.
    text: what is shown; the server's words, or what the network did.
    slow_down: the server asks for fewer mails a second.
    fewer_connections: the server asks for fewer connections at once (432).
    suppress: the mailbox does not exist; do not mail the address again.
    """

    verdict: Verdict
    scope: Scope = Scope.MESSAGE
    stage: Stage = Stage.CONTENT
    reply: Reply | None = None
    text: str = ""
    slow_down: bool = False
    fewer_connections: bool = False
    suppress: bool = False
