"""What comes back about a mail that was sent: a bounce, a complaint, a delivery.

Events come more than once, late and in any order; nothing may depend on when one is told.
"""

import enum
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pabal.domain.identity import DeliveryId
from pabal.domain.outcome import Reply

if TYPE_CHECKING:
    from pabal.domain.engagement import Hit


class EventKind(enum.Enum):
    ACCEPTED = "accepted"  # the service that we send through has taken it
    DELIVERED = "delivered"
    DELAYED = "delayed"  # somebody is still trying
    BOUNCED = "bounced"
    REJECTED = "rejected"  # the service that we send through did not send it
    COMPLAINED = "complained"  # somebody, or their provider, reported the mail
    UNSUBSCRIBED = "unsubscribed"
    OPENED = "opened"
    CLICKED = "clicked"


class Source(enum.Enum):
    """What an event was read from."""

    DSN = "dsn"  # a delivery status notification, RFC 3464
    BOUNCE_TEXT = "bounce text"  # a bounce in no standard form
    ARF = "arf"  # a feedback report, RFC 5965
    SES = "ses"  # an event of Amazon SES
    LINK = "link"  # a tracked link or image of the mail itself
    WEBHOOK = "webhook"  # JSON that a service has signed, docs/webhooks.md


class Proof(enum.Enum):
    """How far it is certain which delivery is meant."""

    SEALED = "sealed"  # by a token of ours, or by the service that we send through
    NAMED = "named"  # by an id that anybody on the campaign could have guessed
    NONE = "none"


SAID_NOTHING = Reply(code=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackEvent:
    """Something that was said about a mail after it had been sent.

    id: the same however often it is told; see `event_id`.
    delivery: None where nothing in the report names one.
    address: Address.identity of whom the report is about; "" where it does not say.
    reply: the receiving server's words; code 0 where there are none.
    label: what the source calls it: `abuse`, `Permanent/NoEmail`; "" for bounces by mail.
    hit: who opened or clicked, where the source says it.
    """

    id: str
    kind: EventKind
    at: datetime
    source: Source
    delivery: DeliveryId | None = None
    proof: Proof = Proof.NONE
    address: str = ""
    reply: Reply = SAID_NOTHING
    label: str = ""
    hit: "Hit | None" = None


def event_id(source: Source, *parts: str) -> str:
    """Name an event by what makes it itself: its report, its recipient, its kind."""
    told = "\0".join((source.value, *parts))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]
