"""What lets us advertise to a whole audience, counted: 정보통신망법 50(1), 50(8)."""

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pabal.domain.consent import Ground, confirmed_since

_YEAR = timedelta(days=365)


class Age(enum.Enum):
    """How long ago somebody agreed."""

    UNDER_ONE_YEAR = "under 1 year"
    UNDER_TWO_YEARS = "1 to 2 years"
    TWO_YEARS = "2 years and more"  # to be confirmed every two years, 50(8)


def age_of(consented_at: datetime, now: datetime) -> Age:
    if consented_at < confirmed_since(now):
        return Age.TWO_YEARS
    return Age.UNDER_ONE_YEAR if now - consented_at < _YEAR else Age.UNDER_TWO_YEARS


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """How many may be advertised to, and on which ground. Empty for what is no advertising."""

    consents: Mapping[Age, int] = field(default_factory=dict[Age, int])
    transactions: int = 0


@dataclass(slots=True)
class GroundCount:
    """Counts grounds while the audience streams by.

    now: the moment at which consents are as old as is said.
    """

    now: datetime
    _consents: Counter[Age] = field(default_factory=Counter[Age])
    _transactions: int = 0

    def add(self, ground: Ground, since: datetime) -> None:
        """since: when they agreed, or their transaction ended."""
        if ground is Ground.CONSENT:
            self._consents[age_of(since, self.now)] += 1
        elif ground is Ground.TRANSACTION:
            self._transactions += 1

    def total(self) -> Grounds:
        return Grounds(consents=dict(self._consents), transactions=self._transactions)
