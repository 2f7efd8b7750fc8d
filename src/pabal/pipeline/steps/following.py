"""Follow: where a tracked link leads, and what of it is kept.

Whoever follows a link gets where it led when the mail was written, whatever has been turned
off, objected to or erased meanwhile; only what is recorded of it depends on that. Nothing
of a request is kept but what domain.engagement makes of it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from pabal.domain.bouncing import BouncePolicy
from pabal.domain.engagement import Hit, Request, sign_of
from pabal.domain.event import EventKind
from pabal.domain.identity import DeliveryId
from pabal.domain.target import target_of
from pabal.domain.token import TokenInvalid
from pabal.domain.tracking import Tracking
from pabal.ledger.port import Ledger

_PURPOSES = ("sec-purpose", "purpose", "x-purpose", "x-moz")
# GIF89a, one transparent pixel.
IMAGE = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


def link_target(links: Sequence[str], number: int) -> str:
    """Return where a link of a campaign leads; its number is from 1.

    Raises TokenInvalid: the campaign has no such link, or none that anybody may be sent to.
    """
    if not 0 < number <= len(links):
        raise TokenInvalid
    target = target_of(links[number - 1])
    if target is None:
        raise TokenInvalid
    return target


def request_of(method: str, headers: Mapping[str, str]) -> Request:
    """headers: by their names in lower case."""
    return Request(
        method=method,
        agent=headers.get("user-agent", ""),
        purposes=tuple(headers.get(name, "") for name in _PURPOSES),
    )


def record_hit(
    request: Request,
    delivery: DeliveryId,
    kind: EventKind,
    link: int,
    *,
    allows: Callable[[DeliveryId], Tracking],
    ledger: Callable[[], Ledger],
    policy: BouncePolicy,
    now: datetime,
) -> None:
    """Keep an open or a click, where installation and reader allow it.

    Raises Unavailable: it may not have been kept.
    """
    if allows(delivery).sees(kind):
        hit = Hit(delivery=delivery, kind=kind, sign=sign_of(kind, request), at=now, link=link)
        ledger().record_hit(hit, policy=policy, now=now)
