"""How a mail server is reached: what its URL says, and how long it may take to answer."""

import enum
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit


class Security(enum.Enum):
    """How the connection is encrypted. There is never a fall-back from one to another."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"  # from the first byte


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait for each step, in seconds (RFC 5321 4.5.3.2).

    A time is for a whole answer, however slowly it comes.

    mail: also for EHLO, STARTTLS and AUTH, of which the RFC says nothing.
    block: for the server to take more of the content while it is written.
    content: for the answer behind the final dot.
    slowest: bytes a second of the content that the server takes at least, but for `block`;
    as Postfix's smtp_min_data_rate. The RFC has no word for who takes a byte a second.
    hurry: how long a mail waits behind another's dot while some connection has nothing to do.
    idle: how long an unused connection is kept; SES hangs up after 10 s.
    """

    connect: float = 30
    greeting: float = 300
    mail: float = 300
    rcpt: float = 300
    data: float = 120
    block: float = 180
    content: float = 600
    slowest: float = 500
    hurry: float = 5
    idle: float = 5
    quit: float = 2

    def stretched(self, factor: float) -> "Timeouts":
        """Return these with the RFC's own times, and what follows from them, so much longer."""
        return replace(
            self,
            greeting=self.greeting * factor,
            mail=self.mail * factor,
            rcpt=self.rcpt * factor,
            data=self.data * factor,
            block=self.block * factor,
            content=self.content * factor,
            slowest=self.slowest / factor,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """A mail server and how to use it.

    username: "" for no login.
    connections: at most so many at once; they are opened when there is something to send.
    ca_file: certificates (PEM) to trust beside the system's.
    local_name: how we call ourselves in EHLO; "" for our address (RFC 5321 4.1.3).
    """

    host: str
    port: int
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    connections: int = 4
    ca_file: Path | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    local_name: str = ""

    @property
    def server(self) -> str:
        """The server as people write it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_PORTS = {Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465}


def smtp_settings(
    url: str,
    *,
    connections: int = 4,
    ca_file: Path | None = None,
    local_name: str = "",
    patience: float = 1,
) -> SmtpSettings:
    """Read a mail server's URL.

    smtp://user:password@host:587 uses STARTTLS, which ?tls=none turns off;
    smtps://host:465 is TLS from the first byte. Name and password are percent-decoded.
    patience: how many times as long as the RFC says a server is waited for.

    Raises ValueError: with a sentence that says what is wrong, without the password.
    """
    parts = urlsplit(url)
    security = _security(parts)
    if not parts.hostname:
        raise ValueError("it names no host")
    if parts.path not in ("", "/") or parts.fragment:
        raise ValueError("behind the host and the port nothing but ?tls=none may follow")
    if parts.password and not parts.username:
        raise ValueError("it has a password and no user name")
    return SmtpSettings(
        host=parts.hostname,
        port=_port(parts) or _PORTS[security],
        security=security,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        connections=connections,
        ca_file=ca_file,
        timeouts=Timeouts().stretched(patience),
        local_name=local_name,
    )


def _security(parts: SplitResult) -> Security:
    if parts.scheme not in ("smtp", "smtps"):
        raise ValueError("it does not begin with smtp:// or smtps://")
    query = parse_qs(parts.query, keep_blank_values=True)
    if not query:
        return Security.TLS if parts.scheme == "smtps" else Security.STARTTLS
    if query != {"tls": ["none"]}:
        raise ValueError("the only thing that may follow the question mark is tls=none")
    if parts.scheme == "smtps":
        raise ValueError("smtps:// and tls=none contradict each other")
    return Security.NONE


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise ValueError("its port is not a number from 1 to 65535") from None
