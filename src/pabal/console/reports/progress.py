"""How fast a campaign goes at this moment, and when it will be done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pabal.console.campaigns.ledger_tables import LedgerHistory
from pabal.console.campaigns.models import Campaign
from pabal.console.reports.figures import Counts, Timing
from pabal.domain.campaign import PROMISE
from pabal.domain.delivery import Happening

_WINDOW = timedelta(seconds=10)
_LOOKED_AT = 600  # happenings, of all campaigns; at most so many are counted
_DONE = (Happening.ACCEPTED.value, Happening.REFUSED.value, Happening.GAVE_UP.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """rate: mails a second. left: None where nobody can say; past_promise: of five minutes."""

    done: int
    total: int
    rate: float
    elapsed: timedelta
    left: timedelta | None
    promise: timedelta = PROMISE

    @property
    def in_time(self) -> bool:
        return self.elapsed + (self.left or timedelta()) <= self.promise


def progress(counts: Counts, timing: Timing, rate: float) -> Progress:
    left = timedelta(seconds=counts.waiting / rate) if rate else None
    return Progress(
        done=counts.total - counts.waiting,
        total=counts.total,
        rate=rate,
        elapsed=timing.elapsed,
        left=left if counts.waiting else timedelta(),
    )


def mean_rate(counts: Counts, timing: Timing) -> float:
    """Return how many mails a second were done since the start."""
    return (counts.total - counts.waiting) / max(timing.elapsed.total_seconds(), 1.0)


def rate_of(campaign: Campaign, now: datetime) -> float:
    """Return how many mails a second have been settled in the last ten seconds.

    Read from the end of the history, so that it costs the same in every campaign, and every
    tab sees the same.
    """
    newest = LedgerHistory.objects.order_by("-pk").values_list("delivery", "happening", "at")
    settled = [
        at
        for delivery, happening, at in newest[:_LOOKED_AT]
        if happening in _DONE and delivery.startswith(f"{campaign.pk}-") and now - at < _WINDOW
    ]
    if not settled:
        return 0.0
    span = max(now - min(settled), timedelta(seconds=1))
    return len(settled) / span.total_seconds()
