"""What comes back: mails that arrived, links that were followed. It ends doubts alone."""

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from ledger.model.office import Crash, Office, crashes, positions
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.delivery import State
from pabal.domain.engagement import Hit, Sign, actors
from pabal.domain.event import EventKind, FeedbackEvent, Proof, Source
from pabal.domain.identity import DeliveryId
from pabal.domain.suppression import EVERYTHING, Reason

_POLICY = BouncePolicy()


class Returns(Office):
    """followed: places of recipients whose links somebody has followed."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.followed: set[int] = set()

    @rule(position=positions, crash=crashes)
    def hear_that_it_arrived(self, position: int, crash: Crash | None) -> None:
        """What was tried and is not settled has been sent; what was never tried has not."""
        found = self.ledger.delivery(self.desk.id(position))
        if found is None:
            return
        event = FeedbackEvent(
            id=f"arrived {position}",
            kind=EventKind.DELIVERED,
            at=self.now,
            source=Source.SES,
            delivery=found.id,
            proof=Proof.SEALED,
        )
        is_known = bool(self.ledger.events(found.id))
        told = self.person(
            lambda ledger: ledger.record_event(event, policy=_POLICY, now=self.now), crash
        )
        is_open = found.state is State.DOUBTFUL or (
            found.state is State.QUEUED and found.attempts > 0
        )
        settled = State.SENT if is_open and not is_known else found.state
        after = self.database.state_of(found.id)
        assert after is settled or (told is None and after is found.state)
        self._learn(position, found.id)

    @precondition(lambda self: self.recipients > 0)
    @rule(
        position=positions,
        link=st.integers(1, 3),
        sign=st.sampled_from(Sign),
        crash=crashes,
    )
    def follow_a_link(self, position: int, link: int, sign: Sign, crash: Crash | None) -> None:
        """What was put off has not arrived, whoever followed its link."""
        delivery = self.desk.id(position)
        if self.ledger.delivery(delivery) is None or position in self.erased:
            return
        before = self.database.state_of(delivery)
        hit = Hit(delivery=delivery, kind=EventKind.CLICKED, sign=sign, at=self.now, link=link)
        told = self.person(
            lambda ledger: ledger.record_hit(hit, policy=_POLICY, now=self.now), crash
        )
        self.followed.add(position)
        after = self.database.state_of(delivery)
        settled = State.SENT if before is State.DOUBTFUL else before
        assert after is settled or (told is None and after is before)
        self._learn(position, delivery)

    def _learn(self, position: int, delivery: DeliveryId) -> None:
        """A mail that arrived ends its address's pause, and whoever has it claimed loses it."""
        key = self.desk.address(position), EVERYTHING
        stop = self.stops.get(key)
        if stop is not None and self.database.stop(*key) is None:
            assert stop.reason is Reason.PAUSED
            del self.stops[key]
        if self.database.state_of(delivery) is State.SENT:
            for process in self.processes:
                process.sure.discard((delivery, 0))

    @invariant()
    def the_tally_of_hits_is_what_the_hits_say(self) -> None:
        """Of whom was erased the tally alone is left."""
        ids = [self.desk.id(position) for position in range(self.recipients)]
        told = (actors(self.ledger.hits(delivery)) for delivery in ids)
        expected = Counter((*key, actor) for found in told for key, actor in found.items())
        counted = Counter(self.ledger.hit_counts(self.desk.campaign))
        if self.followed & self.erased:
            assert expected <= counted
        else:
            assert expected == counted
