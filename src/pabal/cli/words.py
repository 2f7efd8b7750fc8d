"""States and reasons in the terminal's language, which is chosen before this is imported."""

from datetime import timedelta

from pabal.cli.language import _
from pabal.domain.outcome import Outcome
from pabal.ledger.port import RunState
from pabal.pipeline import words
from pabal.preflight.finding import Severity

STATES = {state: _(text) for state, text in words.STATES.items()}
HAPPENINGS = {happening: _(text) for happening, text in words.HAPPENINGS.items()}
EXCLUSIONS = {reason: _(text) for reason, text in words.EXCLUSIONS.items()}

RUN_STATES = {
    RunState.RUNNING: _("running"),
    RunState.PAUSED: _("paused"),
    RunState.CANCELLED: _("cancelled"),
    RunState.FINISHED: _("finished"),
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
