"""A mailbox that is visited. Implementations fetch and put away; they read nothing."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A mail that was waiting.

    name: what the mailbox calls it. raw: at least its first READ_BYTES (feedback.mime).
    is_event: it is no mail but an event of SES, and the road vouches that SES told it.
    """

    name: str
    raw: bytes
    is_event: bool = False


class Visit(Protocol):
    """One visit to a mailbox.

    Every method raises RoadUnavailable: go again later; what was not put away is found again.
    """

    def waiting(self) -> Iterator[Found]:
        """Mails that were not put away before, oldest first; not endlessly many."""
        ...

    def remove(self, found: Found) -> None:
        """Throw a mail away: what it tells is durable elsewhere."""
        ...

    def keep(self, found: Found, *, reason: str = "") -> None:
        """Leave a mail for a person, so that the next visit does not find it.

        reason: why it was not understood; written beside it where the road can.
        """
        ...


class Road(Protocol):
    def visit(self) -> AbstractContextManager[Visit]:
        """Go there. Removing takes effect, at the latest, when the visit ends well.

        Raises RoadUnavailable.
        """
        ...
