"""Settling and beginning: the two durable steps around every mail.

Rows are read once, everything is decided here on values, and all is written once.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pabal.domain.identity import DeliveryId
from pabal.domain.quota import bucket_of
from pabal.ledger.beginning import Beginning
from pabal.ledger.instants import to_micros
from pabal.ledger.port import Begun, Settlement
from pabal.ledger.rows import Changes, slot_of
from pabal.ledger.settling import lost, settle
from pabal.ledger.sql import quota, suppressions
from pabal.ledger.sql.changes import ask_to_hold, read_held, write
from pabal.ledger.sql.events import proven_sent
from pabal.ledger.sql.session import Answer, Statements


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
    proven = proven_sent(sql, lost(settlements))
    suppressions.add(sql, settle(settlements, rows, changes, reservations, proven))
    begun = Begun(attempts=())
    if terms is not None:
        beginning = Beginning(worker=worker, now=now, is_alive=terms.is_alive, changes=changes)
        for delivery in dict.fromkeys(deliveries):
            beginning.consider(delivery, rows.get(delivery))
        begun = beginning.begin(room=terms.room(reservations))
        reservations[bucket_of(now)] += beginning.reserved
    write(sql, changes)
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
