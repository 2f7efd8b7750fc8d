"""What a worker has claimed and not begun, and which of it may go now."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from pabal.domain.address import domain_of
from pabal.domain.delivery import Attempt
from pabal.domain.domain_rate import DomainRate, DomainRates
from pabal.domain.identity import DeliveryId
from pabal.ledger.port import Claimed, Settlement
from pabal.sending.backoff import Backoff
from pabal.sending.lane import Lane
from pabal.sending.limiter import Limiter

_MOST_LANES = 1_000  # domains
_SHORTEST = timedelta(milliseconds=1)


class Queue:
    """Deliveries go in the order in which they were claimed; those of a paced domain do not.

    They wait in a lane of their own, so that nobody waits behind them, or are put off
    where the lane has enough. Domains of one set rate share a lane: they are taken for one
    provider in everything. A domain that nothing is known of costs nothing.

    rates: what was set. limiter: makes what keeps one of them.
    """

    def __init__(self, rates: DomainRates, limiter: Callable[[DomainRate], Limiter]) -> None:
        self._rates = rates
        self._ready: deque[Claimed] = deque()
        # Ordered by the last throttle, the oldest first.
        self._lanes = {each.name: Lane(limiter(each)) for each in rates}
        self._put_off: dict[DeliveryId, datetime] = {}

    def __len__(self) -> int:
        return len(self._ready) + sum(len(lane.waiting) for lane in self._lanes.values())

    def __iter__(self) -> Iterator[DeliveryId]:
        """Yield all that is claimed, what is to be given back as well."""
        yield from self._put_off
        yield from (each.delivery for each in self._ready)
        for lane in self._lanes.values():
            yield from (each.delivery for each in lane.waiting)

    @property
    def ready(self) -> int:
        """How many nothing is known of that would hold them up."""
        return len(self._ready)

    @property
    def has_put_off(self) -> bool:
        """Whether `take_put_off` has something to return."""
        return bool(self._put_off)

    def add(self, claimed: Iterable[Claimed]) -> None:
        self._ready.extend(claimed)

    def put_back(self, claimed: Sequence[Claimed]) -> None:
        """Put what was taken and did not begin back to the front."""
        self._ready.extendleft(reversed(claimed))

    async def ask(self) -> None:
        """Learn how many may go at the rates that were set. To be called before `take`."""
        for lane in tuple(self._lanes.values()) if self._rates else ():
            await lane.ask()

    def take(
        self, room: int, *, now: datetime, in_flight: Collection[Attempt]
    ) -> Sequence[Claimed]:
        """Return up to `room` deliveries that may begin now. See `take_put_off` behind it."""
        if not self._lanes:
            return [self._ready.popleft() for _ in range(min(room, len(self._ready)))]
        batch: list[Claimed] = []
        for key, lane in self._lanes.items():
            if lane.waiting:
                going = self._going(key, lane, in_flight)
                batch += lane.take(room - len(batch), now=now, going=going)
        while self._ready and len(batch) < room:
            claimed = self._ready.popleft()
            lane = self._lanes.get(self._key(claimed.address))
            if lane is None:
                batch.append(claimed)
            else:
                self._admit(claimed, lane, now)
        return batch

    def take_put_off(self) -> dict[DeliveryId, datetime]:
        """Return what is to be given back to the ledger, and when it is to be claimed again."""
        put_off, self._put_off = self._put_off, {}
        return put_off

    def next_at(self, now: datetime, in_flight: Collection[Attempt]) -> datetime | None:
        """Return when something here may go; None where only an answer can tell."""
        if self._ready:
            return now
        moments = [
            lane.opens_at(now)
            for key, lane in self._lanes.items()
            if lane.waiting and not lane.awaits_answer(self._going(key, lane, in_flight))
        ]
        return min(moments, default=None)

    # What is learned from those that went

    def accept(self, attempt: Attempt) -> None:
        """A mail was accepted."""
        lane = self._lanes.get(self._key(attempt.address)) if self._lanes else None
        if lane is not None and lane.backoff is not None:
            lane.backoff.accept(begun_at=attempt.begun_at)

    def throttle(
        self, refused: Settlement, *, in_flight: Collection[Attempt]
    ) -> tuple[str, timedelta] | None:
        """Slow a domain down; return it and how long it rests. None: it was slowed for this."""
        attempt, now = refused.attempt, refused.at
        key = self._key(attempt.address)
        rate = self._rate(key, refused, in_flight)
        lane = self._lanes.pop(key, None) or Lane()
        self._lanes[key] = lane
        backoff = lane.backoff
        if backoff is None:
            backoff = lane.backoff = Backoff(rate=rate, now=now)
        elif not backoff.throttle(begun_at=attempt.begun_at, rate=rate, now=now):
            return None
        waiting, lane.waiting = lane.waiting, deque()
        for claimed in waiting:
            self._admit(claimed, lane, now)
        if len(self._lanes) > _MOST_LANES:
            self._forget(next(each for each, lane in self._lanes.items() if lane.backoff))
        return key, backoff.rest

    def recover(self, now: datetime) -> Sequence[str]:
        """Forget what lies long back; return the domains that are like any other again."""
        well = [
            key
            for key, lane in self._lanes.items()
            if lane.backoff is not None and lane.backoff.is_well(now)
        ]
        for key in well:
            self._forget(key)
        return well

    def _rate(self, key: str, refused: Settlement, in_flight: Collection[Attempt]) -> float:
        """Mails/s that go to a domain, by Little's law: so many under way, each for so long."""
        together = 1 + sum(self._key(each.address) == key for each in in_flight)
        took = max(refused.at - refused.attempt.begun_at, _SHORTEST)
        return together / took.total_seconds()

    def _forget(self, key: str) -> None:
        lane = self._lanes[key]
        lane.backoff = None
        if not lane.is_needed:
            del self._lanes[key]
            self.put_back(lane.waiting)

    def _admit(self, claimed: Claimed, lane: Lane, now: datetime) -> None:
        until = lane.admit(claimed, now)
        if until is not None:
            self._put_off[claimed.delivery] = until

    def _going(self, key: str, lane: Lane, in_flight: Collection[Attempt]) -> int:
        since = lane.backoff.trying_since if lane.backoff is not None else None
        if since is None:
            return 0
        return sum(each.begun_at >= since and self._key(each.address) == key for each in in_flight)

    def _key(self, address: str) -> str:
        domain = domain_of(address)
        rate = self._rates.of(domain) if self._rates else None
        return domain if rate is None else rate.name
