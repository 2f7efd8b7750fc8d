"""The ledger's contract as a machine: whatever is done in whatever order, whoever dies of it.

The model keeps what the outside knows: what processes were told, what went on the wire and
what a server answered. Every call may be cut off between any two statements; then the caller
repeats it, or has died and another process with another name takes its place.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from hypothesis.stateful import invariant

from ledger.desk import ACCEPTED, check_books
from ledger.model.office import LIMIT, SCOPES
from ledger.model.people import People
from ledger.model.returns import Returns
from ledger.model.tables import Row, moment_of
from ledger.model.workers import Workers
from pabal.domain.delivery import FINAL, State
from pabal.domain.quota import BUCKET, WINDOW
from pabal.domain.suppression import EVERYTHING
from pabal.ledger.port import RunState


class LedgerMachine(People, Workers, Returns):
    """What always holds, and that everybody comes to an end."""

    @invariant()
    def the_books_agree(self) -> None:
        check_books(self.database)
        assert sum(self.desk.states().values()) == self.recipients

    @invariant()
    def no_window_holds_more_than_the_limit(self) -> None:
        used = self.database.used()
        for end in used:
            assert sum(end - WINDOW < moment <= end for moment in used) <= LIMIT
        recent = sum(moment > self.now - WINDOW for moment in used)
        older = sum(moment > self.now - WINDOW - BUCKET for moment in used)
        assert recent <= self.ledger.quota_used(now=self.now) <= older

    @invariant()
    def nobody_is_held_by_two(self) -> None:
        held = Counter(delivery for process in self.processes for delivery, _ in process.sure)
        assert not [delivery for delivery, count in held.items() if count > 1]

    @invariant()
    def what_is_read_agrees(self) -> None:
        rows = self.database.deliveries()
        assert self.ledger.deferred(self.desk.campaign) == sum(
            row.state is State.QUEUED and row.not_before > 0 and row.failures > 0 for row in rows
        )
        assert self.ledger.next_due(self.desk.campaign, now=self.now) == self._next_due(rows)
        addresses = [self.desk.address(position) for position in range(20)]
        found = self.ledger.suppressions(addresses, SCOPES)
        assert set(found) == {address for address, scope in self.stops if scope in SCOPES}
        for address, stop in found.items():
            assert stop == self.stops[address, stop.scope]
            assert stop.scope == EVERYTHING or (address, EVERYTHING) not in self.stops

    def teardown(self) -> None:
        """From wherever it stands, nobody is lost: a process that lives on comes to the end."""
        try:
            self._come_to_the_end()
        finally:
            self.ledger.close()
            self.database.eyes.close()

    def _come_to_the_end(self) -> None:
        if self.recipients == 0:
            return
        if self.run is not RunState.CANCELLED:
            self.desk.set_state(RunState.RUNNING)
        else:
            self.desk.set_state(RunState.CANCELLED)  # whoever was cut off repeats it
        for _ in range(2 * self.recipients):
            self.desk.wait(days=1, minutes=2)
            self.desk.heartbeat("heir")
            self.ledger.sweep(now=self.now)
            begun = self.desk.put_on_wire(LIMIT, worker="heir")
            self.desk.settle(begun, ACCEPTED)
            check_books(self.database)
            left = {State(name) for name in self.desk.states()} - FINAL
            if left <= {State.DOUBTFUL}:
                return
        raise AssertionError(f"never ends: {self.desk.states()}")

    def _next_due(self, rows: Sequence[Row]) -> datetime | None:
        alive = self.database.alive(self.now)
        free = [r.not_before for r in rows if r.state is State.QUEUED and r.worker not in alive]
        return max(self.now, moment_of(min(free))) if free else None
