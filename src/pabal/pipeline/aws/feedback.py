"""Lambda `feedback`: events of SES into the ledger, and on to the console what it has to know.

Events come more than once and in any order; each is applied as if it came alone.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pabal.domain.errors import PabalError, Unavailable
from pabal.domain.event import FeedbackEvent
from pabal.domain.identity import DeliveryId, split_delivery_id
from pabal.domain.reputation import HARMFUL
from pabal.domain.suppression import EVERYTHING
from pabal.domain.tracking import Tracking
from pabal.feedback.ses import read_event
from pabal.feedback.sns import Kind, Signatures, read_message
from pabal.ledger.port import Ledger, Recorded
from pabal.pipeline.aws import metrics
from pabal.pipeline.aws.certificates import fetch_certificate
from pabal.pipeline.aws.errors import EventRefused
from pabal.pipeline.aws.queues import Message, failures, read_messages
from pabal.pipeline.aws.returns import Left, Stopped, to_json
from pabal.pipeline.aws.wiring import Workshop, workshop
from pabal.pipeline.steps.feedback import apply_event

_LOG = logging.getLogger("pabal.feedback")
_SIGNATURES = Signatures(fetch_certificate)


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Messages of the feedback queue in, those that are to come back out."""
    return failures(take(read_messages(event), workshop(), _SIGNATURES))


def take(messages: Sequence[Message], parts: Workshop, signatures: Signatures) -> Sequence[Message]:
    """Apply what messages say; return those that are to come again.

    What is refused goes into the dead-letter queue with the cause; nothing is thrown away.
    """
    staying: list[Message] = []
    for message in messages:
        try:
            _apply(message.body, parts, signatures)
        except Unavailable as error:
            _LOG.warning("message %s comes again: %s", message.id, error)
            staying.append(message)
        except PabalError as error:
            _LOG.error("message %s is refused: %s", message.id, error)
            parts.queues.give_up(parts.surroundings.dead_feedback_queue, message, cause=str(error))
            metrics.tell({"EventsRefused": 1}, now=parts.now())
    return staying


def _apply(body: str, parts: Workshop, signatures: Signatures) -> None:
    now = parts.now()
    told = _proven(body, parts.surroundings.topic, signatures, now)
    for event in read_event(told, parts.seals, received_at=now):
        _apply_event(event, parts, now)


def _proven(body: str, topic: str, signatures: Signatures, now: datetime) -> str:
    """Return what SES has said through its topic.

    Raises EventRefused: another topic. MessageForged, MessageUnreadable: SNS has not signed it.
    """
    message = read_message(body)
    if message.kind is not Kind.NOTIFICATION or message.topic != topic:
        raise EventRefused(reason="it comes from another topic of SNS")
    signatures.check(message, now=now)
    return message.message


def _apply_event(event: FeedbackEvent, parts: Workshop, now: datetime) -> None:
    ledger = parts.ledger()
    recorded = apply_event(
        event,
        ledger=ledger,
        audience=_Leaving(parts),
        policy=parts.surroundings.bounce_policy,
        limits=parts.surroundings.reputation_limits,
        now=now,
    )
    if recorded.delivery is None:
        raise EventRefused(reason=f"there is no delivery {event.delivery}")
    _tell_of_stops(recorded, ledger, parts)
    if recorded.is_new and recorded.weight in HARMFUL:
        _tell_of_harm(recorded.delivery, ledger, now)


def _tell_of_stops(recorded: Recorded, ledger: Ledger, parts: Workshop) -> None:
    """Let the console stop an address that the ledger has stopped: it chooses who is mailed."""
    found = ledger.delivery(recorded.delivery) if recorded.delivery else None
    if found is None or recorded.weight not in HARMFUL:
        return
    stops = ledger.suppressions([found.address], [EVERYTHING]).values()
    told = (to_json(Stopped(suppression=stop)) for stop in stops)
    parts.queues.put(parts.surroundings.returns_queue, told)


def _tell_of_harm(delivery: DeliveryId, ledger: Ledger, now: datetime) -> None:
    campaign, _ = split_delivery_id(delivery)
    toll = ledger.toll(campaign)
    sent = max(1, toll.sent)
    rates = {
        "BounceRate": 100 * toll.bounces / sent,
        "ComplaintRate": 100 * toll.complaints / sent,
    }
    metrics.tell(rates, now=now, campaign=campaign)


class _Leaving:
    """Implements pipeline.ports.Audience: whoever leaves is out at once, and the console told."""

    def __init__(self, parts: Workshop) -> None:
        self._parts = parts

    def leave(self, delivery: DeliveryId, *, source: str, at: datetime) -> None:
        left = Left(delivery=delivery, scope=EVERYTHING, source=source, at=at)
        self._parts.queues.put(self._parts.surroundings.returns_queue, [to_json(left)])

    def leave_list(self, delivery: DeliveryId, *, at: datetime) -> None:
        """Nobody asks for it by mail here: no mailbox is read."""
        self.leave(delivery, source="mail", at=at)

    def allows(self, delivery: DeliveryId) -> Tracking:
        return self._parts.allows(delivery)
