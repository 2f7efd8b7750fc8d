"""Fetching what a message from outside names. Redirects are not followed."""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import requests

from pabal.configuration.outward import HTTPSession, InvalidIPAddress, guarded_session
from pabal.feedback.errors import FetchFailed

MAX_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """allow_loopback, ca_file: for trials on this machine."""

    allow_loopback: bool = False
    ca_file: Path | None = None

    def get(self, url: str) -> bytes:
        """Return at most MAX_BYTES of what is there.

        Raises FetchFailed: nobody answers, not with 200, or the address is a private one.
        """
        with guarded_session(
            agent="Pabal", allow_loopback=self.allow_loopback, ca_file=self.ca_file
        ) as session:
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
