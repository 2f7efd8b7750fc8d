"""How many mails of a campaign share which rate for domains, and how long that takes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from pabal.domain.domain_rate import DomainRate, DomainRates
from pabal.domain.recipient import Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """The mails that one rate lets go, and how long it does."""

    rate: DomainRate
    mails: int

    @property
    def duration(self) -> timedelta:
        return timedelta(seconds=self.mails / self.rate.rate.per_second)


@dataclass(slots=True)
class Shares:
    """Counts recipients by their domain's rate while they stream by."""

    rates: DomainRates
    mails: Counter[DomainRate] = field(default_factory=Counter[DomainRate])

    def counting(self, recipients: Iterable[Recipient]) -> Iterable[Recipient]:
        """Let the recipients through; where no domain is paced, untouched."""
        return map(self._count, recipients) if self.rates else recipients

    def _count(self, recipient: Recipient) -> Recipient:
        rate = self.rates.of(recipient.address.domain)
        if rate is not None:
            self.mails[rate] += 1
        return recipient

    @property
    def slowest(self) -> Paced | None:
        """The rate that takes longest: all of them run beside each other."""
        paced = [Paced(rate=rate, mails=mails) for rate, mails in self.mails.items()]
        return max(paced, key=lambda each: each.duration, default=None)
