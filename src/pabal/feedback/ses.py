"""Events of Amazon SES, by `eventType` or, for identity notifications, `notificationType`.

Whoever calls this has seen to it that SES is speaking. Source: SES developer guide,
event-publishing-retrieving-sns-contents.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import cast

from pabal.domain.event import SAID_NOTHING, EventKind, FeedbackEvent, Proof, Source, event_id
from pabal.domain.identity import DeliveryId, split_delivery_id
from pabal.domain.outcome import Reply
from pabal.feedback.engaged import hit_in
from pabal.feedback.errors import EventUnreadable
from pabal.feedback.objects import Json, parse_object
from pabal.feedback.report import TEXT_LIMIT, address_in, reply_in
from pabal.feedback.seals import Identified, Seals

DELIVERY_TAG = "delivery"
_MAX_RECIPIENTS = 100
# By type: what it is, and where its own facts stand.
_KINDS = {
    "Send": (EventKind.ACCEPTED, "send"),
    "Bounce": (EventKind.BOUNCED, "bounce"),
    "Complaint": (EventKind.COMPLAINED, "complaint"),
    "Delivery": (EventKind.DELIVERED, "delivery"),
    "DeliveryDelay": (EventKind.DELAYED, "deliveryDelay"),
    "Reject": (EventKind.REJECTED, "reject"),
    "Rendering Failure": (EventKind.REJECTED, "failure"),
    "Open": (EventKind.OPENED, "open"),
    "Click": (EventKind.CLICKED, "click"),
    "Subscription": (EventKind.UNSUBSCRIBED, "subscription"),
}
_RECIPIENTS = ("bouncedRecipients", "complainedRecipients", "delayedRecipients", "recipients")


def read_event(body: str, seals: Seals, *, received_at: datetime) -> tuple[FeedbackEvent, ...]:
    """Return what an event says, an item for each recipient.

    body: the event, alone or inside a notification of SNS or an event of EventBridge.

    Raises EventUnreadable: it is no event of SES.
    """
    told = _unwrapped(body)
    mail = _object(told, "mail")
    type_name = str(told.get("eventType") or told.get("notificationType") or "")
    if type_name not in _KINDS:
        raise EventUnreadable(reason=f"its type is {type_name[:40]!r}")
    kind, place = _KINDS[type_name]
    facts = _object(told, place)
    if kind is EventKind.UNSUBSCRIBED and not _has_left(facts):
        return ()
    recipients = _recipients(facts) or _list(mail, "destination")
    about = _identify(mail, seals, alone=len(recipients) <= 1)
    at = _moment(facts, mail, received_at)
    agent, link = (str(facts.get(name) or "") for name in ("userAgent", "link"))
    hit = hit_in(kind, about.delivery, agent=agent, link=link, at=at, seals=seals)
    report = str(facts.get("feedbackId") or facts.get("timestamp") or "")
    return tuple(
        FeedbackEvent(
            id=event_id(Source.SES, str(mail.get("messageId")), type_name, report, address),
            kind=kind,
            at=at,
            source=Source.SES,
            delivery=about.delivery,
            proof=about.proof,
            address=address,
            reply=reply,
            label=_label(kind, facts),
            hit=hit,
        )
        for address, reply in map(_said_of, recipients[:_MAX_RECIPIENTS])
    )


def _identify(mail: Json, seals: Seals, *, alone: bool) -> Identified:
    """Read our tag, or the bounce address that it was sent with.

    With several recipients nobody knows who it was: providers take addresses out of
    complaints, and SES then names everybody of the domain.
    """
    tagged = [str(value) for value in _list(_object(mail, "tags"), DELIVERY_TAG)]
    delivery = next(filter(None, map(_as_delivery, tagged)), None) or seals.sealed_in(
        [str(mail.get("source") or "")]
    )
    if delivery is None or not alone:
        return Identified()
    return Identified(delivery=delivery, proof=Proof.SEALED)


def _as_delivery(text: str) -> DeliveryId | None:
    try:
        split_delivery_id(text)
    except ValueError:
        return None
    return DeliveryId(text)


def _unwrapped(body: str) -> Json:
    """Take the event out of what carried it. Raises EventUnreadable."""
    told = _parsed(body)
    if told.get("Type") == "Notification":
        told = _parsed(str(told.get("Message") or ""))
    detail = told.get("detail")
    return cast(Json, detail) if isinstance(detail, dict) else told


def _parsed(body: str) -> Json:
    try:
        return parse_object(body)
    except ValueError as error:
        raise EventUnreadable(reason=str(error)) from None


def _recipients(facts: Json) -> list[object]:
    for name in _RECIPIENTS:
        if found := _list(facts, name):
            return found
    return []


def _said_of(recipient: object) -> tuple[str, Reply]:
    if not isinstance(recipient, dict):
        return address_in(str(recipient)[:400]), SAID_NOTHING
    told = cast(Json, recipient)
    quoted = reply_in(str(told.get("diagnosticCode") or "")[:TEXT_LIMIT])
    status = str(told.get("status") or "")
    enhanced = quoted.enhanced or reply_in(status).enhanced
    reply = Reply(code=quoted.code, enhanced=enhanced, text=quoted.text)
    return address_in(str(told.get("emailAddress") or "")[:400]), reply


def _label(kind: EventKind, facts: Json) -> str:
    if kind is EventKind.BOUNCED:
        return f"{facts.get('bounceType')}/{facts.get('bounceSubType')}"[:80]
    names = ("complaintFeedbackType", "delayType", "reason", "errorMessage", "link")
    return next((str(facts[name])[:80] for name in names if facts.get(name)), "")


def _has_left(facts: Json) -> bool:
    preferences = _object(facts, "newTopicPreferences")
    return bool(preferences.get("unsubscribeAll"))


def _moment(facts: Json, mail: Json, latest: datetime) -> datetime:
    for text in _texts(facts.get("timestamp"), mail.get("timestamp")):
        try:
            return min(datetime.fromisoformat(text), latest)
        except (ValueError, TypeError):  # no date, or one without a time zone
            continue
    return latest


def _texts(*values: object) -> Iterator[str]:
    return (value for value in values if isinstance(value, str))


def _object(told: Json, name: str) -> Json:
    value = told.get(name)
    return cast(Json, value) if isinstance(value, dict) else {}


def _list(told: Json, name: str) -> list[object]:
    value = told.get(name)
    return cast("list[object]", value) if isinstance(value, list) else []
