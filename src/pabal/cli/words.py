"""States and reasons as people say them."""

from datetime import timedelta

from pabal.cli.language import _
from pabal.domain.delivery import Happening, State
from pabal.domain.outcome import Outcome
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


def say_reply(outcome: Outcome) -> str:
    """Write what the server said, or what the network did."""
    if outcome.reply is None:
        return _(outcome.text)
    reply = outcome.reply
    return " ".join(part for part in (str(reply.code), reply.enhanced, reply.text) if part)
