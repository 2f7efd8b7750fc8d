"""Lambda `public`: the pages behind the links of a mail, open to everybody who has one.

Whoever leaves is out for the very next mail: the ledger is told before the answer, and the
console when it listens next, on EC2 or wherever it runs.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from pabal.domain.errors import Unavailable
from pabal.domain.identity import DeliveryId, split_delivery_id
from pabal.domain.suppression import EVERYTHING, Reason, Suppression
from pabal.domain.token import Purpose, TokenInvalid
from pabal.ledger.errors import CampaignNotOpen
from pabal.ledger.port import Delivery
from pabal.pipeline.aws import pages
from pabal.pipeline.aws.answers import Answer, form_of, page_answer, text_answer
from pabal.pipeline.aws.calls import part_of
from pabal.pipeline.aws.errors import CallUnreadable
from pabal.pipeline.aws.returns import Left, to_json
from pabal.pipeline.aws.wiring import Workshop, workshop

_LOG = logging.getLogger("pabal.public")
_PURPOSES = {"u": Purpose.UNSUBSCRIBE, "p": Purpose.PREFERENCES}
_ONE_CLICK = "List-Unsubscribe"  # RFC 8058 3.1


def handler(event: Mapping[str, Any], _context: object) -> Answer:
    """A request of the HTTP API (payload 2.0) in, a page out."""
    language = pages.language_of(part_of(event, "headers").get("accept-language", ""))
    try:
        return answer(event, language, workshop())
    except (TokenInvalid, CallUnreadable, CampaignNotOpen) as error:
        _LOG.warning("a link is refused: %s", error)
        return page_answer(404, pages.not_valid(language))
    except Unavailable as error:
        _LOG.error("a page fails: %s", error)
        return page_answer(503, pages.try_again(language))


def answer(event: Mapping[str, Any], language: str, parts: Workshop) -> Answer:
    """Raises TokenInvalid, CampaignNotOpen: the link leads to nothing. CallUnreadable."""
    delivery, is_choosing = _delivery(event, parts)
    scopes = _scopes(delivery, parts)
    if _method(event) != "POST":
        return _show(delivery, scopes, language, parts, is_choosing=is_choosing)
    form = form_of(event)
    if _ONE_CLICK in form:
        _leave(delivery, scopes, "one-click", parts)
        return text_answer(200, "unsubscribed\n")
    action = form.get("action")
    if action not in ("leave", "leave everything"):
        return text_answer(400, "nothing was asked for\n")
    left = [EVERYTHING] if action == "leave everything" else scopes
    _leave(delivery, left, "preferences page" if is_choosing else "confirm page", parts)
    return page_answer(200, pages.has_left(language))


def _delivery(event: Mapping[str, Any], parts: Workshop) -> tuple[Delivery, bool]:
    told = part_of(event, "pathParameters")
    purpose = _PURPOSES.get(str(event.get("rawPath", ""))[1:2])
    if purpose is None:
        raise TokenInvalid
    name = DeliveryId(parts.links.keys.verify(str(told.get("token", "")), purpose))
    delivery = parts.ledger().delivery(name)
    if delivery is None:
        raise TokenInvalid
    return delivery, purpose is Purpose.PREFERENCES


def _scopes(delivery: Delivery, parts: Workshop) -> Sequence[str]:
    """What a mail's unsubscribe link leaves: its list; everything where it has none."""
    campaign, _ = split_delivery_id(delivery.id)
    scopes = parts.ledger().run(campaign).scopes
    return [scope for scope in scopes if scope.startswith("list:")] or [EVERYTHING]


def _show(
    delivery: Delivery,
    scopes: Sequence[str],
    language: str,
    parts: Workshop,
    *,
    is_choosing: bool,
) -> Answer:
    """A GET changes nothing: scanners fetch it."""
    if parts.ledger().suppressions([delivery.address], scopes):
        return page_answer(200, pages.has_left(language))
    if is_choosing:
        return page_answer(200, pages.choose(language, delivery.address))
    return page_answer(200, pages.ask(language, delivery.address))


def _leave(delivery: Delivery, scopes: Sequence[str], source: str, parts: Workshop) -> None:
    """The ledger first: it decides about the next mail."""
    now = parts.now()
    for scope in scopes:
        parts.ledger().suppress(
            Suppression(
                address=delivery.address,
                scope=scope,
                reason=Reason.UNSUBSCRIBED,
                since=now,
                detail=source,
            )
        )
    told = (
        to_json(Left(delivery=delivery.id, scope=scope, source=source, at=now)) for scope in scopes
    )
    parts.queues.put(parts.surroundings.returns_queue, told)
    _LOG.info("the recipient of %s leaves", delivery.id, extra={"delivery": delivery.id})


def _method(event: Mapping[str, Any]) -> str:
    http = part_of(part_of(event, "requestContext"), "http")
    return str(http.get("method", "GET"))
