"""An A/B test: some recipients get variants of a mail, and the rest the one that did better.

What is told about chance: two proportions are held against each other by the normal
approximation, pooled (NIST/SEMATECH e-Handbook of Statistical Methods 7.3.3), where at least
five people are to be expected in each cell; among more than two variants each pair is one
question, so the level is divided by their number (Bonferroni; 7.4.7.3 there).
"""

import enum
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import erfc, sqrt

from pabal.domain.tracking import Tracking

MOST = 4  # variants
LETTERS = "ABCD"
PLACES = 10_000
# PLACES by the golden ratio, and coprime to it: neighbours on a list are far apart, and of any
# stretch of it each share is as large as can be.
STEP = 6_181
_LEVEL = 0.05
_FEWEST = 5  # people in a cell


class Measure(enum.Enum):
    """What decides: people of whom this was seen. Machines and proxies never count."""

    CLICKS = "clicks"
    OPENS = "opens"

    def is_seen(self, tracking: Tracking) -> bool:
        """Whether mails that are tracked so tell it."""
        return tracking.sees_clicks if self is Measure.CLICKS else tracking.sees_opens


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """Who of a campaign's recipients gets which variant; a variant is its number, from 0.

    share: of the recipients that test, in percent. hours: after so many the better variant is
    taken; None where a person decides. start: where the first recipient's place is, so that it
    is not always the same people who test.
    """

    variants: int
    share: int
    measure: Measure
    hours: int | None
    start: int = 0

    @property
    def ends(self) -> Sequence[int]:
        """Where each variant's places end. Those behind the last end are the rest."""
        whole = PLACES * self.share
        return [whole * (n + 1) // (100 * self.variants) for n in range(self.variants)]

    @property
    def has_rest(self) -> bool:
        return self.share < 100

    @property
    def decides_itself(self) -> bool:
        return self.has_rest and self.hours is not None

    def variant(self, position: int) -> int | None:
        """Return what the recipient at a position tests; None for one of the rest."""
        number = bisect_right(self.ends, self.place(position))
        return number if number < self.variants else None

    def place(self, position: int) -> int:
        return (position % PLACES * STEP + self.start) % PLACES

    def possible(self, position: int) -> Sequence[int]:
        """Return every variant that a recipient may get."""
        tested = self.variant(position)
        return range(self.variants) if tested is None else (tested,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a variant has done in the test. people: of those it was sent to, who did it."""

    sent: int
    people: int

    @property
    def rate(self) -> float:
        return self.people / self.sent if self.sent else 0.0


class Chance(enum.Enum):
    """What may be said of the difference between the best variant and the others."""

    RULED_OUT = "more than chance"  # at the level of 5 %
    POSSIBLE = "may be chance"
    TOO_FEW = "too few to tell"
    TIE = "no difference"
    NOTHING = "nobody did it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """best: the first of those with the highest rate."""

    best: int
    chance: Chance


def judge(tallies: Sequence[Tally]) -> Judgement:
    """Say which variant did best, and whether that means anything. Of equals it is the first."""
    best = max(range(len(tallies)), key=lambda number: (tallies[number].rate, -number))
    return Judgement(best=best, chance=_chance(tallies, best))


def _chance(tallies: Sequence[Tally], best: int) -> Chance:
    others = [tally for number, tally in enumerate(tallies) if number != best]
    if not any(tally.people for tally in tallies):
        return Chance.NOTHING
    if any(tally.rate == tallies[best].rate for tally in others):
        return Chance.TIE
    if any(_is_too_small(tallies[best], other) for other in others):
        return Chance.TOO_FEW
    pairs = len([*combinations(tallies, 2)])
    likeliest = max(likelihood(tallies[best], other) for other in others)
    return Chance.RULED_OUT if likeliest < _LEVEL / pairs else Chance.POSSIBLE


def likelihood(one: Tally, other: Tally) -> float:
    """Return how likely chance alone makes two equal variants differ so much or more."""
    pooled = (one.people + other.people) / (one.sent + other.sent)
    spread = sqrt(pooled * (1 - pooled) * (1 / one.sent + 1 / other.sent))
    return erfc(abs(one.rate - other.rate) / spread / sqrt(2)) if spread else 1.0


def _is_too_small(one: Tally, other: Tally) -> bool:
    people, sent = one.people + other.people, one.sent + other.sent
    smallest = min(one.sent, other.sent)
    return not smallest or min(people, sent - people) * smallest / sent < _FEWEST
