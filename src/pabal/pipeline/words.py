"""States and reasons as people say them, in English: commands and pages translate them."""

from collections.abc import Mapping

from pabal.domain.bouncing import Weight
from pabal.domain.delivery import Happening, State
from pabal.domain.event import EventKind
from pabal.domain.experiment import Chance
from pabal.domain.reputation import Harm
from pabal.domain.suppression import Reason
from pabal.pipeline.ports import Exclusion

STATES: Mapping[State, str] = {
    State.QUEUED: "queued",
    State.SENDING: "sending",
    State.SENT: "sent",
    State.FAILED: "failed",
    State.DOUBTFUL: "doubtful",
    State.SKIPPED: "skipped",
    State.CANCELLED: "cancelled",
}

CHANCES: Mapping[Chance, str] = {
    Chance.RULED_OUT: "The difference is more than chance.",
    Chance.POSSIBLE: "The difference may be chance.",
    Chance.TOO_FEW: "Too few people to tell whether the difference is more than chance.",
    Chance.TIE: "None does better than the others.",
    Chance.NOTHING: "Nobody has done it.",
}

HAPPENINGS: Mapping[Happening, str] = {
    Happening.ENQUEUED: "queued",
    Happening.BEGUN: "attempt begun",
    Happening.ACCEPTED: "accepted by the mail server",
    Happening.DEFERRED: "deferred, will be tried again",
    Happening.HELD: "held: the mail server takes nothing from us at the moment",
    Happening.REFUSED: "refused",
    Happening.GAVE_UP: "given up after the last retry",
    Happening.LOST_SIGHT: "doubtful: nobody knows whether it was sent",
    Happening.SUPPRESSED: "skipped: the recipient had left",
    Happening.CANCELLED: "cancelled with the campaign",
    Happening.FOUND_SENT: "found to be sent",
    Happening.RESENT: "queued to be sent again",
}

EVENTS: Mapping[EventKind, str] = {
    EventKind.ACCEPTED: "accepted by the service",
    EventKind.DELIVERED: "delivered",
    EventKind.DELAYED: "delayed on its way",
    EventKind.BOUNCED: "bounced",
    EventKind.REJECTED: "not sent by the service",
    EventKind.COMPLAINED: "reported as spam",
    EventKind.UNSUBSCRIBED: "unsubscribed",
    EventKind.OPENED: "opened",
    EventKind.CLICKED: "clicked",
}

WEIGHTS: Mapping[Weight, str] = {
    Weight.HARD: "the mailbox does not exist",
    Weight.NO_HOST: "the domain was not found",
    Weight.SOFT: "counted: it may pass",
    Weight.COMPLAINT: "suppressed and unsubscribed",
    Weight.LEFT: "unsubscribed",
    Weight.REACHED: "it arrived",
    Weight.ABOUT_US: "our sending is refused: reputation, policy or authentication",
    Weight.ABOUT_MAIL: "our mail is refused: its size or form",
    Weight.NOTHING: "no consequence",
}

REASONS: Mapping[Reason, str] = {
    Reason.BOUNCE: "the mailbox does not exist",
    Reason.COMPLAINT: "reported as spam",
    Reason.UNSUBSCRIBED: "unsubscribed",
    Reason.RESTING: "asked for a pause",
    Reason.PAUSED: "paused: mails have bounced again and again",
    Reason.MANUAL: "stopped by hand",
    Reason.ERASED: "erased on request",
}

PAUSES: Mapping[Harm, str] = {
    Harm.BOUNCES: "Paused by itself: too many mails bounce. Clean the list before you resume.",
    Harm.COMPLAINTS: "Paused by itself: too many people report the mail as spam. "
    "Ask whether they wanted it before you resume.",
}

EXCLUSIONS: Mapping[Exclusion, str] = {
    Exclusion.UNSUBSCRIBED: "unsubscribed",
    Exclusion.SUPPRESSED: "suppressed",
    Exclusion.NO_CONSENT: "no consent to advertising",
    Exclusion.TRANSACTION_OVER: "last transaction more than six months ago",
    Exclusion.RESTING: "asked for a pause",
    Exclusion.WEEKLY: "wants one mail a week, and had it",
    Exclusion.NOT_IN_SEGMENT: "not in the segment",
    Exclusion.LEFT_OUT: "left out by this campaign",
}

OPENS_ARE_NOT_RELIABLE = (
    "Opens are not reliable: Apple and others fetch images that nobody has looked at, and many "
    "programs show none to people who read. Clicks say more."
)
