"""What a worker counts about the mails that it sends.

A mail costs a few increments of dictionaries. What belongs to all workers together, such as
the queue's length, is not counted here: the ledger knows it.
"""

import platform
import time
from collections.abc import Callable, Sequence
from types import TracebackType

import pabal
from pabal.domain.delivery import Happening
from pabal.domain.outcome import Outcome, Verdict
from pabal.domain.retry import Decision
from pabal.telemetry.metrics import Kind, Metric, Reading, Spread, Tally, reading
from pabal.telemetry.naming import OTHER, Names

NONE = "none"  # a label's value where there is none

WORKER_INFO = Metric(
    name="pabal_worker_info",
    kind=Kind.GAUGE,
    unit="always 1",
    meaning="The worker's name, as history rows name it, and what it runs on.",
    labels=("worker", "version", "python"),
)
ATTEMPTS = Metric(
    name="pabal_attempts_total",
    kind=Kind.COUNTER,
    unit="attempts",
    meaning="Attempts that ended, by the recipient's domain and by what the server said.",
    labels=("domain", "verdict", "scope", "code"),
)
DECISIONS = Metric(
    name="pabal_decisions_total",
    kind=Kind.COUNTER,
    unit="attempts",
    meaning="What followed from attempts that ended; deferred and held ones are retried.",
    labels=("happening",),
)
IN_FLIGHT = Metric(
    name="pabal_attempts_in_flight",
    kind=Kind.GAUGE,
    unit="attempts",
    meaning="Attempts that are begun and not yet answered.",
)
CONNECTIONS = Metric(
    name="pabal_smtp_connections",
    kind=Kind.GAUGE,
    unit="connections",
    meaning="Connections to the mail server that are open.",
)
RENDER = Metric(
    name="pabal_render_seconds",
    kind=Kind.HISTOGRAM,
    unit="seconds",
    meaning="Time to make one mail.",
    bounds=(0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.1, 1),
)
SUBMIT = Metric(
    name="pabal_submit_seconds",
    kind=Kind.HISTOGRAM,
    unit="seconds",
    meaning="Time from a made mail to the server's answer, the wait for a connection included.",
    bounds=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600),
)
LEDGER_CALL = Metric(
    name="pabal_ledger_call_seconds",
    kind=Kind.HISTOGRAM,
    unit="seconds",
    meaning="Time of one call on the ledger, its commit included.",
    bounds=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
LEDGER_WAIT = Metric(
    name="pabal_ledger_wait_seconds",
    kind=Kind.HISTOGRAM,
    unit="seconds",
    meaning="Time for which a call on the ledger waited for those before it in its process.",
    bounds=LEDGER_CALL.bounds,
)
LEDGER_UNAVAILABLE = Metric(
    name="pabal_ledger_unavailable_total",
    kind=Kind.COUNTER,
    unit="calls",
    meaning="Calls on the ledger that failed because the database was out of reach.",
)
BOUNCE_MAILBOX = Metric(
    name="pabal_bounce_mailbox_up",
    kind=Kind.GAUGE,
    unit="1 or 0",
    meaning="Whether PABAL_BOUNCE_URL could be visited the last time; absent where none is set.",
)
WORKER_METRICS = (
    WORKER_INFO,
    ATTEMPTS,
    DECISIONS,
    IN_FLIGHT,
    CONNECTIONS,
    RENDER,
    SUBMIT,
    LEDGER_CALL,
    LEDGER_WAIT,
    LEDGER_UNAVAILABLE,
    BOUNCE_MAILBOX,
)

_CODES = {n: f"{n}xx" for n in (2, 3, 4, 5)}
_DECISIONS = (
    Happening.ACCEPTED,
    Happening.DEFERRED,
    Happening.HELD,
    Happening.REFUSED,
    Happening.GAVE_UP,
    Happening.LOST_SIGHT,
)
_BROKEN_OFF = Outcome(verdict=Verdict.UNKNOWN)


class Measures:
    """One worker's counts. Implements telemetry.metrics.Source.

    The event loop adds to the attempts, the ledger's thread to the ledger's times, and any
    thread may read.

    open_connections: asked when somebody reads.
    seconds: seconds that never jump.
    """

    def __init__(
        self, worker: str = "", *, seconds: Callable[[], float] = time.perf_counter
    ) -> None:
        self.seconds = seconds
        self.open_connections: Callable[[], int] = lambda: 0
        self._info = {(worker, pabal.__version__, platform.python_version()): 1.0}
        self._attempts = Tally(ATTEMPTS)
        self._decisions = Tally(DECISIONS, known=[(each.value,) for each in _DECISIONS])
        self._in_flight = 0
        self._render = Spread(RENDER)
        self._submit = Spread(SUBMIT)
        self._ledger_call = Spread(LEDGER_CALL)
        self._ledger_wait = Spread(LEDGER_WAIT)
        self._ledger_unavailable = Tally(LEDGER_UNAVAILABLE, known=[()])
        self._bounce_mailbox: Sequence[Reading] = ()
        self._domains = Names()

    def attempt(self) -> "Watch":
        """Return what watches one attempt, as a context."""
        return Watch(self)

    def ledger_called(self, *, waited: float, worked: float) -> None:
        self._ledger_wait.add(waited)
        self._ledger_call.add(worked)

    def ledger_unavailable(self) -> None:
        self._ledger_unavailable.add()

    def bounce_mailbox_visited(self, *, went_well: bool) -> None:
        self._bounce_mailbox = (reading(BOUNCE_MAILBOX, int(went_well)),)

    def read(self) -> Sequence[Reading]:
        return [
            Reading(metric=WORKER_INFO, values=self._info),
            self._attempts.read(),
            self._decisions.read(),
            reading(IN_FLIGHT, self._in_flight),
            reading(CONNECTIONS, self.open_connections()),
            self._render.read(),
            self._submit.read(),
            self._ledger_call.read(),
            self._ledger_wait.read(),
            self._ledger_unavailable.read(),
            *self._bounce_mailbox,
        ]

    # Told by a Watch

    def begun(self) -> None:
        self._in_flight += 1

    def rendered(self, seconds: float) -> None:
        self._render.add(seconds)

    def submitted(self, seconds: float) -> None:
        self._submit.add(seconds)

    def ended(self, recipient: str, outcome: Outcome, happening: Happening) -> None:
        self._in_flight -= 1
        domain = self._domains.of(recipient.rpartition("@")[2].lower()) if recipient else OTHER
        failed = outcome.verdict in (Verdict.TRANSIENT, Verdict.PERMANENT)
        scope = outcome.scope.value if failed else NONE
        code = _CODES.get(outcome.reply.code // 100, OTHER) if outcome.reply else NONE
        self._attempts.add(domain, outcome.verdict.value, scope, code)
        self._decisions.add(happening.value)


class Watch:
    """Watches one attempt. One that is left without an outcome was broken off."""

    __slots__ = ("_decided", "_measures", "_recipient", "_since")

    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self._recipient = ""
        self._decided = False
        self._since = 0.0

    def __enter__(self) -> "Watch":
        self._measures.begun()
        self._since = self._measures.seconds()
        return self

    def rendered(self, recipient: str) -> None:
        """The mail is made, and goes to the transport next."""
        now = self._measures.seconds()
        self._measures.rendered(now - self._since)
        self._recipient, self._since = recipient, now

    def decided(self, outcome: Outcome, decision: Decision) -> None:
        if self._recipient:
            self._measures.submitted(self._measures.seconds() - self._since)
        self._measures.ended(self._recipient, outcome, decision.happening)
        self._decided = True

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        if not self._decided:
            self._measures.ended(self._recipient, _BROKEN_OFF, Happening.LOST_SIGHT)
