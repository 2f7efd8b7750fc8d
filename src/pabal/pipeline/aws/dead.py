"""Lambda `dead`: tickets that failed again and again. Their deliveries end, with the reason.

What is no ticket stays in the dead-letter queue, with the cause, for a person.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pabal.domain.delivery import Happening
from pabal.domain.errors import InputError
from pabal.domain.outcome import Outcome, Verdict
from pabal.domain.retry import Decision
from pabal.ledger.port import Settlement
from pabal.pipeline.aws import metrics
from pabal.pipeline.aws.calls import Ticket, read_ticket
from pabal.pipeline.aws.queues import Message, failures, read_messages
from pabal.pipeline.aws.wiring import Workshop, workshop
from pabal.sending import maillog

_LOG = logging.getLogger("pabal.mail")
_REASON = (
    "The function that sends it failed each time; nothing was submitted. "
    "Its log in CloudWatch says why."
)
_LEASE = timedelta(minutes=1)


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Messages of the send queue's dead-letter queue in, those that stay there out."""
    return failures(bury(read_messages(event), workshop()))


def bury(messages: Sequence[Message], parts: Workshop) -> Sequence[Message]:
    """End the deliveries of dead tickets; return what is no ticket."""
    staying: list[Message] = []
    for message in messages:
        try:
            _end(read_ticket(message.body), message.cause or _REASON, parts)
        except InputError as error:
            _LOG.error("message %s is no ticket and stays: %s", message.id, error)
            metrics.tell({"DeadLetters": 1}, now=parts.now())
            staying.append(message)
    return staying


def _end(ticket: Ticket, reason: str, parts: Workshop) -> None:
    """Begin and settle an attempt that never goes on the wire. Repeating is safe."""
    ledger, worker, now = parts.ledger(), parts.worker_name(), parts.now()
    ledger.heartbeat(worker, until=now + _LEASE)
    claimed = ledger.claim_named([ticket.delivery], worker=worker, now=now)
    begun = ledger.begin([each.delivery for each in claimed], worker=worker, now=now)
    ended = [
        Settlement(
            attempt=attempt,
            outcome=Outcome(verdict=Verdict.PERMANENT, text=reason),
            decision=Decision(happening=Happening.REFUSED),
            at=now,
        )
        for attempt in begun.attempts
    ]
    ledger.settle(ended)
    for settlement in ended:
        maillog.settled(settlement)
    metrics.tell({"Failed": len(ended)} if ended else {}, now=now, campaign=ticket.campaign)
