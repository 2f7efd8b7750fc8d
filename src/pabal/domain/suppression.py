"""Suppressions: addresses that must not be mailed, and why."""

import enum
from dataclasses import dataclass
from datetime import datetime

EVERYTHING = "all"


class Reason(enum.Enum):
    """Why an address is not mailed."""

    BOUNCE = "bounce"  # the mailbox does not exist
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    PAUSED = "paused"  # bounced softly, again and again
    MANUAL = "manual"


def list_scope(list_number: int) -> str:
    return f"list:{list_number}"


def topic_scope(topic_number: int) -> str:
    return f"topic:{topic_number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A stop for one address.

    address: Address.identity.
    scope: EVERYTHING, or one list or topic that was left.
    detail: what a person reads beside the reason, such as the server's reply.
    """

    address: str
    scope: str
    reason: Reason
    since: datetime
    detail: str = ""
