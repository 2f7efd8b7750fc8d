"""When a failed attempt is tried again. A decision is a value; nothing waits here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pabal.domain.delivery import Happening
from pabal.domain.outcome import Outcome, Scope, Verdict

_MEANS = {
    Verdict.ACCEPTED: Happening.ACCEPTED,
    Verdict.PERMANENT: Happening.REFUSED,
    Verdict.UNKNOWN: Happening.LOST_SIGHT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What an outcome makes of a delivery.

    not_before: with DEFERRED, when it is due again.
    """

    happening: Happening
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Three retries that fit into five minutes: 15, 45 and 120 s, each +-20 %."""

    waits: tuple[timedelta, ...] = (
        timedelta(seconds=15),
        timedelta(seconds=45),
        timedelta(seconds=120),
    )
    jitter: float = 0.2  # share of a wait, 0 to 1

    def decide(
        self, outcome: Outcome, *, failures: int, now: datetime, random: Callable[[], float]
    ) -> Decision:
        """Say what an outcome means for the delivery.

        failures: transient failures of this delivery before the attempt that just ended.
        random: returns a number in [0, 1); passed in so that tests can fix it.
        """
        if outcome.scope is Scope.ACCOUNT and outcome.verdict is not Verdict.UNKNOWN:
            return Decision(happening=Happening.HELD)
        if outcome.verdict is not Verdict.TRANSIENT:
            return Decision(happening=_MEANS[outcome.verdict])
        if failures >= len(self.waits):
            return Decision(happening=Happening.GAVE_UP)
        return Decision(happening=Happening.DEFERRED, not_before=now + self.wait(failures, random))

    def wait(self, failures: int, random: Callable[[], float]) -> timedelta:
        """Return how long to wait after so many failures (0 is the first wait)."""
        spread = 1 + self.jitter * (2 * random() - 1)
        return self.waits[failures] * spread
