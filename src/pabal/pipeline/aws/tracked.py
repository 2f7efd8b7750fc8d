"""Tracked links and the image that shows an open: /c/ and /o/ of mails (steps.following)."""

import logging
from collections.abc import Mapping
from typing import Any

from pabal.domain.engagement import ANY_LINK
from pabal.domain.errors import Unavailable
from pabal.domain.event import EventKind
from pabal.domain.identity import DeliveryId, split_delivery_id
from pabal.domain.token import Purpose, TokenInvalid
from pabal.pipeline.aws.answers import Answer, image_answer, redirect_answer
from pabal.pipeline.aws.bucket import Linked
from pabal.pipeline.aws.calls import part_of, read_link
from pabal.pipeline.aws.wiring import Workshop
from pabal.pipeline.steps.following import IMAGE, link_target, record_hit, request_of

_LOG = logging.getLogger("pabal.tracking")
_LONGEST_NUMBER = 6  # digits


def click(event: Mapping[str, Any], method: str, parts: Workshop) -> Answer:
    """Send a reader on to where a link of their mail leads.

    Raises TokenInvalid: it leads nowhere. ServiceUnavailable.
    """
    delivery, linked = _read(event, parts)
    number = _number(part_of(event, "pathParameters").get("number"))
    target = link_target(linked.links, number)
    _record(event, method, delivery, linked, EventKind.CLICKED, number, parts)
    return redirect_answer(target)


def look(event: Mapping[str, Any], method: str, parts: Workshop) -> Answer:
    """Answer with the image; whoever has made the address up gets the same."""
    try:
        delivery, linked = _read(event, parts)
        _record(event, method, delivery, linked, EventKind.OPENED, ANY_LINK, parts)
    except TokenInvalid:
        pass
    except Unavailable as error:
        _LOG.warning("an image is answered, and not recorded: %s", error)
    return image_answer(IMAGE)


def _read(event: Mapping[str, Any], parts: Workshop) -> tuple[DeliveryId, Linked]:
    """Raises TokenInvalid: we did not make it, or have not sent its campaign."""
    delivery = read_link(event, parts.links.keys, Purpose.TRACKING)
    linked = parts.linked(split_delivery_id(delivery)[0])
    if linked is None:
        raise TokenInvalid
    return delivery, linked


def _number(told: object) -> int:
    """Raises TokenInvalid."""
    text = str(told)
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise TokenInvalid
    return int(text)


def _record(
    event: Mapping[str, Any],
    method: str,
    delivery: DeliveryId,
    linked: Linked,
    kind: EventKind,
    link: int,
    parts: Workshop,
) -> None:
    """Keep a hit, where that is allowed; the reader goes on in any case."""
    headers = {name: str(value) for name, value in part_of(event, "headers").items()}
    try:
        record_hit(
            request_of(method, headers),
            delivery,
            kind,
            link,
            allows=lambda name: linked.tracking.within(parts.allows(name)),
            ledger=parts.ledger,
            policy=parts.surroundings.bounce_policy,
            now=parts.now(),
        )
    except Unavailable as error:
        _LOG.warning("%s of %s is not recorded: %s", kind.value, delivery, error)
