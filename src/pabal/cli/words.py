"""States and reasons in the terminal's language, which is chosen before this is imported."""

from datetime import timedelta

from pabal.cli.language import _
from pabal.domain.bouncing import Weight
from pabal.domain.engagement import Actor
from pabal.domain.event import EventKind
from pabal.domain.outcome import Outcome
from pabal.domain.reputation import Regard
from pabal.domain.suppression import Reason
from pabal.domain.tracking import Tracking
from pabal.feedback.letter import Sort
from pabal.ledger.port import RunState
from pabal.pipeline import words
from pabal.preflight.finding import Severity

STATES = {state: _(text) for state, text in words.STATES.items()}
HAPPENINGS = {happening: _(text) for happening, text in words.HAPPENINGS.items()}
CHANCES = {chance: _(text) for chance, text in words.CHANCES.items()}
EXCLUSIONS = {reason: _(text) for reason, text in words.EXCLUSIONS.items()}

RUN_STATES = {
    RunState.RUNNING: _("running"),
    RunState.PAUSED: _("paused"),
    RunState.CANCELLED: _("cancelled"),
    RunState.FINISHED: _("finished"),
}

EVENTS = {
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

REASONS = {
    Reason.BOUNCE: _("the mailbox does not exist"),
    Reason.COMPLAINT: _("reported as spam"),
    Reason.UNSUBSCRIBED: _("unsubscribed"),
    Reason.PAUSED: _("paused: mails have bounced again and again"),
    Reason.MANUAL: _("stopped by hand"),
    Reason.ERASED: _("erased on request"),
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
