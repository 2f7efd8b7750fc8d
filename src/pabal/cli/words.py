"""States and reasons in the terminal's language, which is chosen before this is imported."""

from datetime import timedelta

from pabal.cli.language import _
from pabal.domain.engagement import Actor
from pabal.domain.outcome import Outcome
from pabal.domain.reputation import Regard
from pabal.domain.tracking import Tracking
from pabal.feedback.letter import Sort
from pabal.ledger.port import RunState
from pabal.pipeline import words
from pabal.preflight.finding import Severity

STATES = {state: _(text) for state, text in words.STATES.items()}
HAPPENINGS = {happening: _(text) for happening, text in words.HAPPENINGS.items()}
CHANCES = {chance: _(text) for chance, text in words.CHANCES.items()}
EVENTS = {kind: _(text) for kind, text in words.EVENTS.items()}
WEIGHTS = {weight: _(text) for weight, text in words.WEIGHTS.items()}
REASONS = {reason: _(text) for reason, text in words.REASONS.items()}
EXCLUSIONS = {reason: _(text) for reason, text in words.EXCLUSIONS.items()}

RUN_STATES = {
    RunState.RUNNING: _("running"),
    RunState.PAUSED: _("paused"),
    RunState.CANCELLED: _("cancelled"),
    RunState.FINISHED: _("finished"),
}

ACTORS = {
    Actor.PERSON: _("people"),
    Actor.PROXY: _("image proxies"),
    Actor.MACHINE: _("machines"),
}

TRACKINGS = {
    Tracking.OFF: _("nothing"),
    Tracking.OPENS: _("opens"),
    Tracking.CLICKS: _("clicks"),
    Tracking.ON: _("opens and clicks"),
}

REGARDS = {
    Regard.GOOD: _("good"),
    Regard.WATCHED: _("watched: above what Gmail or SES ask for"),
    Regard.ENDANGERED: _("endangered: providers may refuse us"),
    Regard.UNKNOWN: _("too few mails to say"),
}

SORTS = {
    Sort.BOUNCE: _("a bounce"),
    Sort.COMPLAINT: _("a complaint"),
    Sort.UNSUBSCRIBE: _("a request to leave the list"),
    Sort.AUTOMATIC_ANSWER: _("an automatic answer"),
    Sort.OTHER: _("a mail for a person"),
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


def say_share(share: float) -> str:
    return f"{share:.2%}"


def say_bytes(count: int) -> str:
    return f"{count / 1000:,.1f} KB" if count >= 1000 else f"{count} B"


def say_reply(outcome: Outcome) -> str:
    """Write what the server said, or what the network did."""
    if outcome.reply is None:
        return _(outcome.text)
    reply = outcome.reply
    return " ".join(part for part in (str(reply.code), reply.enhanced, reply.text) if part)
