"""What follows from what came back. Decides on values; the ledgers read and write."""

from collections.abc import Sequence
from dataclasses import dataclass

from pabal.domain.bouncing import COUNTED, BouncePolicy, Failure, Weight
from pabal.domain.delivery import State
from pabal.domain.event import EventKind, FeedbackEvent
from pabal.domain.suppression import EVERYTHING, Suppression
from pabal.ledger.rows import Row, Words

_AT_ONCE = frozenset({Weight.HARD, Weight.COMPLAINT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """ends_pause: a pause of the address is over. stop: its suppression, or None."""

    ends_pause: bool
    stop: Suppression | None


def asks_for_failures(weight: Weight) -> bool:
    """Whether the counted bounces of the address matter."""
    return weight in COUNTED or weight is Weight.REACHED


def judge(
    event: FeedbackEvent,
    address: str,
    weight: Weight,
    failures: Sequence[Failure],
    policy: BouncePolicy,
) -> Judgement:
    """Stop the address, or end its pause. The order in which events are told is no matter.

    failures: of the address since a mail last reached it, this event included.
    """
    reason = policy.stop(_now_counts(weight, failures), failures)
    stop = None
    if reason is not None:
        said = Words(code=event.reply.code, enhanced=event.reply.enhanced, text=event.reply.text)
        detail = Words.plain(f"{event.label} {said}".strip()).about(address).text
        stop = Suppression(
            address=address, scope=EVERYTHING, reason=reason, since=event.at, detail=detail
        )
    ends_pause = weight in _AT_ONCE or (weight is Weight.REACHED and reason is None)
    return Judgement(ends_pause=ends_pause, stop=stop)


def proves_sent(event: FeedbackEvent) -> bool:
    """Whether nothing comes back of a mail that was not sent; a service's refusal does."""
    return event.kind is not EventKind.REJECTED


def settles_doubt(event: FeedbackEvent, row: Row) -> bool:
    """Whether nothing of it is to be sent again: something has come back about it."""
    is_open = row.state is State.DOUBTFUL or (row.state is State.QUEUED and row.attempts > 0)
    return is_open and proves_sent(event)


def _now_counts(weight: Weight, failures: Sequence[Failure]) -> Weight:
    """A mail that arrived in between: what was counted behind it still counts."""
    return failures[-1].weight if weight is Weight.REACHED and failures else weight
