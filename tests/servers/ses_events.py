"""Events as SES publishes them. SES: event-publishing-retrieving-sns-contents, and -examples."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ACCOUNT = "123456789012"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMail:
    """A mail that SES has taken. recipients: of the envelope, one in a mailing."""

    id: str
    source: str
    recipients: tuple[str, ...]
    tags: Mapping[str, str]
    configuration_set: str
    at: datetime


def an_event(kind: str, mail: SentMail, facts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what is published. kind: `Bounce`, `Rendering Failure`, ..., as in eventType."""
    place = {"DeliveryDelay": "deliveryDelay", "Rendering Failure": "failure"}
    return {
        "eventType": kind,
        "mail": {
            "timestamp": stamp(mail.at),
            "source": mail.source,
            "sendingAccountId": ACCOUNT,
            "messageId": mail.id,
            "destination": list(mail.recipients),
            "headersTruncated": False,
            "headers": [],
            "commonHeaders": {"from": [mail.source], "to": list(mail.recipients)},
            "tags": {
                "ses:configuration-set": [mail.configuration_set],
                **{name: [value] for name, value in mail.tags.items()},
            },
        },
        place.get(kind, kind.lower()): dict(facts or {}),
    }


def delivery(mail: SentMail) -> dict[str, Any]:
    facts = {"timestamp": stamp(), "processingTimeMillis": 312, "recipients": list(mail.recipients)}
    return an_event("Delivery", mail, facts | {"smtpResponse": "250 2.0.0 OK", "reportingMTA": "a"})


def bounce(
    mail: SentMail, kind: str = "Permanent", sub: str = "General", *, code: str = ""
) -> dict[str, Any]:
    """code: what the recipient's server said."""
    said = {"action": "failed", "status": "5.1.1", "diagnosticCode": code} if code else {}
    facts = {
        "bounceType": kind,
        "bounceSubType": sub,
        "bouncedRecipients": [{"emailAddress": each, **said} for each in mail.recipients],
        "timestamp": stamp(),
        "feedbackId": f"{mail.id}-{kind}-{sub}",
    }
    return an_event("Bounce", mail, facts)


def complaint(mail: SentMail, kind: str = "abuse") -> dict[str, Any]:
    facts = {
        "complainedRecipients": [{"emailAddress": each} for each in mail.recipients],
        "timestamp": stamp(),
        "feedbackId": f"{mail.id}-complaint",
        "complaintSubType": None,
        "complaintFeedbackType": kind,
    }
    return an_event("Complaint", mail, facts)


def as_sns(event: Mapping[str, Any], topic: str) -> str:
    """Return a notification as SNS puts it into a queue whose delivery is not raw."""
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": f"{hash(json.dumps(event, sort_keys=True)) & 0xFFFFFFFF:08x}",
            "TopicArn": topic,
            "Message": json.dumps(event),
            "Timestamp": stamp(),
        }
    )


def as_eventbridge(event: Mapping[str, Any]) -> str:
    """Return the event as EventBridge puts it into a queue (source aws.ses)."""
    names = {"Bounce": "Email Bounced", "Complaint": "Email Complaint Received"}
    kind = str(event["eventType"])
    return json.dumps(
        {
            "version": "0",
            "source": "aws.ses",
            "detail-type": names.get(kind, f"Email {kind}"),
            "account": ACCOUNT,
            "time": stamp(),
            "detail": event,
        }
    )


def stamp(moment: datetime | None = None) -> str:
    at = moment or datetime.now(UTC)
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
