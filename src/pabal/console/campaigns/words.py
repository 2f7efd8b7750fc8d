"""States and reasons as pages say them, and how good or bad they are."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.console.design.components import Tone
from pabal.domain.bouncing import Weight
from pabal.domain.delivery import Happening, State
from pabal.domain.engagement import Actor
from pabal.domain.event import EventKind
from pabal.domain.experiment import Chance
from pabal.domain.suppression import Reason
from pabal.pipeline import words
from pabal.pipeline.ports import Exclusion
from pabal.preflight.finding import Severity

STATES: Mapping[State, Promise] = {state: _(text) for state, text in words.STATES.items()}

STATE_TONES: dict[State, Tone] = {
    State.QUEUED: Tone.PLAIN,
    State.SENDING: Tone.BUSY,
    State.SENT: Tone.GOOD,
    State.FAILED: Tone.BAD,
    State.DOUBTFUL: Tone.WARN,
    State.SKIPPED: Tone.PLAIN,
    State.CANCELLED: Tone.PLAIN,
}

HAPPENINGS: Mapping[Happening, Promise] = {
    happening: _(text) for happening, text in words.HAPPENINGS.items()
}

EVENTS: dict[EventKind, Promise] = {
    EventKind.ACCEPTED: _("accepted by the service"),
    EventKind.DELIVERED: _("delivered"),
    EventKind.DELAYED: _("delayed on its way"),
    EventKind.BOUNCED: _("bounced"),
    EventKind.REJECTED: _("not sent by the service"),
    EventKind.COMPLAINED: _("reported as spam"),
    EventKind.UNSUBSCRIBED: _("unsubscribed"),
    EventKind.OPENED: _("opened"),
    EventKind.CLICKED: _("clicked"),
}

ACTORS: dict[Actor, Promise] = {
    Actor.PERSON: _("a person"),
    Actor.PROXY: _("an image proxy"),
    Actor.MACHINE: _("a machine"),
}

WEIGHTS: dict[Weight, Promise] = {
    Weight.HARD: _("the mailbox does not exist"),
    Weight.NO_HOST: _("the domain was not found"),
    Weight.SOFT: _("counted: it may pass"),
    Weight.COMPLAINT: _("suppressed and unsubscribed"),
    Weight.LEFT: _("unsubscribed"),
    Weight.REACHED: _("it arrived"),
    Weight.ABOUT_US: _("our sending is refused: reputation, policy or authentication"),
    Weight.ABOUT_MAIL: _("our mail is refused: its size or form"),
    Weight.NOTHING: _("no consequence"),
}

WEIGHT_TONES: dict[Weight, Tone] = {
    Weight.HARD: Tone.BAD,
    Weight.NO_HOST: Tone.WARN,
    Weight.SOFT: Tone.WARN,
    Weight.COMPLAINT: Tone.BAD,
    Weight.LEFT: Tone.PLAIN,
    Weight.REACHED: Tone.GOOD,
    Weight.ABOUT_US: Tone.BAD,
    Weight.ABOUT_MAIL: Tone.BAD,
    Weight.NOTHING: Tone.PLAIN,
}

SEVERITY_TONES: dict[Severity, Tone] = {
    Severity.ERROR: Tone.BAD,
    Severity.WARNING: Tone.WARN,
    Severity.NOTE: Tone.PLAIN,
}

HAPPENING_TONES: dict[Happening, Tone] = {
    Happening.BEGUN: Tone.BUSY,
    Happening.ACCEPTED: Tone.GOOD,
    Happening.DEFERRED: Tone.WARN,
    Happening.HELD: Tone.WARN,
    Happening.REFUSED: Tone.BAD,
    Happening.GAVE_UP: Tone.BAD,
    Happening.LOST_SIGHT: Tone.WARN,
    Happening.FOUND_SENT: Tone.GOOD,
}

CHANCES: Mapping[Chance, Promise] = {chance: _(text) for chance, text in words.CHANCES.items()}

EXCLUSIONS: Mapping[Exclusion, Promise] = {
    reason: _(text) for reason, text in words.EXCLUSIONS.items()
}

REASONS: dict[Reason, Promise] = {
    Reason.BOUNCE: _("the mailbox does not exist"),
    Reason.COMPLAINT: _("reported as spam"),
    Reason.UNSUBSCRIBED: _("unsubscribed"),
    Reason.RESTING: _("asked for a pause"),
    Reason.PAUSED: _("paused: mails have bounced again and again"),
    Reason.MANUAL: _("stopped by hand"),
    Reason.ERASED: _("erased on request"),
}
