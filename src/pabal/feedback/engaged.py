"""Opens and clicks as services tell them: who it was, and nothing else of what they say."""

from datetime import datetime

from pabal.domain.engagement import Hit, Request, sign_of
from pabal.domain.event import EventKind
from pabal.domain.identity import DeliveryId
from pabal.feedback.seals import Seals

_LONGEST = 500  # characters of a link that are looked at


def hit_in(
    kind: EventKind,
    delivery: DeliveryId | None,
    *,
    agent: str,
    link: str,
    at: datetime,
    seals: Seals,
) -> Hit | None:
    """Return the hit; None where it is none, or nobody's.

    link: "" where it is not told. One of our own, which a service has wrapped, counts itself.
    """
    if delivery is None or kind not in (EventKind.OPENED, EventKind.CLICKED):
        return None
    if seals.is_tracked_link(link[:_LONGEST]):
        return None
    sign = sign_of(kind, Request(method="GET", agent=agent))
    return Hit(delivery=delivery, kind=kind, sign=sign, at=at)
