"""Fetching what a message from outside names, without being sent where nobody should go.

The address is resolved, held against the guard (nothing private, loopback or link-local) and
connected to by the very address that was checked. Redirects are not followed.
"""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import requests
from requests_hardened import Config, HTTPSession  # pyright: ignore[reportMissingTypeStubs]
from requests_hardened.ip_filter import (  # pyright: ignore[reportMissingTypeStubs]
    InvalidIPAddress,
)

from pabal.feedback.errors import FetchFailed

MAX_BYTES = 65_536
_PATIENCE = (3.0, 5.0)  # seconds to connect, and without a byte: SNS waits 15 for our answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """allow_loopback, ca_file: for trials on this machine."""

    allow_loopback: bool = False
    ca_file: Path | None = None

    def get(self, url: str) -> bytes:
        """Return at most MAX_BYTES of what is there.

        Raises FetchFailed: nobody answers, not with 200, or the address is a private one.
        """
        config = Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=self.allow_loopback,
            never_redirect=True,
            default_timeout=_PATIENCE,
            user_agent_override="Pabal",
        )
        with HTTPSession(config) as session:
            session.trust_env = False  # a proxy would resolve names behind the guard's back
            if self.ca_file is not None:
                session.verify = str(self.ca_file)
            try:
                return _read(session, url)
            except (requests.RequestException, InvalidIPAddress) as error:
                raise FetchFailed(url=url[:200], reason=type(error).__name__) from error


def _read(session: HTTPSession, url: str) -> bytes:
    with session.request("GET", url, stream=True) as response:
        if response.status_code != HTTPStatus.OK:
            raise FetchFailed(url=url[:200], reason=f"it answers {response.status_code}")
        read = bytearray()
        for chunk in response.iter_content(MAX_BYTES):
            read += chunk
            if len(read) >= MAX_BYTES:
                break
        return bytes(read[:MAX_BYTES])
