"""What a mailing does to our reputation: how many of its mails bounced or were reported.

By these shares mailbox providers filter a sending domain, and SES closes an account. Source:
docs/rules.md, "When a campaign stops itself".
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pabal.domain.bouncing import Weight
from pabal.domain.event import EventKind

Returned = Mapping[tuple[EventKind, Weight], int]


class Harm(enum.Enum):
    BOUNCES = "bounces"  # for good; a mailbox that is full harms nobody
    COMPLAINTS = "complaints"


_IS_HARM = {
    (EventKind.BOUNCED, Weight.HARD): Harm.BOUNCES,
    (EventKind.BOUNCED, Weight.NO_HOST): Harm.BOUNCES,
    (EventKind.COMPLAINED, Weight.COMPLAINT): Harm.COMPLAINTS,
}
HARMFUL = frozenset(weight for _, weight in _IS_HARM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Toll:
    """What some mails have cost. All are deliveries; `sent` are those that a server took."""

    sent: int = 0
    bounces: int = 0
    complaints: int = 0

    @classmethod
    def of(cls, sent: int, returned: Returned) -> "Toll":
        """Count what came back about mails."""
        harms = dict.fromkeys(Harm, 0)
        for key, n in returned.items():
            if harm := _IS_HARM.get(key):
                harms[harm] += n
        return cls(sent=sent, bounces=harms[Harm.BOUNCES], complaints=harms[Harm.COMPLAINTS])

    def __add__(self, other: "Toll") -> "Toll":
        return Toll(
            sent=self.sent + other.sent,
            bounces=self.bounces + other.bounces,
            complaints=self.complaints + other.complaints,
        )

    def __sub__(self, earlier: "Toll") -> "Toll":
        """Return what has come since an earlier count of the same mails."""
        return Toll(
            sent=max(0, self.sent - earlier.sent),
            bounces=max(0, self.bounces - earlier.bounces),
            complaints=max(0, self.complaints - earlier.complaints),
        )

    def count(self, harm: Harm) -> int:
        return self.bounces if harm is Harm.BOUNCES else self.complaints

    @property
    def bounce_share(self) -> float:
        return self.share(Harm.BOUNCES)

    @property
    def complaint_share(self) -> float:
        return self.share(Harm.COMPLAINTS)

    def share(self, harm: Harm) -> float:
        """Return which part of the mails came to harm, from 0 to 1."""
        return min(1.0, self.count(harm) / self.sent) if self.sent else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a campaign may come to harm before it is paused.

    bounces, complaints: shares from 0 to 1; 0 for no limit.
    mails: that must have been sent before a share means anything.
    people: whom it must be about. One of 200 who presses "spam" is half a percent, and no rate.
    """

    bounces: float = 0.05
    complaints: float = 0.003
    mails: int = 100
    people: int = 3

    def passed(self, toll: Toll) -> Harm | None:
        """Return what there is too much of; None where all is well."""
        if toll.sent < self.mails:
            return None
        for harm, limit in ((Harm.COMPLAINTS, self.complaints), (Harm.BOUNCES, self.bounces)):
            if limit and toll.count(harm) >= self.people and toll.share(harm) >= limit:
                return harm
        return None


class Regard(enum.Enum):
    """How providers look upon a sending domain or an account."""

    GOOD = "good"
    WATCHED = "watched"  # SES: under review; Gmail: above what it asks for
    ENDANGERED = "endangered"  # SES may pause all sending; Gmail helps no more
    UNKNOWN = "unknown"  # too few mails to say


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderLimit:
    """A share of mails, from 0 to 1, at which a provider looks upon their sender otherwise."""

    share: float
    who: str
    regard: Regard


# SES faqs-enforcement: bounces 5 and 10 %, complaints 0.1 and 0.5 %. Gmail 81126: spam below
# 0.1 %, never 0.3 %, which comes before SES's.
PROVIDER_LIMITS: Mapping[Harm, Sequence[ProviderLimit]] = {
    Harm.BOUNCES: (
        ProviderLimit(share=0.05, who="SES", regard=Regard.WATCHED),
        ProviderLimit(share=0.10, who="SES", regard=Regard.ENDANGERED),
    ),
    Harm.COMPLAINTS: (
        ProviderLimit(share=0.001, who="Gmail, SES", regard=Regard.WATCHED),
        ProviderLimit(share=0.003, who="Gmail", regard=Regard.ENDANGERED),
        ProviderLimit(share=0.005, who="SES", regard=Regard.ENDANGERED),
    ),
}


def regard(toll: Toll, *, least: int) -> Regard:
    """Say how providers look upon who has sent these mails. least: mails that tell anything."""
    if toll.sent < least:
        return Regard.UNKNOWN
    reached = {regard_of(toll.share(harm), harm) for harm in PROVIDER_LIMITS}
    worst = (Regard.ENDANGERED, Regard.WATCHED, Regard.GOOD)
    return next(each for each in worst if each in reached)


def regard_of(share: float, harm: Harm) -> Regard:
    """Say how providers look upon a share of harm alone."""
    passed = [limit.regard for limit in PROVIDER_LIMITS[harm] if share >= limit.share]
    return passed[-1] if passed else Regard.GOOD
