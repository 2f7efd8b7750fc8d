"""The ledger's contract as a machine: whatever is done in whatever order, whoever dies of it.

The model keeps what the outside knows: what processes were told, what went on the wire and
what a server answered. Every call may be cut off between any two statements; then the caller
repeats it, or has died and another process with another name takes its place.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger.desk import (
    ACCEPTED,
    ALIVE,
    BUSY,
    LOGIN_REFUSED,
    NO_ANSWER,
    NO_SUCH_USER,
    START,
    Database,
    Desk,
    check_books,
)
from ledger.saboteur import COMMIT, Saboteur
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import FINAL, Attempt, Happening, IllegalTransition, State
from pabal.domain.identity import DeliveryId, campaign_id
from pabal.domain.outcome import Outcome
from pabal.domain.quota import BUCKET, WINDOW
from pabal.domain.rate import Rate
from pabal.domain.retry import RetryPolicy
from pabal.domain.suppression import EVERYTHING, Reason, Suppression
from pabal.ledger.errors import CampaignOver, LedgerUnavailable
from pabal.ledger.port import Begun, RunState
from pabal.ledger.sql.changes import AUTOMATIC_ATTEMPTS
from pabal.ledger.sql.dialect import Connection
from pabal.ledger.sql.ledger import SqlLedger
from pabal.ledger.sql.workers import KEPT

T = TypeVar("T")

LIMIT = 6
PROCESSES = 3
SCOPES = ("all", "list:1")
RATE = Rate(per_second=2, burst=3)
OVER = (RunState.CANCELLED, RunState.FINISHED)
OUTCOMES = (ACCEPTED, BUSY, LOGIN_REFUSED, NO_SUCH_USER, NO_ANSWER)
_NOT_SENT = (BUSY, LOGIN_REFUSED, NO_SUCH_USER)


@dataclass(frozen=True)
class Crash:
    """Where a call is cut off, as a Saboteur does, and whether its process goes with it."""

    at: int
    behind: bool
    dies: bool


class Watched(Database):
    """A database that is looked into after every step, so over one connection."""

    @cached_property
    def eyes(self) -> Connection:
        return self.connector()()

    def rows(self, sql: str) -> list[tuple]:
        cursor = self.eyes.cursor()
        cursor.execute(sql)
        return cursor.fetchall()


class _Died(Exception):
    """Whoever called is gone."""


@dataclass
class Process:
    """A worker as it sees itself.

    sure: what it has claimed (0) or begun (the attempt's number), and has sent heartbeats for
    without a gap since.
    """

    name: str
    claimed: list[DeliveryId] = field(default_factory=list)
    wire: list[Attempt] = field(default_factory=list)
    alive_until: datetime = START
    sure: set[tuple[DeliveryId, int]] = field(default_factory=set)

    @property
    def holds(self) -> set[tuple[DeliveryId, int]]:
        return {
            *((delivery, 0) for delivery in self.claimed),
            *((attempt.delivery, attempt.number) for attempt in self.wire),
        }


@dataclass(frozen=True)
class Row:
    """A delivery as it stands in the table."""

    id: DeliveryId
    position: int
    state: State
    attempts: int
    failures: int
    not_before: int
    worker: str


slots = st.integers(0, PROCESSES - 1)
positions = st.integers(0, 5)
answers = st.lists(st.sampled_from(OUTCOMES), max_size=6)
scopes = st.sampled_from(["all", "list:1", "list:2"])
deaths = st.sampled_from([False, False, True])
crashes = st.one_of(
    st.none(),
    st.none(),
    st.builds(Crash, at=st.integers(1, 12), behind=st.booleans(), dies=deaths),
    st.builds(Crash, at=st.just(COMMIT), behind=st.just(True), dies=deaths),
)


class LedgerMachine(RuleBasedStateMachine):
    """Three processes, one campaign, a quota of six."""

    def __init__(self, url: str) -> None:
        """url: of an empty ledger."""
        super().__init__()
        self.database = Watched(url)
        ledger = self.database.ledger(daily_limit=LIMIT)
        self.desk = Desk(self.database, ledger, campaign=campaign_id(b"model"))
        self.processes = [Process(f"p{slot}") for slot in range(PROCESSES)]
        self.born = PROCESSES
        self.recipients = 0
        self.run = RunState.RUNNING
        self.on_doubt = OnDoubt.ASK
        self.stops: dict[tuple[str, str], Suppression] = {}
        self.fates: dict[DeliveryId, dict[int, Outcome | None]] = defaultdict(dict)
        self.excused: set[tuple[DeliveryId, int]] = set()
        self.turns: list[tuple[datetime, int]] = []

    @property
    def ledger(self) -> SqlLedger:
        return self.desk.ledger

    @property
    def now(self) -> datetime:
        return self.desk.now

    def call(self, act: Callable[[SqlLedger], T], crash: Crash | None) -> T:
        """Do it, perhaps cut off and repeated. Raises _Died: nobody has repeated it."""
        if crash is None:
            return act(self.ledger)
        saboteur = Saboteur(crash.at, behind=crash.behind)
        victim = self.database.sabotaged_ledger(saboteur.wrap, daily_limit=LIMIT)
        try:
            return act(victim)
        except LedgerUnavailable:
            if crash.dies:
                raise _Died from None
            return act(self.ledger)
        finally:
            victim.close()

    @contextmanager
    def process(self, slot: int) -> Iterator[Process]:
        """Let a process do something. If it dies of it, another one takes its place."""
        try:
            yield self.processes[slot]
        except _Died:
            self.born += 1
            self.processes[slot] = Process(f"p{self.born}")

    def person(self, act: Callable[[SqlLedger], T], crash: Crash | None) -> T | None:
        """Let a person do something; None where nobody knows whether it is done."""
        try:
            return self.call(act, crash)
        except _Died:
            return None

    # The campaign

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
                for row in self._rows()
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

    # Processes

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
            own = {row.id for row in self._rows() if row.worker == process.name}
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
            given, before = list(process.claimed), self._rows()
            self.call(lambda ledger: ledger.release(given, worker=process.name), crash)
            process.claimed = []
            process.sure &= process.holds
            assert self._rows() == [
                replace(row, worker="") if self._is_own_claim(row, process, given) else row
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
            before = self._rows()
            self.ledger.settle([settlement])
            assert self._rows() == before  # settling twice changes nothing
        self._learn_stops([(attempt, outcome)])

    @rule(crash=crashes)
    def sweep(self, crash: Crash | None) -> None:
        alive = self._alive()
        sending = [row for row in self._rows() if row.state is State.SENDING]
        adrift = {row.id for row in sending if row.worker not in alive}
        found = self.person(lambda ledger: ledger.sweep(now=self.now), crash)
        rows = {row.id: row for row in self._rows()}
        still = {row.id for row in rows.values() if row.state is State.SENDING}
        for row in sending:
            expected = State.QUEUED if self._resends(row) else State.DOUBTFUL
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
        rows = {row.id: row for row in self._rows()}
        return {
            attempt.delivery: (outcome, self._settled(rows[attempt.delivery], outcome))
            for attempt, outcome in answered
            if rows[attempt.delivery].attempts == attempt.number
            and rows[attempt.delivery].state in (State.SENDING, State.DOUBTFUL)
        }

    def _settled(self, row: Row, outcome: Outcome) -> State:
        again = State.CANCELLED if self.run in OVER else State.QUEUED
        if outcome is NO_ANSWER:
            return State.QUEUED if self._resends(row) else State.DOUBTFUL
        if outcome is BUSY and row.failures >= len(RetryPolicy().waits):
            return State.FAILED
        return {ACCEPTED: State.SENT, NO_SUCH_USER: State.FAILED}.get(outcome, again)

    def _resends(self, row: Row) -> bool:
        """Whether a new doubt about it is answered by sending it again."""
        is_news = row.state is State.SENDING
        resends = self.on_doubt is OnDoubt.RESEND and self.run not in OVER
        return is_news and resends and row.attempts < AUTOMATIC_ATTEMPTS

    def _check_settled(self, expected: Mapping[DeliveryId, tuple[Outcome, State]]) -> None:
        rows = {row.id: row for row in self._rows()}
        for delivery, (outcome, state) in expected.items():
            row = rows[delivery]
            assert row.state is state
            assert state is not State.QUEUED or row.worker == ""
            assert not outcome.suppress or self._read_stop(
                self.desk.address(row.position), EVERYTHING
            )

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
        assert all(self._is_stopped(delivery) for delivery in begun.skipped)
        for attempt in begun.attempts:
            self._note_attempt(attempt)
        process.sure |= {(each.delivery, each.number) for each in begun.attempts}
        process.wire += begun.attempts
        process.claimed = list(begun.beyond_quota)
        process.sure &= process.holds

    def _note_attempt(self, attempt: Attempt) -> None:
        """Nothing goes on the wire of which nobody knows that it did not go before."""
        assert not self._is_stopped(attempt.delivery)
        fates = self.fates[attempt.delivery]
        assert attempt.number not in fates
        perhaps_sent = [
            number
            for number, outcome in fates.items()
            if outcome not in _NOT_SENT and (attempt.delivery, number) not in self.excused
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
            if outcome.suppress and (stop := self._read_stop(address, EVERYTHING)):
                self.stops.setdefault((address, EVERYTHING), stop)

    # People

    @precondition(lambda self: "doubtful" in self.desk.states())
    @rule(
        data=st.data(),
        happening=st.sampled_from([Happening.FOUND_SENT, Happening.RESENT]),
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
        if self._state_of(delivery) is State.QUEUED:
            self.excused |= {(delivery, number) for number in self.fates[delivery]}
            assert self.ledger.run(self.desk.campaign).state not in OVER
        self.run = self.ledger.run(self.desk.campaign).state

    @rule(position=positions, happening=st.sampled_from(Happening))
    def resolve_what_is_not_doubtful(self, position: int, happening: Happening) -> None:
        found = self.ledger.delivery(self.desk.id(position))
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
        if self._read_stop(stop.address, scope):
            self.stops.setdefault((stop.address, scope), stop)
        else:
            assert crash is not None

    @rule(position=positions, scope=scopes, crash=crashes)
    def lift(self, position: int, scope: str, crash: Crash | None) -> None:
        address = self.desk.address(position)
        self.person(lambda ledger: ledger.lift(address, scope), crash)
        if self._read_stop(address, scope) is None:
            self.stops.pop((address, scope), None)
        else:
            assert crash is not None

    # The rate, and time

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

    @rule(seconds=st.sampled_from([1, 20, 31, 61, 3_600, 86_390, 86_400, 86_400 * (KEPT.days + 1)]))
    def wait(self, seconds: int) -> None:
        self.desk.wait(seconds=seconds)
        for process in self.processes:
            if process.alive_until <= self.now:
                process.sure.clear()

    # What always holds

    @invariant()
    def the_books_agree(self) -> None:
        check_books(self.database)
        assert sum(self.desk.states().values()) == self.recipients

    @invariant()
    def no_window_holds_more_than_the_limit(self) -> None:
        used = self._used()
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
        rows = self._rows()
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

    # Looking into the tables

    def _rows(self) -> list[Row]:
        return [
            Row(id, position, State(state), *rest)
            for id, position, state, *rest in self.database.rows(
                "select id, position, state, attempts, failures, not_before, worker"
                " from ledger_delivery order by position"
            )
        ]

    def _alive(self) -> set[str]:
        now = _micros(self.now)
        return {
            name
            for name, until in self.database.rows("select name, alive_until from ledger_worker")
            if until > now
        }

    def _free(self, process: Process, holding: Sequence[DeliveryId]) -> set[DeliveryId]:
        """What the process may claim now."""
        alive, now = self._alive(), _micros(self.now)
        return {
            row.id
            for row in self._rows()
            if row.state is State.QUEUED
            and row.not_before <= now
            and (row.worker not in alive or row.worker == process.name)
            and row.id not in holding
        }

    def _next_due(self, rows: Sequence[Row]) -> datetime | None:
        alive = self._alive()
        free = [r.not_before for r in rows if r.state is State.QUEUED and r.worker not in alive]
        return max(self.now, _moment(min(free))) if free else None

    def _used(self) -> list[datetime]:
        """When attempts began whose quota was not given back."""
        given_back = ("deferred", "held", "refused", "gave up")
        begun: dict[tuple[str, int], int] = {}
        for delivery, attempt, happening, at in self.database.rows(
            "select delivery, attempt, happening, at from ledger_history order by id"
        ):
            if happening == "begun":
                begun[delivery, attempt] = at
            elif happening in given_back:
                del begun[delivery, attempt]
        return [_moment(at) for at in begun.values()]

    def _state_of(self, delivery: DeliveryId) -> State:
        found = self.ledger.delivery(delivery)
        assert found is not None
        return found.state

    def _read_stop(self, address: str, scope: str) -> Suppression | None:
        """Read one suppression; of an address and a scope there is at most one."""
        for reason, since, detail in self.database.rows(
            "select reason, since, detail from ledger_suppression"
            f" where address = '{address}' and scope = '{scope}'"
        ):
            return Suppression(
                address=address,
                scope=scope,
                reason=Reason(reason),
                since=_moment(since),
                detail=detail,
            )
        return None

    def _is_stopped(self, delivery: DeliveryId) -> bool:
        position = next(row.position for row in self._rows() if row.id == delivery)
        address = self.desk.address(position)
        return any((address, scope) in self.stops for scope in SCOPES)


_START = int(START.timestamp()) * 1_000_000


def _micros(moment: datetime) -> int:
    return _START + (moment - START) // timedelta(microseconds=1)


def _moment(micros: int) -> datetime:
    return START + timedelta(microseconds=micros - _START)
