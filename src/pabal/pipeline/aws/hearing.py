"""Hear what happened on AWS: messages of the returns queue, into the console's database.

SQS gives a message at least once, in any order. It is removed when what it says is durable;
what nobody can use goes into the dead-letter queue with its reason, for a person.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pabal.domain.errors import PabalError, Unavailable
from pabal.feedback.roads.port import Found, Road
from pabal.package.manifest import content_digest
from pabal.pipeline.aws.returns import Ended, Left, Objected, Return, Stopped, read_return
from pabal.pipeline.ports import Returns

_LOG = logging.getLogger("pabal.returns")
_COMES_AGAIN = timedelta(days=30)  # SQS keeps a message for 14 days; put back by hand, for 14 more


@dataclass(slots=True)
class Heard:
    """What a visit to the queue came to, in messages. refused: in the dead-letter queue."""

    applied: int = 0
    refused: int = 0


def hear(
    road: Road, returns: Returns, *, now: datetime, stopped: Callable[[], bool] = lambda: False
) -> Heard:
    """Visit the queue once, and do what its messages say.

    Raises Unavailable: the queue or the database cannot be reached; nothing is lost.
    """
    heard = Heard()
    with road.visit() as visit:
        for found in visit.waiting():
            reason = _refusal(found, returns, now)
            if reason:
                visit.keep(found, reason=reason)
                heard.refused += 1
            else:
                visit.remove(found)
                heard.applied += 1
            if stopped():
                break
    if heard.applied:
        returns.forget(before=now - _COMES_AGAIN)
    return heard


def _refusal(found: Found, returns: Returns, now: datetime) -> str:
    """Apply a message; return why it cannot be used, "" where what it says is durable."""
    try:
        told = read_return(found.raw.decode(errors="replace"))
        _apply(told, content_digest(found.raw), returns, now)
    except Unavailable:
        raise
    except PabalError as error:
        _LOG.error("a message is refused: %s", error)
        return str(error)
    return ""


def _apply(told: Return, message: str, returns: Returns, now: datetime) -> None:
    match told:
        case Left():
            about = {"scope": told.scope, "source": told.source}
            returns.left(told.delivery, **about, at=told.at, message=message)
        case Objected():
            returns.objected(told.delivery, at=told.at, message=message)
        case Stopped():
            returns.stopped(told.suppression, message=message)
        case Ended():
            returns.ended(told.campaign, explanation=told.explanation, now=now)
