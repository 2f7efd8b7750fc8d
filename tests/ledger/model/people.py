"""What people do: start, enqueue, pause, cancel, resolve, suppress."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from ledger.model.office import OVER, SCOPES, Crash, Office, crashes, positions, scopes
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Happening, IllegalTransition, State
from pabal.domain.suppression import EVERYTHING, Reason, Suppression
from pabal.ledger.errors import CampaignOver
from pabal.ledger.port import RunState
from pabal.ledger.sql.ledger import SqlLedger

RESOLVES = (Happening.FOUND_SENT, Happening.RESENT)


class People(Office):
    """Where a call is cut off and nobody repeats it, it was done as a whole or not at all."""

    @initialize(on_doubt=st.sampled_from(OnDoubt), recipients=st.sampled_from([2, 10]))
    def start(self, on_doubt: OnDoubt, recipients: int) -> None:
        """recipients: few come to the end more often."""
        self.on_doubt = on_doubt
        self.desk.start(recipients, on_doubt=on_doubt, scopes=SCOPES)
        self.recipients = recipients

    @precondition(lambda self: self.recipients < 16)
    @rule(more=st.integers(1, 3), overlap=st.integers(0, 3), crash=crashes)
    def enqueue(self, more: int, overlap: int, crash: Crash | None) -> None:
        start = max(0, self.recipients - overlap)
        entries = self.desk.entries(self.recipients + more - start, start=start)
        added = self.person(
            lambda ledger: ledger.enqueue(self.desk.campaign, entries, now=self.now), crash
        )
        there = sum(self.desk.states().values()) - self.recipients
        assert there in ((more,) if added is not None else (0, more))
        assert added in ((more,) if crash is None else (None, more, 0))
        if self.run in OVER:
            assert all(
                row.state is State.CANCELLED
                for row in self.database.deliveries()
                if row.position >= self.recipients
            )
        self.recipients += there

    @rule(state=st.sampled_from([RunState.PAUSED, RunState.RUNNING]), crash=crashes)
    def pause_or_resume(self, state: RunState, crash: Crash | None) -> None:
        self._set_state(state, crash)

    @precondition(lambda self: len(self.fates) > 3)
    @rule(crash=crashes)
    def cancel(self, crash: Crash | None) -> None:
        if self._set_state(RunState.CANCELLED, crash) and self.run is RunState.CANCELLED:
            assert "queued" not in self.desk.states()

    @precondition(lambda self: not {"queued", "sending"} & self.desk.states().keys())
    @rule(crash=crashes)
    def finish(self, crash: Crash | None) -> None:
        self._set_state(RunState.FINISHED, crash)

    def _set_state(self, state: RunState, crash: Crash | None) -> bool:
        """Return whether it is known to be done."""
        told = self.person(
            lambda ledger: ledger.set_state(self.desk.campaign, state, reason="x", now=self.now),
            crash,
        )
        expected = self.run if self.run in OVER else state
        found = self.ledger.run(self.desk.campaign).state
        assert found is expected or (told is None and found is self.run)
        self.run = found
        return told is not None

    @precondition(lambda self: "doubtful" in self.desk.states())
    @rule(
        data=st.data(),
        happening=st.sampled_from(RESOLVES),
        crash=crashes,
    )
    def resolve(self, data: st.DataObject, happening: Happening, crash: Crash | None) -> None:
        page = self.ledger.deliveries(self.desk.campaign, state=State.DOUBTFUL)
        delivery = data.draw(st.sampled_from(page)).id

        def act(ledger: SqlLedger) -> State:
            return ledger.resolve(delivery, happening, note="asked", now=self.now)

        if happening is Happening.RESENT and self.run is RunState.CANCELLED:
            with pytest.raises(CampaignOver):
                act(self.ledger)
            return
        state = self.person(act, crash)
        resolved = State.SENT if happening is Happening.FOUND_SENT else State.QUEUED
        assert state in (resolved, None)
        if state is not None:
            assert act(self.ledger) is resolved  # the same again changes nothing
        if self.database.state_of(delivery) is State.QUEUED:
            self.excused |= {(delivery, number) for number in self.fates[delivery]}
            assert self.ledger.run(self.desk.campaign).state not in OVER
        self.run = self.ledger.run(self.desk.campaign).state

    @rule(position=positions, happening=st.sampled_from(Happening))
    def resolve_what_is_not_doubtful(self, position: int, happening: Happening) -> None:
        found = self.ledger.delivery(self.desk.id(position))
        if position in self.erased and happening in RESOLVES:
            return  # the note was left out that tells a mistake from a repetition
        if found is not None and found.state is not State.DOUBTFUL:
            with pytest.raises(IllegalTransition):
                self.ledger.resolve(found.id, happening, note="mistaken", now=self.now)
            assert self.ledger.delivery(found.id) == found

    @rule(position=positions, scope=scopes, reason=st.sampled_from(Reason), crash=crashes)
    def suppress(self, position: int, scope: str, reason: Reason, crash: Crash | None) -> None:
        stop = Suppression(
            address=self.desk.address(position), scope=scope, reason=reason, since=self.now
        )
        self.person(lambda ledger: ledger.suppress(stop), crash)
        if self.database.stop(stop.address, scope):
            self.stops.setdefault((stop.address, scope), stop)
        else:
            assert crash is not None

    @rule(position=positions, scope=scopes, crash=crashes)
    def lift(self, position: int, scope: str, crash: Crash | None) -> None:
        address = self.desk.address(position)
        self.person(lambda ledger: ledger.lift(address, scope), crash)
        if self.database.stop(address, scope) is None:
            self.stops.pop((address, scope), None)
        else:
            assert crash is not None

    @rule(position=positions, crash=crashes)
    def erase(self, position: int, crash: Crash | None) -> None:
        """Whoever is not in the ledger yet is erased in a test of enqueueing."""
        if not self.ledger.delivery(self.desk.id(position)):
            return
        address, alias = self.desk.address(position), f"erased:{position}"
        told = {key for key in self.stops if key[0] == address}

        def act(ledger: SqlLedger) -> bool:
            ledger.erase(address, alias, now=self.now)
            return True

        done = self.person(act, crash)
        if self.database.stop(alias, EVERYTHING) is None:
            assert done is None
            assert {key for key in told if self.database.stop(*key)} == told
            return
        if done is None:
            act(self.ledger)  # on DynamoDB it may be half done, and goes on where it was cut off
        assert not any(self.database.stop(*key) for key in told)
        for key in told:
            del self.stops[key]
        assert self.ledger.find(address) == []
        # What is found to be sent again later is queued, and skipped when its turn comes.
        assert (
            position in self.erased
            or self.database.state_of(self.desk.id(position)) is not State.QUEUED
        )
        self.erased.add(position)
