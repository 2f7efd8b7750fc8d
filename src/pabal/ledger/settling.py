"""What becomes of attempts that have ended. Decides on rows; reads and writes nothing."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pabal.domain.delivery import Happening, IllegalTransition, State
from pabal.domain.identity import DeliveryId
from pabal.domain.outcome import Outcome, Verdict
from pabal.domain.quota import bucket_of
from pabal.domain.suppression import EVERYTHING, Reason, Suppression
from pabal.ledger.instants import to_micros
from pabal.ledger.port import Settlement
from pabal.ledger.rows import Changes, Row, Words

_SETTLEABLE = frozenset({State.SENDING, State.DOUBTFUL})
# What went over the wire, or may have gone, is used up.
_USES_QUOTA = frozenset({Verdict.ACCEPTED, Verdict.UNKNOWN})
RESOLVES = frozenset({Happening.FOUND_SENT, Happening.RESENT})
WORKER_GONE = Words(text="The worker stopped before an answer was written.")
RESENT_BY_ITSELF = Words(text="Sent again without asking, as the campaign is set to.")
FOUND_BY_EVENT = Words(text="What came back about the mail proves that it was sent.")


def refuse_unless_doubtful(row: Row | None, happening: Happening) -> Row:
    """Return a delivery that may be settled by hand. Raises IllegalTransition: it may not."""
    if row is None or row.state is not State.DOUBTFUL or happening not in RESOLVES:
        raise IllegalTransition(
            state=row.state.value if row else "unknown", happening=happening.value
        )
    return row


def lose_sight(changes: Changes, row: Row, now: datetime, *, is_proven: bool) -> None:
    """Say of an attempt whose worker has died that nobody knows; and what follows from it.

    is_proven: something has come back about the delivery.
    """
    changes.happen(row, Happening.LOST_SIGHT, now, WORKER_GONE)
    _answer_doubt(changes, row, now, is_proven=is_proven)


def lost(settlements: Sequence[Settlement]) -> Sequence[DeliveryId]:
    """Return the deliveries of which nobody knows; an event may.

    A bounce may be faster than the answer behind the final dot (RFC 5321 4.5.3.2.6).
    """
    return [each.attempt.delivery for each in settlements if _is_lost(each)]


def settle(
    settlements: Sequence[Settlement],
    rows: Mapping[DeliveryId, Row],
    changes: Changes,
    reservations: Counter[int],
    proven: Collection[DeliveryId],
) -> Sequence[Suppression]:
    """Apply the settlements whose attempt is still the delivery's last and open.

    reservations: of the quota by bucket; what is given back is taken off.
    proven: deliveries that something came back about. Returns the addresses to stop.
    """
    stops: list[Suppression] = []
    for settlement in settlements:
        row = rows.get(settlement.attempt.delivery)
        if row is None or not _is_open(row, settlement):
            continue
        _apply(row, settlement, changes, is_proven=row.id in proven)
        if settlement.outcome.verdict not in _USES_QUOTA:
            reservations[bucket_of(settlement.attempt.begun_at)] -= 1
        if settlement.outcome.suppress:
            stops.append(_stop(row, settlement.outcome, settlement.at))
    _stop_rows(rows.values(), {stop.address for stop in stops})
    return stops


def _is_open(row: Row, settlement: Settlement) -> bool:
    if row.attempts != settlement.attempt.number or row.state not in _SETTLEABLE:
        return False
    # A doubt that is told again is no news.
    return not (_is_lost(settlement) and row.state is State.DOUBTFUL)


def _is_lost(settlement: Settlement) -> bool:
    return settlement.decision.happening is Happening.LOST_SIGHT


def _apply(row: Row, settlement: Settlement, changes: Changes, *, is_proven: bool) -> None:
    decision = settlement.decision
    if decision.happening is Happening.DEFERRED:
        row.failures += 1
        row.not_before = to_micros(decision.not_before or settlement.at)
    changes.happen(row, decision.happening, settlement.at, Words.of(settlement.outcome))
    if row.state is State.DOUBTFUL:
        _answer_doubt(changes, row, settlement.at, is_proven=is_proven)


def _answer_doubt(changes: Changes, row: Row, at: datetime, *, is_proven: bool) -> None:
    """Settle a doubt that needs nobody: by what came back, or as the campaign is set to."""
    if is_proven:
        changes.happen(row, Happening.FOUND_SENT, at, FOUND_BY_EVENT)
    elif row.resends_itself:
        changes.happen(row, Happening.RESENT, at, RESENT_BY_ITSELF)


def _stop(row: Row, outcome: Outcome, at: datetime) -> Suppression:
    return Suppression(
        address=row.address,
        scope=EVERYTHING,
        reason=Reason.BOUNCE,
        since=at,
        detail=str(Words.of(outcome).about(row.address)),
    )


def _stop_rows(rows: Collection[Row], addresses: Collection[str]) -> None:
    for row in rows:
        if row.address in addresses:
            row.stop = Reason.BOUNCE
