"""Which of a worker's deliveries may go on the wire now. Decides; reads nothing."""

from dataclasses import dataclass, field
from datetime import datetime

from pabal.domain.delivery import Attempt, Happening, State
from pabal.domain.identity import DeliveryId
from pabal.domain.suppression import Reason
from pabal.ledger.instants import from_micros, to_micros
from pabal.ledger.port import Begun, RunState
from pabal.ledger.rows import Changes, Row, Words

_WHY_SKIPPED = {
    Reason.BOUNCE: "The mailbox does not exist.",
    Reason.COMPLAINT: "The recipient has complained.",
    Reason.UNSUBSCRIBED: "The recipient has unsubscribed.",
    Reason.RESTING: "The recipient has asked for a pause.",
    Reason.PAUSED: "Mails to the address have bounced again and again.",
    Reason.MANUAL: "The address is on the suppression list.",
    Reason.ERASED: "The recipient was erased on request.",
}


@dataclass(slots=True, kw_only=True)
class Beginning:
    """Sorts deliveries into those that may begin and those that may not.

    is_alive: the worker's heartbeat holds. If not, a sweep would take its attempts for
    lost while they are on the wire, so it begins nothing.
    """

    worker: str
    now: datetime
    is_alive: bool
    changes: Changes
    reserved: int = 0
    _attempts: list[Attempt] = field(default_factory=list[Attempt])
    _ready: list[Row] = field(default_factory=list[Row])
    _skipped: list[DeliveryId] = field(default_factory=list[DeliveryId])
    _left: list[DeliveryId] = field(default_factory=list[DeliveryId])

    def consider(self, delivery: DeliveryId, row: Row | None) -> None:
        """Look at one delivery; None is one that the ledger does not know."""
        if row is None or row.worker != self.worker:
            self._left.append(delivery)
        elif row.state is State.SENDING:
            self._attempts.append(_attempt(row))
        elif row.state is State.SKIPPED:
            self._skipped.append(delivery)
        elif row.state is State.QUEUED:
            self._consider_claimed(row)
        else:
            self._left.append(delivery)

    def begin(self, *, room: int | None) -> Begun:
        """Begin as many as the quota has room for; None is no limit."""
        granted = self._ready[:room]
        for row in granted:
            self._begin(row)
        self.reserved = len(granted)
        return Begun(
            attempts=self._attempts,
            skipped=self._skipped,
            left=self._left,
            beyond_quota=[row.id for row in self._ready[len(granted) :]],
        )

    def _consider_claimed(self, row: Row) -> None:
        if row.run is not RunState.RUNNING or not self.is_alive:
            self.changes.release(row)
            self._left.append(row.id)
        elif row.stop is not None:
            text = Words(text=_WHY_SKIPPED[row.stop])
            self.changes.happen(row, Happening.SUPPRESSED, self.now, text)
            self._skipped.append(row.id)
        else:
            self._ready.append(row)

    def _begin(self, row: Row) -> None:
        row.attempts += 1
        row.not_before = 0
        row.begun_at = to_micros(self.now)
        self.changes.happen(row, Happening.BEGUN, self.now)
        self._attempts.append(_attempt(row))


def _attempt(row: Row) -> Attempt:
    return Attempt(
        delivery=row.id,
        number=row.attempts,
        failures=row.failures,
        position=row.position,
        address=row.address,
        begun_at=from_micros(row.begun_at or 0),
    )
