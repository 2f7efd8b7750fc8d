"""A mail that came back, and what it was taken for."""

import enum
from dataclasses import dataclass
from datetime import datetime

from pabal.domain.event import FeedbackEvent
from pabal.domain.identity import DeliveryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail as it was found.

    raw: at least its first READ_BYTES (feedback.mime).
    recipient: of the envelope, where the road knows it; "" elsewhere.
    found_at: when it was read; no event is later than that.
    """

    raw: bytes
    found_at: datetime
    recipient: str = ""


class Sort(enum.Enum):
    """What a mail was taken for."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"  # to the mailto address of List-Unsubscribe (RFC 2369 3.2)
    AUTOMATIC_ANSWER = "automatic answer"  # out of office, read receipts: RFC 3834, RFC 8098
    OTHER = "other"  # for a person, or nothing that we know


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a mail was taken for, and what it says about deliveries.

    leaver: the delivery whose recipient leaves the list; for UNSUBSCRIBE only.
    """

    sort: Sort
    events: tuple[FeedbackEvent, ...] = ()
    leaver: DeliveryId | None = None
