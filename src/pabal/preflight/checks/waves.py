"""Mails that wait for the recipient's own time: how many go at once, and who has no zone."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from pabal.domain.local_time import LocalTime
from pabal.domain.recipient import Recipient
from pabal.preflight.finding import Finding, Severity


@dataclass(slots=True)
class Crowds:
    """Counts who gets their mail at which moment, while recipients stream by."""

    local_time: LocalTime | None
    mails: Counter[datetime] = field(default_factory=Counter[datetime])
    without_zone: int = 0

    def counting(self, recipients: Iterable[Recipient]) -> Iterable[Recipient]:
        """Let the recipients through; where all go at once, untouched."""
        return map(self._count, recipients) if self.local_time else recipients

    def largest(self, recipients: int) -> int:
        """How many of so many recipients go at once."""
        return max(self.mails.values(), default=recipients)

    def _count(self, recipient: Recipient) -> Recipient:
        if self.local_time is not None:
            self.mails[self.local_time.moment(recipient.attributes)] += 1
            self.without_zone += not self.local_time.zone_of(recipient.attributes)
        return recipient


def check_zones(crowds: Crowds) -> Iterator[Finding]:
    local = crowds.local_time
    if local is not None and crowds.without_zone:
        yield Finding(
            code="no-time-zone",
            severity=Severity.NOTE,
            message="{count} recipients have no time zone that is known in “{attribute}”.",
            remedy="They get their mail by the clock of {zone}.",
            details={
                "count": crowds.without_zone,
                "attribute": local.attribute,
                "zone": local.fallback,
            },
        )
