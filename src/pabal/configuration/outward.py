"""HTTP to addresses that somebody has typed or sent, without being led where nobody should go.

Each address, and each that it redirects to, is resolved, held against the guard (nothing
private, loopback or link-local) and connected to by the very address that was checked.
"""

from pathlib import Path

from requests_hardened import Config, HTTPSession  # pyright: ignore[reportMissingTypeStubs]
from requests_hardened.ip_filter import (  # pyright: ignore[reportMissingTypeStubs]
    InvalidIPAddress,
)

__all__ = ["HTTPSession", "InvalidIPAddress", "guarded_session"]

_PATIENCE = (3.0, 5.0)  # seconds to connect, and without a byte: SNS waits 15 for our answer


def guarded_session(
    *, agent: str, redirects: int = 0, allow_loopback: bool = False, ca_file: Path | None = None
) -> HTTPSession:
    """Open a session for one thread; to be closed.

    redirects: how many it follows. allow_loopback, ca_file: for trials on this machine.
    Its requests raise InvalidIPAddress, or RequestException.
    """
    config = Config(
        ip_filter_enable=True,
        ip_filter_allow_loopback_ips=allow_loopback,
        never_redirect=not redirects,
        default_timeout=_PATIENCE,
        user_agent_override=agent,
    )
    session = HTTPSession(config)
    session.trust_env = False  # a proxy would resolve names behind the guard's back
    session.max_redirects = redirects
    if ca_file is not None:
        session.verify = str(ca_file)
    return session
