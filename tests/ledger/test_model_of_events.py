"""What comes back, and what is put off, in any order among everything else: nobody is lost."""

import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger.desk import (
    ACCEPTED,
    BUSY,
    LOGIN_REFUSED,
    NO_ANSWER,
    NO_SUCH_USER,
    Desk,
    check_books,
    fresh_schema,
)
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Attempt, Happening, State
from pabal.domain.engagement import Hit, Sign, actors
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source
from pabal.domain.identity import DeliveryId
from pabal.domain.outcome import Outcome
from pabal.domain.quota import BUCKET, WINDOW
from pabal.ledger.port import RunState

LIMIT = 6
WORKERS = ("w1", "w2")
OUTCOMES = (ACCEPTED, BUSY, LOGIN_REFUSED, NO_SUCH_USER, NO_ANSWER)
_USES_QUOTA = (ACCEPTED, NO_ANSWER)

workers = st.sampled_from(WORKERS)
answers = st.lists(st.sampled_from(OUTCOMES), max_size=6)


class LedgerMachine(RuleBasedStateMachine):
    """Two workers, one campaign, a quota of six; the model keeps what went on the wire."""

    def __init__(self) -> None:
        super().__init__()
        self._directory = tempfile.TemporaryDirectory()
        path = Path(self._directory.name) / "ledger.sqlite3"
        self.database = fresh_schema(f"sqlite:///{path}")
        self.desk = Desk(self.database, self.database.ledger(daily_limit=LIMIT))
        self.claimed: dict[str, list[DeliveryId]] = {worker: [] for worker in WORKERS}
        self.attempts: list[Attempt] = []
        self.accepted: Counter[DeliveryId] = Counter()
        self.used: list[datetime] = []
        self.recipients = 0

    @initialize(on_doubt=st.sampled_from(OnDoubt))
    def start(self, on_doubt: OnDoubt) -> None:
        self.recipients = 10
        self.desk.start(self.recipients, on_doubt=on_doubt)

    @rule(worker=workers, limit=st.integers(1, 6), outcomes=answers, data=st.data())
    def work(self, worker: str, limit: int, outcomes: list[Outcome], data: st.DataObject) -> None:
        """Claim and turn, as a worker does: without it few runs would come to the wire."""
        self.claim(worker=worker, limit=limit, remembers=True)
        self.turn(worker=worker, outcomes=outcomes, data=data)

    @rule(worker=workers, limit=st.integers(1, 6), data=st.data())
    def work_and_succeed(self, worker: str, limit: int, data: st.DataObject) -> None:
        self.work(worker=worker, limit=limit, outcomes=[ACCEPTED] * 6, data=data)

    @rule(more=st.integers(1, 5), overlap=st.integers(0, 3))
    def enqueue(self, more: int, overlap: int) -> None:
        start = max(0, self.recipients - overlap)
        entries = self.desk.entries(self.recipients + more - start, start=start)
        added = self.desk.ledger.enqueue(self.desk.campaign, entries, now=self.desk.now)
        assert added == more
        self.recipients += more

    @rule(worker=workers, limit=st.integers(1, 4), remembers=st.booleans())
    def claim(self, worker: str, limit: int, remembers: bool) -> None:
        mine = self.claimed[worker] if remembers else []
        claimed = self.desk.claim(limit, worker=worker, holding=mine)
        assert len(claimed) <= limit
        assert not set(claimed) & set(mine)
        assert all(self._is_due(delivery) for delivery in claimed)
        self.claimed[worker] = [*mine, *claimed]

    @rule(worker=workers)
    def release(self, worker: str) -> None:
        self.desk.ledger.release(self.claimed[worker], worker=worker)
        self.claimed[worker] = []

    def _is_due(self, delivery: DeliveryId) -> bool:
        row = self.desk.ledger.delivery(delivery)
        assert row is not None
        return row.not_before is None or row.not_before <= self.desk.now

    @rule(worker=workers, seconds=st.sampled_from([1, 30, 120]), data=st.data())
    def put_off(self, worker: str, seconds: int, data: st.DataObject) -> None:
        mine = self.claimed[worker]
        chosen = data.draw(st.lists(st.sampled_from(mine), unique=True)) if mine else []
        self.desk.put_off(chosen, seconds=seconds, worker=worker)
        self.claimed[worker] = [each for each in mine if each not in chosen]

    @rule(worker=workers, outcomes=answers, data=st.data())
    def turn(self, worker: str, outcomes: list[Outcome], data: st.DataObject) -> None:
        settled = data.draw(st.permutations(self.attempts)) if self.attempts else []
        pairs = list(zip(settled, outcomes, strict=False))
        open_ones = {
            attempt
            for attempt, _ in pairs
            if (row := self.desk.ledger.delivery(attempt.delivery)) is not None
            and row.state in (State.SENDING, State.DOUBTFUL)
            and row.attempts == attempt.number
        }
        begun = self.desk.ledger.turn(
            [self.desk.settlement(*pair) for pair in pairs],
            self.claimed[worker],
            worker=worker,
            now=self.desk.now,
        )
        for attempt, outcome in pairs:
            if attempt in open_ones:
                self._note_outcome(attempt, outcome)
        for attempt in begun.attempts:
            if attempt not in self.attempts:
                self.attempts.append(attempt)
                self.used.append(attempt.begun_at)
        self.claimed[worker] = list(begun.beyond_quota)

    def _note_outcome(self, attempt: Attempt, outcome: Outcome) -> None:
        self.accepted[attempt.delivery] += outcome is ACCEPTED
        if outcome not in _USES_QUOTA:
            self.used.remove(attempt.begun_at)

    @rule(seconds=st.sampled_from([1, 20, 31, 61, 3_600, 86_400]))
    def wait(self, seconds: int) -> None:
        self.desk.wait(seconds=seconds)

    @rule(worker=workers)
    def heartbeat(self, worker: str) -> None:
        self.desk.heartbeat(worker)

    @rule()
    def sweep(self) -> None:
        self.desk.ledger.sweep(now=self.desk.now)

    @rule(data=st.data(), happening=st.sampled_from([Happening.FOUND_SENT, Happening.RESENT]))
    def resolve(self, data: st.DataObject, happening: Happening) -> None:
        page = self.desk.ledger.deliveries(self.desk.campaign, state=State.DOUBTFUL)
        run = self.desk.ledger.run(self.desk.campaign)
        if page and run.state in (RunState.RUNNING, RunState.PAUSED):
            delivery = data.draw(st.sampled_from(page)).id
            self.desk.ledger.resolve(delivery, happening, note="", now=self.desk.now)

    @rule(data=st.data())
    def hear_that_it_arrived(self, data: st.DataObject) -> None:
        position = data.draw(st.integers(0, self.recipients - 1))
        event = FeedbackEvent(
            id=f"arrived {position}",
            kind=EventKind.DELIVERED,
            at=self.desk.now,
            source=Source.SES,
            delivery=self.desk.id(position),
            proof=Proof.SEALED,
        )
        self.desk.ledger.record_event(event, policy=BouncePolicy(), now=self.desk.now)

    @rule(data=st.data(), link=st.integers(1, 3), sign=st.sampled_from(Sign))
    def follow_a_link(self, data: st.DataObject, link: int, sign: Sign) -> None:
        """It ends a doubt, and nothing else: what was put off has not arrived."""
        position = data.draw(st.integers(0, self.recipients - 1))
        delivery, now = self.desk.id(position), self.desk.now
        before = State(self.desk.state(position))
        hit = Hit(delivery=delivery, kind=EventKind.CLICKED, sign=sign, at=now, link=link)
        assert self.desk.ledger.record_hit(hit, policy=BouncePolicy(), now=now)
        after = State(self.desk.state(position))
        assert after is (State.SENT if before is State.DOUBTFUL else before)

    @rule(data=st.data())
    def stop_recipient(self, data: st.DataObject) -> None:
        position = data.draw(st.integers(0, self.recipients - 1))
        self.desk.ledger.suppress(self.desk.a_stop(position))

    @rule(state=st.sampled_from([RunState.PAUSED, RunState.RUNNING, RunState.RUNNING]))
    def pause_or_resume(self, state: RunState) -> None:
        self.desk.set_state(state)

    @precondition(lambda self: self.recipients > 20)
    @rule()
    def cancel(self) -> None:
        self.desk.set_state(RunState.CANCELLED)
        assert "queued" not in self.desk.states()

    @invariant()
    def the_books_agree(self) -> None:
        check_books(self.database)
        assert sum(self.desk.states().values()) == self.recipients

    @invariant()
    def the_tally_of_hits_is_what_the_hits_say(self) -> None:
        ids = [self.desk.id(position) for position in range(self.recipients)]
        told = (actors(self.desk.ledger.hits(delivery)) for delivery in ids)
        expected = Counter((*key, actor) for found in told for key, actor in found.items())
        assert self.desk.ledger.hit_counts(self.desk.campaign) == expected

    @invariant()
    def no_window_holds_more_than_the_limit(self) -> None:
        for end in self.used:
            inside = [moment for moment in self.used if end - WINDOW < moment <= end]
            assert len(inside) <= LIMIT
        recent = [moment for moment in self.used if moment > self.desk.now - WINDOW]
        counted = self.desk.ledger.quota_used(now=self.desk.now)
        older = [moment for moment in self.used if moment > self.desk.now - WINDOW - BUCKET]
        assert len(recent) <= counted <= len(older)

    @invariant()
    def nobody_gets_it_twice_unless_it_was_sent_again(self) -> None:
        assert all(count == 1 for count in self.accepted.values() if count)

    def teardown(self) -> None:
        self.desk.ledger.close()
        self._directory.cleanup()


TestEventsAmongEverything = LedgerMachine.TestCase
TestEventsAmongEverything.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
