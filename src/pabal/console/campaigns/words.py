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
from pabal.domain.tracking import Tracking
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

EVENTS: Mapping[EventKind, Promise] = {kind: _(text) for kind, text in words.EVENTS.items()}

# What the installation lets be recorded at all (PABAL_TRACKING).
ALLOWED: dict[Tracking, Promise] = {
    Tracking.OFF: _("This installation records nothing of readers, whatever is chosen here."),
    Tracking.OPENS: _("This installation allows opens, and of nobody who objects."),
    Tracking.CLICKS: _("This installation allows clicks, and of nobody who objects."),
    Tracking.ON: _("This installation allows opens and clicks, and of nobody who objects."),
}

ACTORS: dict[Actor, Promise] = {
    Actor.PERSON: _("a person"),
    Actor.PROXY: _("an image proxy"),
    Actor.MACHINE: _("a machine"),
}

WEIGHTS: Mapping[Weight, Promise] = {weight: _(text) for weight, text in words.WEIGHTS.items()}

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

REASONS: Mapping[Reason, Promise] = {reason: _(text) for reason, text in words.REASONS.items()}
