"""Where the mails of a recipient domain wait that do not go as they come."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from pabal.ledger.port import Claimed
from pabal.sending.backoff import Backoff
from pabal.sending.limiter import Limiter

_SOON = timedelta(seconds=1)  # who can go by then is kept; longer than between two looks
_KEPT = 200  # deliveries at most; as many as are claimed at once
_SPREAD = timedelta(minutes=1)  # over which the others are put off


class Lane:
    """Lets mails go at the rate that was set for a domain, and at the one that it bears.

    limiter: keeps what was set; None where nothing was. backoff: None while the domain
    takes what comes.
    """

    def __init__(self, limiter: Limiter | None = None) -> None:
        self._limiter = limiter
        self.backoff: Backoff | None = None
        self.waiting: deque[Claimed] = deque()
        self._allowed = 0
        self._put_off_until: datetime | None = None

    @property
    def is_needed(self) -> bool:
        return self._limiter is not None or self.backoff is not None

    def opens_at(self, now: datetime) -> datetime:
        """Return when the next mail may go, as far as it is known."""
        granted = now if self._limiter is None else max(self._limiter.opens_at, now)
        return granted if self.backoff is None else max(self.backoff.opens_at(now), granted)

    def admit(self, claimed: Claimed, now: datetime) -> datetime | None:
        """Keep a delivery that can go soon; else return when it is to be claimed again.

        Those that are to be claimed again come one behind the other, at the rate at which
        they can go; of more than a minute's worth several come at once.
        """
        opens = self.opens_at(now)
        turn = opens + self._gap * len(self.waiting)
        if turn <= now + _SOON and len(self.waiting) < _KEPT:
            self.waiting.append(claimed)
            return None
        first = max(opens, now + _SOON)
        until = max(self._put_off_until or first, first) + self._gap
        self._put_off_until = until if until <= first + _SPREAD else first + self._gap
        return self._put_off_until

    async def ask(self) -> None:
        """Learn how many may go now as far as the set rate is concerned."""
        if self._limiter is not None:
            self._allowed = await self._limiter.grant(len(self.waiting))

    def take(self, room: int, *, now: datetime, going: int) -> Sequence[Claimed]:
        """Return those that may go now.

        going: attempts under way that the backoff has let go since the last throttle.
        """
        batch: list[Claimed] = []
        while self.waiting and len(batch) < room and self._may_go(now, going + len(batch)):
            batch.append(self.waiting.popleft())
            self._go(now)
        return batch

    def awaits_answer(self, going: int) -> bool:
        """Whether the next mail waits for what becomes of the one that went alone."""
        return going > 0 and self.backoff is not None and self.backoff.trying_since is not None

    def _may_go(self, now: datetime, going: int) -> bool:
        if self._limiter is not None and self._allowed == 0:
            return False
        return not self.awaits_answer(going) and (
            self.backoff is None or self.backoff.opens_at(now) <= now
        )

    def _go(self, now: datetime) -> None:
        if self._limiter is not None:
            self._limiter.spend(1)
            self._allowed -= 1
        if self.backoff is not None:
            self.backoff.go(now)

    @property
    def _gap(self) -> timedelta:
        """Between two mails, as it looks now."""
        set_gap = timedelta(0) if self._limiter is None else self._limiter.gap
        slowest = 0.0 if self.backoff is None else 1 / self.backoff.per_second
        return max(set_gap, timedelta(seconds=slowest))
