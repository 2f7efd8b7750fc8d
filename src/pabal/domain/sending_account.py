"""An account at a service that sends for us, and what it allows."""

from dataclasses import dataclass

from pabal.domain.quota import Quota
from pabal.domain.rate import Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingAccount:
    """What a service says of our account.

    in_sandbox: it sends to verified recipients only (SES: request-production-access).
    may_send: nobody has paused it. standing: the service's word for how it thinks of us.
    per_second, per_day, sent: mails a second, in any 24 hours, and in the last 24 hours.
    verified: addresses and domains that are proved to be ours; in the sandbox these are
    the only ones that may be mailed. Lower case.
    """

    in_sandbox: bool
    may_send: bool
    standing: str
    per_second: float
    per_day: int | None
    sent: int
    verified: frozenset[str] = frozenset()

    @property
    def quota(self) -> Quota | None:
        """None where the service does not limit it."""
        return None if self.per_day is None else Quota(limit=self.per_day, used=self.sent)

    @property
    def rate(self) -> Rate | None:
        return Rate(per_second=self.per_second) if self.per_second > 0 else None

    def is_verified(self, address: str) -> bool:
        """Whether an address, its domain or a domain above that is verified."""
        name = address.lower()
        domain = name.rpartition("@")[2]
        labels = domain.split(".")
        above = {".".join(labels[n:]) for n in range(len(labels))}
        return name in self.verified or not above.isdisjoint(self.verified)


def stricter_quota(ours: Quota, theirs: Quota | None) -> Quota:
    """Return the one that has less left."""
    return ours if theirs is None or ours.remaining <= theirs.remaining else theirs


def stricter_rate(ours: Rate | None, theirs: Rate | None) -> Rate | None:
    """Return the slower one; None where neither is limited."""
    rates = [rate for rate in (ours, theirs) if rate is not None]
    return min(rates, key=lambda rate: rate.per_second, default=None)
