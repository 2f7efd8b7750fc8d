"""Submitting mails to a server. Implementations translate; they decide nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pabal.domain.identity import DeliveryId
from pabal.domain.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who the mail is from and to on the wire (RFC 5321), not in its headers.

    needs_smtputf8: an address has characters outside ASCII (RFC 6531).
    delivery: whose mail it is, for servers that tag what they tell of it later; None for
    a mail that belongs to no campaign.
    """

    sender: str
    recipient: str
    needs_smtputf8: bool = False
    delivery: DeliveryId | None = None


class Transport(Protocol):
    async def submit(self, envelope: Envelope, mail: Sequence[bytes]) -> Outcome:
        """Offer one mail and return what the server said.

        mail: buffers that together are the message, CRLF line ends, ending with CRLF,
        not dot-stuffed. May be called by many tasks at once; they wait their turn.

        Never raises for what a server says or a network does; those are outcomes.
        Raises ServerUnusable: the settings cannot work (no TLS, login refused).
        When cancelled before the mail's first byte left, nothing is sent.
        """
        ...

    async def close(self) -> None:
        """Finish what is on the wire, say goodbye, and close every connection."""
        ...
