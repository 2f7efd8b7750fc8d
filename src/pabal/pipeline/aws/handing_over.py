"""Hand campaigns over to AWS that the console has started. Repeating is safe.

An execution is called as its campaign, so that AWS starts none twice, whoever asks.
"""

import logging
from datetime import datetime

from pabal.domain.errors import Explained, Unavailable
from pabal.pipeline.aws.calls import Start
from pabal.pipeline.aws.errors import AlreadyStarted
from pabal.pipeline.aws.remote import Remote
from pabal.pipeline.ports import Handover, Handovers

_LOG = logging.getLogger("pabal.pipeline")
_TAKEN_BACK = "It was taken back before it was sent."


def hand_over_waiting(handovers: Handovers, remote: Remote, *, now: datetime) -> int:
    """Hand over what waits; return how many went. What cannot go is kept with its reason."""
    gone = 0
    for handover in handovers.waiting():
        try:
            gone += hand_over(handover, handovers, remote, now=now)
        except Explained as error:
            _LOG.error("campaign %s is not handed over: %s", handover.campaign, error)
            handovers.record_trouble(handover.campaign, error, now=now)
            if isinstance(error, Unavailable):
                return gone
    return gone


def hand_over(handover: Handover, handovers: Handovers, remote: Remote, *, now: datetime) -> bool:
    """Hand one campaign over; return whether it is there now. Schedules wait there.

    Raises ServiceUnavailable, LedgerUnavailable: repeat it.
    """
    start = Start(campaign=handover.campaign, digest=handover.digest, starts_at=handover.starts_at)
    try:
        execution = remote.launch(start)
    except AlreadyStarted:  # and the answer was lost
        execution = remote.execution(handover.campaign)
    if handovers.record_done(handover, execution=execution, now=now):
        return True
    remote.call_off(handover.campaign, reason=_TAKEN_BACK)
    return False
