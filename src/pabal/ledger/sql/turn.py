"""Settling and beginning: the two durable steps around every mail.

Rows are read once, everything is decided here on values, and all is written once.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pabal.domain.delivery import Happening, State
from pabal.domain.identity import DeliveryId
from pabal.domain.outcome import Outcome, Verdict
from pabal.domain.quota import bucket_of
from pabal.domain.suppression import EVERYTHING, Reason, Suppression
from pabal.ledger.port import Begun, Settlement
from pabal.ledger.sql import quota, suppressions
from pabal.ledger.sql.beginning import Beginning
from pabal.ledger.sql.changes import Changes, Row, Words, ask_to_hold, read_held, slot_of
from pabal.ledger.sql.events import FOUND_BY_EVENT, proven_sent
from pabal.ledger.sql.instants import to_micros
from pabal.ledger.sql.session import Answer, Statements

_SETTLEABLE = frozenset({State.SENDING, State.DOUBTFUL})
# What went over the wire, or may have gone, is used up.
_USES_QUOTA = frozenset({Verdict.ACCEPTED, Verdict.UNKNOWN})
RESENT_BY_ITSELF = Words(text="Sent again without asking, as the campaign is set to.")


def turn(
    sql: Statements,
    settlements: Sequence[Settlement],
    deliveries: Sequence[DeliveryId],
    *,
    worker: str,
    now: datetime,
    daily_limit: int | None,
) -> Begun:
    """Settle, then begin, in the transaction that is open.

    Everything is asked before anything is read: with the commit, two waits for the database.
    """
    held = ask_to_hold(sql, [*(each.attempt.delivery for each in settlements), *deliveries])
    terms = _Terms.ask(sql, worker, daily_limit, now=now) if deliveries else None
    rows = read_held(held)
    changes = Changes(slot=slot_of(worker))
    reservations = Counter[int]()
    settle(sql, settlements, rows, changes, reservations)
    begun = Begun(attempts=())
    if terms is not None:
        beginning = Beginning(worker=worker, now=now, is_alive=terms.is_alive, changes=changes)
        for delivery in dict.fromkeys(deliveries):
            beginning.consider(delivery, rows.get(delivery))
        begun = beginning.begin(room=terms.room(reservations))
        reservations[bucket_of(now)] += beginning.reserved
    changes.write(sql)
    quota.reserve(sql, reservations)
    return begun


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """What beginning depends on beside the deliveries: asked now, read when it is needed."""

    alive: Answer
    allowance: quota.Allowance | None

    @classmethod
    def ask(
        cls, sql: Statements, worker: str, daily_limit: int | None, *, now: datetime
    ) -> "_Terms":
        alive = sql.ask("is_alive", {"worker": worker, "now": to_micros(now)})
        return cls(alive=alive, allowance=quota.ask_for_allowance(sql, daily_limit, now=now))

    @property
    def is_alive(self) -> bool:
        return bool(self.alive())

    def room(self, given_back: Mapping[int, int]) -> int | None:
        """Return how many may begin; None for any number."""
        return None if self.allowance is None else self.allowance.room(given_back)


def settle(
    sql: Statements,
    settlements: Sequence[Settlement],
    rows: Mapping[DeliveryId, Row],
    changes: Changes,
    reservations: Counter[int],
) -> None:
    """Apply the settlements whose attempt is still the delivery's last and open."""
    stops: list[Suppression] = []
    # A bounce may be faster than the answer behind the final dot (RFC 5321 4.5.3.2.6).
    lost = [s.attempt.delivery for s in settlements if _is_lost(s)]
    proven = proven_sent(sql, lost)
    for settlement in settlements:
        row = rows.get(settlement.attempt.delivery)
        if row is None or not _is_open(row, settlement):
            continue
        _apply(row, settlement, changes, is_proven=row.id in proven)
        if settlement.outcome.verdict not in _USES_QUOTA:
            reservations[bucket_of(settlement.attempt.begun_at)] -= 1
        if settlement.outcome.suppress:
            stops.append(_stop(row, settlement.outcome, settlement.at))
    suppressions.add(sql, stops)
    _stop_rows(rows.values(), {stop.address for stop in stops})


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
    if row.state is State.DOUBTFUL and is_proven:
        changes.happen(row, Happening.FOUND_SENT, settlement.at, FOUND_BY_EVENT)
    elif row.state is State.DOUBTFUL and row.resends_itself:
        changes.happen(row, Happening.RESENT, settlement.at, RESENT_BY_ITSELF)


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
