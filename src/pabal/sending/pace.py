"""How many mails may be under way, by what the server has said of those before."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from pabal.domain.delivery import Attempt, Happening
from pabal.domain.identity import CampaignId
from pabal.domain.outcome import Outcome, Throttle, Verdict
from pabal.domain.retry import RetryPolicy
from pabal.ledger.port import Settlement
from pabal.sending import maillog
from pabal.sending.depth import Depth
from pabal.sending.queue import Queue
from pabal.sending.suspicion import Suspicion
from pabal.sending.window import Window

_SLOWER = timedelta(seconds=1)


class Pace:
    """Slows down for everybody, or for one domain in the queue, or stops it all.

    depth: attempts at once while nobody throttles. policy: its waits are those for a
    server that is out of reach. random: returns a number in [0, 1).
    """

    def __init__(
        self,
        campaign: CampaignId,
        queue: Queue,
        *,
        depth: Depth,
        policy: RetryPolicy,
        random: Callable[[], float],
        now: datetime,
    ) -> None:
        self._campaign = campaign
        self._queue = queue
        self._depth = depth
        self._window = Window(depth.most)
        self._policy = policy
        self._random = random
        self._suspicion = Suspicion()
        self._slowed_at = self._rest_until = now
        self._failed_rests = 0
        self._halted = ""

    @property
    def most(self) -> int:
        """How many attempts may be under way at once."""
        return min(self._window.size, self._depth.size)

    @property
    def rest_until(self) -> datetime:
        """When the next attempt may begin."""
        return self._rest_until

    @property
    def halted(self) -> str:
        """Why nobody can be mailed any more; "" while that is not so."""
        return self._halted

    def rest(self, wait: timedelta, *, now: datetime) -> None:
        """Begin nothing for a while."""
        self._rest_until = max(self._rest_until, now + wait)

    def heed(self, settlement: Settlement, *, in_flight: Collection[Attempt]) -> None:
        """Learn from an outcome what concerns the mails that come next.

        in_flight: the other attempts under way.
        """
        outcome = settlement.outcome
        self._depth.end(settlement.at)
        if settlement.decision.happening is not Happening.HELD:
            self._failed_rests = 0
            self._heed_throttle(settlement, in_flight)
        elif outcome.verdict is Verdict.PERMANENT:
            self._halted = outcome.text
        elif settlement.at >= self._rest_until:
            self._rest_from_server(outcome, settlement.at)

    def _heed_throttle(self, settlement: Settlement, in_flight: Collection[Attempt]) -> None:
        outcome = settlement.outcome
        if outcome.verdict is Verdict.ACCEPTED:
            self._window.grow()
            self._suspicion.clear()
            self._queue.accept(settlement.attempt)
        elif settlement.attempt.begun_at < self._slowed_at:
            return  # said to those that went together; once is enough
        elif outcome.throttle is Throttle.EVERYBODY:
            self._slow_down(settlement.at)
        elif outcome.throttle is Throttle.DOMAIN:
            self._slow_domain(settlement, in_flight)

    def _slow_down(self, now: datetime) -> None:
        self._suspicion.clear()
        self._slowed_at = now
        self._window.shrink(self.most)
        self.rest(_SLOWER, now=now)

    def _slow_domain(self, refused: Settlement, in_flight: Collection[Attempt]) -> None:
        slowed = self._queue.throttle(refused, in_flight=in_flight)
        if slowed is None:
            return
        domain, wait = slowed
        maillog.domain_throttled(domain, wait.total_seconds())
        if self._suspicion.add(domain, refused.at):
            self._slow_down(refused.at)

    def _rest_from_server(self, outcome: Outcome, now: datetime) -> None:
        """Nobody can be mailed: wait as the retry policy says, then give up."""
        if self._failed_rests >= len(self._policy.waits):
            self._halted = outcome.text
            return
        wait = self._policy.wait(self._failed_rests, self._random)
        self._failed_rests += 1
        maillog.server_unreachable(self._campaign, outcome.text, wait.total_seconds())
        self.rest(wait, now=now)
