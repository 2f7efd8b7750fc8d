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


class Throttle(enum.Enum):
    """Who is to have fewer mails, by a reply to one of them."""

    EVERYBODY = "everybody"  # the server has had too many mails or connections of ours
    DOMAIN = "domain"  # the recipient's provider has, as far as one reply tells


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
    throttle: None where the reply is not about how many mails come. Greylisting is not: it
    asks for a second attempt (RFC 6647).
    suppress: the mailbox does not exist; do not mail the address again.
    """

    verdict: Verdict
    scope: Scope = Scope.MESSAGE
    stage: Stage = Stage.CONTENT
    reply: Reply | None = None
    text: str = ""
    throttle: Throttle | None = None
    suppress: bool = False
