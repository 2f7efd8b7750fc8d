"""States and reasons as people say them."""

from datetime import timedelta

from pabal.cli.language import _
from pabal.domain.bouncing import Weight
from pabal.domain.delivery import Happening, State
from pabal.domain.event import EventKind
from pabal.feedback.letter import Sort
from pabal.ledger.port import RunState
from pabal.pipeline.ports import Exclusion
from pabal.preflight.finding import Severity

STATES = {
    State.QUEUED: _("queued"),
    State.SENDING: _("sending"),
    State.SENT: _("sent"),
    State.FAILED: _("failed"),
    State.DOUBTFUL: _("doubtful"),
    State.SKIPPED: _("skipped"),
    State.CANCELLED: _("cancelled"),
}

RUN_STATES = {
    RunState.RUNNING: _("running"),
    RunState.PAUSED: _("paused"),
    RunState.CANCELLED: _("cancelled"),
    RunState.FINISHED: _("finished"),
}

HAPPENINGS = {
    Happening.ENQUEUED: _("queued"),
    Happening.BEGUN: _("attempt begun"),
    Happening.ACCEPTED: _("accepted by the mail server"),
    Happening.DEFERRED: _("deferred, will be tried again"),
    Happening.HELD: _("held: the mail server takes nothing from us at the moment"),
    Happening.REFUSED: _("refused"),
    Happening.GAVE_UP: _("given up after the last retry"),
    Happening.LOST_SIGHT: _("doubtful: nobody knows whether it was sent"),
    Happening.SUPPRESSED: _("skipped: the recipient had left"),
    Happening.CANCELLED: _("cancelled with the campaign"),
    Happening.FOUND_SENT: _("found to be sent"),
    Happening.RESENT: _("queued to be sent again"),
}

EVENTS = {
    EventKind.DELIVERED: _("delivered"),
    EventKind.DELAYED: _("delayed on its way"),
    EventKind.BOUNCED: _("bounced"),
    EventKind.REJECTED: _("not sent by the service"),
    EventKind.COMPLAINED: _("reported as spam"),
    EventKind.UNSUBSCRIBED: _("unsubscribed"),
    EventKind.OPENED: _("opened"),
    EventKind.CLICKED: _("clicked"),
}

WEIGHTS = {
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

SORTS = {
    Sort.BOUNCE: _("a bounce"),
    Sort.COMPLAINT: _("a complaint"),
    Sort.AUTOMATIC_ANSWER: _("an automatic answer"),
    Sort.OTHER: _("a mail for a person"),
}

EXCLUSIONS = {
    Exclusion.UNSUBSCRIBED: _("unsubscribed"),
    Exclusion.SUPPRESSED: _("suppressed"),
    Exclusion.NO_CONSENT: _("no consent to advertising"),
}

SEVERITIES = {
    Severity.ERROR: _("error"),
    Severity.WARNING: _("warning"),
    Severity.NOTE: _("note"),
}


def say_duration(duration: timedelta) -> str:
    """Write a duration in minutes and seconds, or in seconds where it is short."""
    seconds = duration.total_seconds()
    if seconds < 60:
        return _("{seconds} s").format(seconds=f"{seconds:.1f}")
    minutes, rest = divmod(round(seconds), 60)
    return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)


def say_bytes(count: int) -> str:
    return f"{count / 1000:,.1f} KB" if count >= 1000 else f"{count} B"
