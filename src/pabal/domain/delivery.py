"""A delivery: one campaign to one recipient, and the states it goes through.

Rule: every change of state is in TRANSITIONS. The ledgers, the engine and the reports
read this table; none of them knows a transition of its own.
"""

import enum
from dataclasses import dataclass
from datetime import datetime

from pabal.domain.errors import PabalError
from pabal.domain.identity import DeliveryId


class State(enum.Enum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DOUBTFUL = "doubtful"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class Happening(enum.Enum):
    ENQUEUED = "enqueued"
    BEGUN = "begun"  # the intent is durable; the wire may be used now
    ACCEPTED = "accepted"
    DEFERRED = "deferred"  # a transient failure: again, not before a time
    HELD = "held"  # the server refuses us, not this recipient: the attempt is not counted
    REFUSED = "refused"
    GAVE_UP = "gave up"
    LOST_SIGHT = "lost sight"  # no answer, or the process died
    SUPPRESSED = "suppressed"  # the recipient left since the package was frozen
    CANCELLED = "cancelled"
    FOUND_SENT = "found sent"  # evidence, or a person
    RESENT = "resent"


# A settlement that comes after its lease has lapsed finds the delivery doubtful. It is
# the best evidence there is, so DOUBTFUL takes every happening that SENDING takes.
_SETTLED = {
    Happening.ACCEPTED: State.SENT,
    Happening.DEFERRED: State.QUEUED,
    Happening.HELD: State.QUEUED,
    Happening.REFUSED: State.FAILED,
    Happening.GAVE_UP: State.FAILED,
    Happening.LOST_SIGHT: State.DOUBTFUL,
}

TRANSITIONS: dict[tuple[State | None, Happening], State] = {
    (None, Happening.ENQUEUED): State.QUEUED,
    (State.QUEUED, Happening.BEGUN): State.SENDING,
    (State.QUEUED, Happening.SUPPRESSED): State.SKIPPED,
    (State.QUEUED, Happening.CANCELLED): State.CANCELLED,
    **{(State.SENDING, happening): state for happening, state in _SETTLED.items()},
    **{(State.DOUBTFUL, happening): state for happening, state in _SETTLED.items()},
    (State.DOUBTFUL, Happening.FOUND_SENT): State.SENT,
    # It waits for another attempt, and something has come back about the last one.
    (State.QUEUED, Happening.FOUND_SENT): State.SENT,
    (State.DOUBTFUL, Happening.RESENT): State.QUEUED,
}

FINAL = frozenset({State.SENT, State.FAILED, State.SKIPPED, State.CANCELLED})


class IllegalTransition(PabalError):
    code = "illegal-transition"
    message = "A delivery that is {state} cannot become {happening}."
    remedy = "This is a mistake in Pabal: report it with the log."


def after(state: State | None, happening: Happening) -> State:
    """Return the state that follows. Raises IllegalTransition: the table has none."""
    try:
        return TRANSITIONS[state, happening]
    except KeyError:
        name = state.value if state else "new"
        raise IllegalTransition(state=name, happening=happening.value) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to submit a delivery; its intent is durable.

    number: 1 is the first; grows with every try, counted or not.
    failures: transient failures before this attempt; what the retry policy counts.
    position: the recipient's place in the package. address: Address.identity.
    """

    delivery: DeliveryId
    number: int
    failures: int
    position: int
    address: str
    begun_at: datetime
