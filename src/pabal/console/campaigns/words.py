"""States and reasons as pages say them, and how good or bad they are."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pabal.console.design.components import Tone
from pabal.domain.delivery import Happening, State
from pabal.domain.suppression import Reason
from pabal.pipeline import words
from pabal.pipeline.ports import Exclusion

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

EXCLUSIONS: Mapping[Exclusion, Promise] = {
    reason: _(text) for reason, text in words.EXCLUSIONS.items()
}

REASONS: dict[Reason, Promise] = {
    Reason.BOUNCE: _("the mailbox does not exist"),
    Reason.COMPLAINT: _("reported as spam"),
    Reason.UNSUBSCRIBED: _("unsubscribed"),
    Reason.MANUAL: _("stopped by hand"),
}
