"""Feedback: what comes back is made durable, and whoever complains leaves. Repeating is safe."""

import logging
from datetime import datetime

from pabal.domain.bouncing import BouncePolicy, Weight
from pabal.domain.event import FeedbackEvent
from pabal.ledger.port import Ledger, Recorded
from pabal.pipeline.ports import Audience

_LOG = logging.getLogger("pabal.feedback")
_LEAVES = frozenset({Weight.COMPLAINT, Weight.LEFT})


def apply_event(
    event: FeedbackEvent,
    *,
    ledger: Ledger,
    audience: Audience,
    policy: BouncePolicy,
    now: datetime,
) -> Recorded:
    """Keep an event and do what follows from it.

    When it returns, both are durable: the mail that told it may be thrown away.

    Raises Unavailable: repeat it. The two halves are in two transactions, so the second is
    done also for an event that was told before: the first time may have ended between them.
    """
    recorded = ledger.record_event(event, policy=policy, now=now)
    if recorded.delivery is not None and recorded.weight in _LEAVES:
        audience.leave(recorded.delivery, source=event.kind.value, at=event.at)
    if recorded.is_new:
        _log(event, recorded)
    return recorded


def _log(event: FeedbackEvent, recorded: Recorded) -> None:
    """No address is logged; a refusal that is about us is an alarm."""
    level = logging.ERROR if recorded.weight is Weight.ABOUT_US else logging.INFO
    _LOG.log(
        level,
        "delivery %s: %s, %s",
        recorded.delivery,
        event.kind.value,
        recorded.weight.value,
        extra={
            "delivery": recorded.delivery,
            "event": event.id,
            "code": event.reply.code,
            "text": event.reply.text,
        },
    )
