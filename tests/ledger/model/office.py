"""What the outside knows of the ledger, and how it calls it: cut off at any statement."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from ledger.desk import ACCEPTED, BUSY, LOGIN_REFUSED, NO_ANSWER, NO_SUCH_USER, START, Desk
from ledger.model.tables import Row, Tables
from ledger.saboteur import COMMIT, Saboteur
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Attempt, State
from pabal.domain.identity import DeliveryId, campaign_id
from pabal.domain.outcome import Outcome
from pabal.domain.suppression import Suppression
from pabal.ledger.errors import LedgerUnavailable
from pabal.ledger.port import KEPT, RunState
from pabal.ledger.rows import AUTOMATIC_ATTEMPTS
from pabal.ledger.sql.ledger import SqlLedger

T = TypeVar("T")

LIMIT = 6
PROCESSES = 3
SCOPES = ("all", "list:1")
OVER = (RunState.CANCELLED, RunState.FINISHED)
OUTCOMES = (ACCEPTED, BUSY, LOGIN_REFUSED, NO_SUCH_USER, NO_ANSWER)
NOT_SENT = (BUSY, LOGIN_REFUSED, NO_SUCH_USER)


@dataclass(frozen=True)
class Crash:
    """Where a call is cut off, as a Saboteur does, and whether its process goes with it."""

    at: int
    behind: bool
    dies: bool


class Died(Exception):
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


class Office(RuleBasedStateMachine):
    """Three processes, one campaign, a quota of six.

    processes: what each was told. fates: what the server has answered, by attempt; None for
    nothing so far. excused: attempts in doubt that somebody let be sent again. stops: the
    suppressions. erased: places of recipients who were erased.
    """

    def __init__(self, url: str) -> None:
        """url: of an empty ledger."""
        super().__init__()
        self.database = Tables(url)
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
        self.erased: set[int] = set()

    @property
    def ledger(self) -> SqlLedger:
        return self.desk.ledger

    @property
    def now(self) -> datetime:
        return self.desk.now

    def call(self, act: Callable[[SqlLedger], T], crash: Crash | None) -> T:
        """Do it, perhaps cut off and repeated. Raises Died: nobody has repeated it."""
        if crash is None:
            return act(self.ledger)
        saboteur = Saboteur(crash.at, behind=crash.behind)
        victim = self.database.sabotaged_ledger(saboteur, daily_limit=LIMIT)
        try:
            return act(victim)
        except LedgerUnavailable:
            if crash.dies:
                raise Died from None
            return act(self.ledger)
        finally:
            victim.close()

    @contextmanager
    def process(self, slot: int) -> Iterator[Process]:
        """Let a process do something. If it dies of it, another one takes its place."""
        try:
            yield self.processes[slot]
        except Died:
            self.born += 1
            self.processes[slot] = Process(f"p{self.born}")

    def person(self, act: Callable[[SqlLedger], T], crash: Crash | None) -> T | None:
        """Let a person do something; None where nobody knows whether it is done."""
        try:
            return self.call(act, crash)
        except Died:
            return None

    @rule(seconds=st.sampled_from([1, 20, 31, 61, 3_600, 86_390, 86_400, 86_400 * (KEPT.days + 1)]))
    def wait(self, seconds: int) -> None:
        self.desk.wait(seconds=seconds)
        for process in self.processes:
            if process.alive_until <= self.now:
                process.sure.clear()

    def is_stopped(self, delivery: DeliveryId) -> bool:
        """Whether a suppression keeps its address, or what is left of it, out of the campaign."""
        rows = self.database.deliveries()
        position = next(row.position for row in rows if row.id == delivery)
        if position in self.erased:
            return True
        return any((self.desk.address(position), scope) in self.stops for scope in SCOPES)

    def lost_sight_of(self, row: Row) -> State:
        """What becomes of it when nobody knows whether the attempt on the wire was sent."""
        if self.ledger.events(row.id):  # something came back about it
            return State.SENT
        return State.QUEUED if self.resends(row) else State.DOUBTFUL

    def resends(self, row: Row) -> bool:
        """Whether a new doubt about it is answered by sending it again."""
        is_news = row.state is State.SENDING
        resends = self.on_doubt is OnDoubt.RESEND and self.run not in OVER
        return is_news and resends and row.attempts < AUTOMATIC_ATTEMPTS
