"""What comes back, weighed: which address is no longer mailed, and after how much.

Source: docs/rules.md 1a and "What comes back". Zero good addresses are suppressed: what
is not certain is counted, and what is about us is never held against an address.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pabal.domain.classify import concern
from pabal.domain.event import EventKind, FeedbackEvent, Proof
from pabal.domain.identity import DeliveryId
from pabal.domain.outcome import Concern
from pabal.domain.suppression import Reason


class Weight(enum.Enum):
    """What an event means for the address that was mailed."""

    HARD = "hard"  # the mailbox does not exist
    NO_HOST = "no host"  # its domain does not, unless DNS errs
    SOFT = "soft"
    COMPLAINT = "complaint"
    LEFT = "left"
    REACHED = "reached"  # a mail arrived: what was counted before is forgotten
    ABOUT_US = "about us"  # policy, reputation, authentication: the sending domain's alarm
    ABOUT_MAIL = "about the mail"  # too large, malformed
    NOTHING = "nothing"


_MEANS = {
    EventKind.ACCEPTED: Weight.NOTHING,
    EventKind.DELIVERED: Weight.REACHED,
    EventKind.OPENED: Weight.REACHED,
    EventKind.CLICKED: Weight.REACHED,
    EventKind.UNSUBSCRIBED: Weight.LEFT,
    EventKind.REJECTED: Weight.ABOUT_MAIL,
    EventKind.DELAYED: Weight.NOTHING,
}
_BOUNCE_MEANS = {
    Concern.MAILBOX_GONE: Weight.HARD,
    Concern.NO_HOST: Weight.NO_HOST,
    Concern.MAILBOX_FULL: Weight.SOFT,
    Concern.SENDER: Weight.ABOUT_US,
    Concern.MAIL: Weight.ABOUT_MAIL,
    Concern.UNKNOWN: Weight.SOFT,
}
# SES: event-publishing-retrieving-sns-contents, bounceType and bounceSubType. It has tried
# and decided; a type that is not here is decided by the server's own reply.
_SES_BOUNCE_MEANS = {
    "Permanent/General": Weight.HARD,
    "Permanent/NoEmail": Weight.HARD,
    "Permanent/Suppressed": Weight.HARD,
    "Permanent/OnAccountSuppressionList": Weight.SOFT,
    "Transient/General": Weight.SOFT,
    "Transient/MailboxFull": Weight.SOFT,
    "Transient/MessageTooLarge": Weight.ABOUT_MAIL,
    "Transient/ContentRejected": Weight.ABOUT_MAIL,
    "Transient/AttachmentRejected": Weight.ABOUT_MAIL,
    "Undetermined/Undetermined": Weight.SOFT,
}
_ACQUITTED = frozenset({Weight.ABOUT_US, Weight.ABOUT_MAIL})
# RFC 5965 7.3 and RFC 6591: a report that is nobody's wish to be left alone.
_COMPLAINT_MEANS = {
    "not-spam": Weight.NOTHING,
    "auth-failure": Weight.ABOUT_US,
    "virus": Weight.ABOUT_US,
}
COUNTED = frozenset({Weight.SOFT, Weight.NO_HOST})


def weigh(event: FeedbackEvent) -> Weight:
    """Say what an event means, whoever it turns out to be about."""
    if event.kind is EventKind.BOUNCED:
        return _weigh_bounce(event)
    if event.kind is EventKind.COMPLAINED:
        return _COMPLAINT_MEANS.get(event.label, Weight.COMPLAINT)
    return _MEANS[event.kind]


def weigh_for(event: FeedbackEvent, mailed: str) -> Weight:
    """Say what an event means for the address that the delivery was sent to.

    mailed: Address.identity of the delivery.

    What only names the delivery could have been made up by anybody on the campaign, so it
    convicts nobody; unless a complaint names the address as well. A mailbox that was
    gone behind a forwarding is not the mailbox that was mailed.
    """
    weight = weigh(event)
    is_same = event.address == mailed
    if weight is Weight.COMPLAINT and event.proof is Proof.NAMED:
        return weight if is_same else Weight.NOTHING
    if event.proof is not Proof.SEALED:
        return Weight.NOTHING
    elsewhere = bool(event.address) and not is_same
    if elsewhere and weight in (Weight.HARD, Weight.NO_HOST):
        return Weight.SOFT
    return weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A counted bounce of an address since a mail last reached it."""

    delivery: DeliveryId
    weight: Weight
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BouncePolicy:
    """How much is enough.

    soft: deliveries that must have bounced softly, over at least `soft_span`, before an
    address is paused. A host that is not found is believed the second time, a day later.
    """

    soft: int = 5
    soft_span: timedelta = timedelta(days=14)
    no_host: int = 2
    no_host_span: timedelta = timedelta(hours=24)

    def stop(self, weight: Weight, failures: Sequence[Failure]) -> Reason | None:
        """Say why an address is not mailed any more; None where it is.

        weight: of the event that was told last.
        failures: every counted bounce of the address, that event included.
        """
        if weight is Weight.HARD:
            return Reason.BOUNCE
        if weight is Weight.COMPLAINT:
            return Reason.COMPLAINT
        if weight not in COUNTED:
            return None
        hostless = [each for each in failures if each.weight is Weight.NO_HOST]
        if _are_enough(hostless, self.no_host, self.no_host_span):
            return Reason.BOUNCE
        return Reason.PAUSED if _are_enough(failures, self.soft, self.soft_span) else None


def _are_enough(failures: Sequence[Failure], count: int, span: timedelta) -> bool:
    """One delivery counts once, however often it is said to have failed."""
    if len({each.delivery for each in failures}) < count:
        return False
    moments = [each.at for each in failures]
    return max(moments) - min(moments) >= span


def _weigh_bounce(event: FeedbackEvent) -> Weight:
    by_reply = _BOUNCE_MEANS[concern(event.reply)]
    by_label = _SES_BOUNCE_MEANS.get(event.label, by_reply)
    return by_reply if by_label is Weight.HARD and by_reply in _ACQUITTED else by_label
