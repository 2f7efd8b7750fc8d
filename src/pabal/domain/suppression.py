"""Suppressions: addresses that must not be mailed, and why."""

import enum
from dataclasses import dataclass
from datetime import datetime

EVERYTHING = "all"
RESTING = "resting"  # the scope of advertising, for those who want none for a while
TRACKING = "tracking"  # of no campaign: who objects to what is recorded of readers
OWED = "owed"  # among a campaign's scopes: its mails go also to who has left (정보통신망법 50(7))


class Reason(enum.Enum):
    """Why an address is not mailed."""

    BOUNCE = "bounce"  # the mailbox does not exist
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    RESTING = "resting"  # they asked for a pause themselves
    PAUSED = "paused"  # bounced softly, again and again
    MANUAL = "manual"
    ERASED = "erased"  # their data was erased; only an alias of the address is kept


def list_scope(list_number: int) -> str:
    return f"list:{list_number}"


def topic_scope(topic_number: int) -> str:
    return f"topic:{topic_number}"


def stops(scope: str, reason: Reason, scopes: frozenset[str]) -> bool:
    """Whether a suppression keeps its address out of a campaign with these scopes."""
    if reason is Reason.UNSUBSCRIBED and OWED in scopes:
        return False
    return scope == EVERYTHING or scope in scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A stop for one address.

    address: Address.identity, or what erasure.Aliases makes of it.
    scope: EVERYTHING, or one list or topic that was left.
    detail: what a person reads beside the reason, such as the server's reply.
    """

    address: str
    scope: str
    reason: Reason
    since: datetime
    detail: str = ""
