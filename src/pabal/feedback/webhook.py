"""Events that any service may tell as JSON, signed with a secret that it shares with us.

The schema and the signature are in docs/webhooks.md.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

from pabal.domain.engagement import Hit
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source, event_id
from pabal.domain.identity import DeliveryId, split_delivery_id
from pabal.domain.outcome import Reply
from pabal.feedback.engaged import hit_in
from pabal.feedback.errors import MessageForged, MessageUnreadable
from pabal.feedback.objects import Json, parse_object, text_in
from pabal.feedback.report import TEXT_LIMIT, address_in
from pabal.feedback.seals import Seals

HEADER = "Pabal-Signature"
WINDOW = timedelta(minutes=5)
_SIGNATURE = re.compile(r"t=(?P<time>\d{1,12}),v1=(?P<digest>[0-9a-f]{64})")
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_MAX_ID = 200  # characters


def signature_of(body: bytes, *, secret: str, at: datetime) -> str:
    """Return what the header has to say."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_digest(body, secret, seconds)}"


def check_signature(body: bytes, header: str, *, secret: str, now: datetime) -> None:
    """Raises MessageForged: who wrote it does not know the secret, or it is an old message."""
    match = _SIGNATURE.fullmatch(header.strip())
    if match is None:
        raise MessageForged(reason=f"{HEADER} is not t=SECONDS,v1=HEX")
    seconds = int(match["time"])
    if not hmac.compare_digest(match["digest"], _digest(body, secret, seconds)):
        raise MessageForged(reason="its signature does not fit")
    if abs(now.timestamp() - seconds) > WINDOW.total_seconds():
        raise MessageForged(reason="it was signed more than five minutes from now")


def read_event(body: str, seals: Seals, *, received_at: datetime) -> FeedbackEvent:
    """Return the event. Raises MessageUnreadable: it does not follow the schema.

    Whoever calls this has checked the signature: what it names is proved.
    """
    try:
        told = parse_object(body)
        name, kind, at = _name(told), _kind(told), _moment(told, received_at)
    except ValueError as error:
        raise MessageUnreadable(reason=str(error)) from error
    delivery = _delivery(told, seals)
    return FeedbackEvent(
        id=event_id(Source.WEBHOOK, name),
        kind=kind,
        at=at,
        source=Source.WEBHOOK,
        delivery=delivery,
        proof=Proof.SEALED if delivery else Proof.NONE,
        address=address_in(text_in(told, "address")[:400]),
        reply=_reply(told),
        label=text_in(told, "label")[:80],
        hit=_hit(told, kind, delivery, at, seals),
    )


def _hit(
    told: Json, kind: EventKind, delivery: DeliveryId | None, at: datetime, seals: Seals
) -> Hit | None:
    """Nobody is told apart of whom nothing is said."""
    if "user_agent" not in told:
        return None
    agent, link = text_in(told, "user_agent"), text_in(told, "link")
    return hit_in(kind, delivery, agent=agent, link=link, at=at, seals=seals)


def _name(told: Json) -> str:
    name = text_in(told, "id")
    if not 0 < len(name) <= _MAX_ID:
        raise ValueError("it has no id of up to 200 characters")
    return name


def _kind(told: Json) -> EventKind:
    for kind in EventKind:
        if kind.value == told.get("event"):
            return kind
    raise ValueError("its event is none that is known")


def _moment(told: Json, latest: datetime) -> datetime:
    if "at" not in told:
        return latest
    try:
        at = datetime.fromisoformat(text_in(told, "at")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("its time is not as in ISO 8601") from None
    return min(at, latest)


def _delivery(told: Json, seals: Seals) -> DeliveryId | None:
    named = text_in(told, "delivery")
    try:
        split_delivery_id(named)
    except ValueError:
        return seals.sealed_in([text_in(told, "bounce_address")[:400]])
    return DeliveryId(named)


def _reply(told: Json) -> Reply:
    code, enhanced = told.get("code"), text_in(told, "enhanced")
    return Reply(
        code=code if isinstance(code, int) and 200 <= code <= 599 else 0,
        enhanced=enhanced if _ENHANCED.fullmatch(enhanced) else "",
        text=text_in(told, "text")[:TEXT_LIMIT],
    )


def _digest(body: bytes, secret: str, seconds: int) -> str:
    signed = str(seconds).encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
