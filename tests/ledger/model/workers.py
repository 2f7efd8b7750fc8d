"""What worker processes do: beat, claim, begin, settle, sweep, and die."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ledger.desk import ACCEPTED, ALIVE, BUSY, NO_ANSWER, NO_SUCH_USER
from ledger.model.office import (
    NOT_SENT,
    OUTCOMES,
    OVER,
    Crash,
    Office,
    Process,
    answers,
    crashes,
    slots,
)
from ledger.model.tables import Row, micros
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Attempt, State
from pabal.domain.identity import DeliveryId
from pabal.domain.outcome import Outcome
from pabal.domain.rate import Rate
from pabal.domain.retry import RetryPolicy
from pabal.domain.suppression import EVERYTHING
from pabal.ledger.port import Begun, RunState
from pabal.ledger.rows import AUTOMATIC_ATTEMPTS

RATE = Rate(per_second=2, burst=3)


class Workers(Office):
    """What a process is told holds, for as long as it sends its heartbeats."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.turns: list[tuple[datetime, int]] = []

    @rule(slot=slots, limit=st.integers(1, 6), outcomes=answers, crash=crashes)
    def work(self, slot: int, limit: int, outcomes: list[Outcome], crash: Crash | None) -> None:
        """Beat, claim and turn, as a worker does: without it few runs would come to the wire."""
        self.beat(slot, None)
        self.claim(slot, limit, True, None)
        self.turn(slot, outcomes, crash)

    @rule(slot=slots, limit=st.integers(1, 3), outcomes=answers, crash=crashes)
    def work_and_vanish(
        self, slot: int, limit: int, outcomes: list[Outcome], crash: Crash | None
    ) -> None:
        """And is found to be dead: without it few runs would come to a doubt."""
        self.work(slot, limit, outcomes, None)
        self.wait(31)
        self.sweep(crash)

    @rule(slot=slots, crash=crashes)
    def beat(self, slot: int, crash: Crash | None) -> None:
        until = self.now + ALIVE
        with self.process(slot) as process:
            self.call(lambda ledger: ledger.heartbeat(process.name, until=until), crash)
            process.alive_until = until

    @rule(slot=slots, limit=st.integers(1, 5), remembers=st.booleans(), crash=crashes)
    def claim(self, slot: int, limit: int, remembers: bool, crash: Crash | None) -> None:
        """remembers: else it has lost what it was told, and asks for its own again."""
        with self.process(slot) as process:
            holding = list(process.claimed) if remembers else []
            free = self._free(process, holding)
            own = {row.id for row in self.database.deliveries() if row.worker == process.name}
            lost = set(holding) - own
            claimed = self.call(
                lambda ledger: ledger.claim(
                    self.desk.campaign,
                    worker=process.name,
                    limit=limit,
                    now=self.now,
                    holding=holding,
                ),
                crash,
            )
            taken = [each.delivery for each in claimed]
            assert set(taken) <= free
            assert len(taken) <= limit
            if process.alive_until > self.now:
                full = min(limit, len(free)) if self.run is RunState.RUNNING else 0
                # What it thinks it has and has lost becomes its own again, unsaid.
                assert full - len(lost) <= len(taken) <= full
                process.sure |= {(delivery, 0) for delivery in taken}
            process.claimed = [*holding, *taken]
            process.sure &= process.holds

    @rule(slot=slots, crash=crashes)
    def release(self, slot: int, crash: Crash | None) -> None:
        with self.process(slot) as process:
            given, before = list(process.claimed), self.database.deliveries()
            self.call(lambda ledger: ledger.release(given, worker=process.name), crash)
            process.claimed = []
            process.sure &= process.holds
            assert self.database.deliveries() == [
                replace(row, worker="") if self._is_own_claim(row, process, given) else row
                for row in before
            ]

    @rule(slot=slots, seconds=st.sampled_from([1, 30, 120]), data=st.data(), crash=crashes)
    def put_off(self, slot: int, seconds: int, data: st.DataObject, crash: Crash | None) -> None:
        """Some of its claims go back, and come to nobody before their moment."""
        mine = self.processes[slot].claimed
        chosen = data.draw(st.lists(st.sampled_from(mine), unique=True)) if mine else []
        until, before = self.now + timedelta(seconds=seconds), self.database.deliveries()
        with self.process(slot) as process:
            self.call(
                lambda ledger: ledger.put_off(dict.fromkeys(chosen, until), worker=process.name),
                crash,
            )
            process.claimed = [each for each in mine if each not in chosen]
            process.sure &= process.holds
            given_back = {"worker": "", "not_before": micros(until)}
            assert self.database.deliveries() == [
                replace(row, **given_back) if self._is_own_claim(row, process, chosen) else row
                for row in before
            ]

    @staticmethod
    def _is_own_claim(row: Row, process: Process, claimed: Sequence[DeliveryId]) -> bool:
        queued = row.state is State.QUEUED
        return queued and row.worker == process.name and row.id in claimed

    @rule(slot=slots, outcomes=answers, crash=crashes)
    def turn(self, slot: int, outcomes: list[Outcome], crash: Crash | None) -> None:
        """Settle some of what is on the wire, and begin what is claimed."""
        answered = list(zip(self.processes[slot].wire, outcomes, strict=False))
        self._hear(answered)
        expected = self._expected(answered)
        with self.process(slot) as process:
            begun = self.call(
                lambda ledger: ledger.turn(
                    [self.desk.settlement(*pair) for pair in answered],
                    process.claimed,
                    worker=process.name,
                    now=self.now,
                ),
                crash,
            )
            process.wire = process.wire[len(answered) :]
            self._note_begun(process, begun)
            self._check_settled(expected)
        self._learn_stops(answered)

    @precondition(lambda self: any(process.wire for process in self.processes))
    @rule(data=st.data(), outcome=st.sampled_from(OUTCOMES), crash=crashes)
    def settle(self, data: st.DataObject, outcome: Outcome, crash: Crash | None) -> None:
        """In time, or by a process that was thought dead: it has been asleep for long."""
        begun = [slot for slot, process in enumerate(self.processes) if process.wire]
        slot = data.draw(st.sampled_from(begun))
        attempt = data.draw(st.sampled_from(self.processes[slot].wire))
        self._hear([(attempt, outcome)])
        expected = self._expected([(attempt, outcome)])
        with self.process(slot) as process:
            settlement = self.desk.settlement(attempt, outcome)
            self.call(lambda ledger: ledger.settle([settlement]), crash)
            process.wire.remove(attempt)
            process.sure &= process.holds
            self._check_settled(expected)
            before = self.database.deliveries()
            self.ledger.settle([settlement])
            assert self.database.deliveries() == before  # settling twice changes nothing
        self._learn_stops([(attempt, outcome)])

    @rule(crash=crashes)
    def sweep(self, crash: Crash | None) -> None:
        alive = self.database.alive(self.now)
        sending = [row for row in self.database.deliveries() if row.state is State.SENDING]
        adrift = {row.id for row in sending if row.worker not in alive}
        found = self.person(lambda ledger: ledger.sweep(now=self.now), crash)
        rows = {row.id: row for row in self.database.deliveries()}
        still = {row.id for row in rows.values() if row.state is State.SENDING}
        for row in sending:
            expected = self.lost_sight_of(row)
            assert rows[row.id].state in (State.SENDING, expected)
        assert still in ({r.id for r in sending}, {r.id for r in sending} - adrift)
        if found is not None:
            assert not still & adrift
            assert set(found) <= adrift
        if crash is None:
            assert found is not None
            assert set(found) == adrift

    def _hear(self, answered: Sequence[tuple[Attempt, Outcome]]) -> None:
        """The server has answered, whatever becomes of the process that hears it."""
        for attempt, outcome in answered:
            self.fates[attempt.delivery][attempt.number] = outcome

    def _expected(
        self, answered: Sequence[tuple[Attempt, Outcome]]
    ) -> Mapping[DeliveryId, tuple[Outcome, State]]:
        """What becomes of deliveries whose attempt is the last, and open."""
        rows = {row.id: row for row in self.database.deliveries()}
        return {
            attempt.delivery: (outcome, self._settled(rows[attempt.delivery], outcome))
            for attempt, outcome in answered
            if rows[attempt.delivery].attempts == attempt.number
            and rows[attempt.delivery].state in (State.SENDING, State.DOUBTFUL)
        }

    def _settled(self, row: Row, outcome: Outcome) -> State:
        again = State.CANCELLED if self.run in OVER else State.QUEUED
        if outcome is NO_ANSWER:
            return self.lost_sight_of(row)
        if outcome is BUSY and row.failures >= len(RetryPolicy().waits):
            return State.FAILED
        return {ACCEPTED: State.SENT, NO_SUCH_USER: State.FAILED}.get(outcome, again)

    def _check_settled(self, expected: Mapping[DeliveryId, tuple[Outcome, State]]) -> None:
        rows = {row.id: row for row in self.database.deliveries()}
        for delivery, (outcome, state) in expected.items():
            row = rows[delivery]
            assert row.state is state
            assert state is not State.QUEUED or row.worker == ""
            is_erased = row.position in self.erased
            address = f"erased:{row.position}" if is_erased else self.desk.address(row.position)
            assert not outcome.suppress or self.database.stop(address, EVERYTHING)

    def _note_begun(self, process: Process, begun: Begun) -> None:
        claimed = set(process.claimed)
        sent = {each.delivery for each in begun.attempts}
        parts = [sent, set(begun.skipped), set(begun.left), set(begun.beyond_quota)]
        assert sum(map(len, parts)) == len(claimed)
        assert set().union(*parts) == claimed
        if begun.attempts or begun.beyond_quota:
            assert self.run is RunState.RUNNING
            assert process.alive_until > self.now
        if self.run is RunState.RUNNING:
            assert not process.sure & {(delivery, 0) for delivery in begun.left}
        assert all(self.is_stopped(delivery) for delivery in begun.skipped)
        for attempt in begun.attempts:
            self._note_attempt(attempt)
        process.sure |= {(each.delivery, each.number) for each in begun.attempts}
        process.wire += begun.attempts
        process.claimed = list(begun.beyond_quota)
        process.sure &= process.holds

    def _note_attempt(self, attempt: Attempt) -> None:
        """Nothing goes on the wire of which nobody knows that it did not go before."""
        assert not self.is_stopped(attempt.delivery)
        fates = self.fates[attempt.delivery]
        assert attempt.number not in fates
        perhaps_sent = [
            number
            for number, outcome in fates.items()
            if outcome not in NOT_SENT and (attempt.delivery, number) not in self.excused
        ]
        if self.on_doubt is OnDoubt.ASK:
            assert perhaps_sent == []
        else:
            assert len(perhaps_sent) < AUTOMATIC_ATTEMPTS
        fates[attempt.number] = None

    def _learn_stops(self, answered: Sequence[tuple[Attempt, Outcome]]) -> None:
        """A mailbox that does not exist stops its address, if the settlement came through."""
        for attempt, outcome in answered:
            address = self.desk.address(attempt.position)
            if outcome.suppress and (stop := self.database.stop(address, EVERYTHING)):
                self.stops.setdefault((address, EVERYTHING), stop)

    @rule(count=st.integers(1, 4), crash=crashes)
    def take_turn(self, count: int, crash: Crash | None) -> None:
        at = self.person(lambda ledger: ledger.take_turn(RATE, count=count, now=self.now), crash)
        if at is None:
            return
        assert at >= self.now
        self.turns.append((at, count))
        for earlier, (begin, _) in enumerate(self.turns):
            among = sum(n for _, n in self.turns[earlier:])
            most = max(RATE.burst, count) + RATE.per_second * (at - begin).total_seconds()
            assert among <= most + 1e-6

    def _free(self, process: Process, holding: Sequence[DeliveryId]) -> set[DeliveryId]:
        """What the process may claim now."""
        alive, now = self.database.alive(self.now), micros(self.now)
        return {
            row.id
            for row in self.database.deliveries()
            if row.state is State.QUEUED
            and row.not_before <= now
            and (row.worker not in alive or row.worker == process.name)
            and row.id not in holding
        }
