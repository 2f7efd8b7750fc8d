"""Where on a server the bounce mailbox is, from its URL."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

TIMEOUT = 60.0  # seconds for any one answer
PORTS = {"imaps": 993, "imap": 143, "pop3s": 995, "pop3": 110}
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A mailbox on a server.

    protocol: imaps, imap, pop3s or pop3; without s, TLS is begun by STARTTLS or STLS.
    tls: None on loopback only, where it was turned off.
    """

    protocol: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    mailbox: str
    tls: ssl.SSLContext | None

    def __str__(self) -> str:
        return f"{self.protocol}://{self.host}:{self.port}/{self.mailbox}"

    @property
    def tls_from_start(self) -> bool:
        return self.protocol.endswith("s")


def place_of(url: str, *, ca_file: Path | None = None) -> Place:
    """Read the place of a mailbox from its URL.

    ca_file: certificates to trust beside the system's.

    Raises ValueError: the URL is wrong; the reason has no password in it. OSError: the
    certificates cannot be read.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise ValueError("its port is no number from 0 to 65535") from None
    if not parts.hostname or not parts.username:
        raise ValueError("it names no host, or no user")
    return Place(
        protocol=parts.scheme,
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        mailbox=unquote(parts.path.strip("/")) or "INBOX",
        tls=_tls(parts.hostname, parse_qs(parts.query), ca_file),
    )


def _tls(host: str, options: dict[str, list[str]], ca_file: Path | None) -> ssl.SSLContext | None:
    unknown = set(options) - {"tls"}
    if unknown:
        raise ValueError(f"it has an option that is not known: {sorted(unknown)[0]}")
    if options.get("tls") == ["none"]:
        if host not in _LOOPBACK:
            raise ValueError("tls=none would send the password readable over the network")
        return None
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context
