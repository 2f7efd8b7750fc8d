"""Campaigns side by side, in shares, since their audiences differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pabal.console.campaigns.elsewhere import ledger_of
from pabal.console.campaigns.models import Campaign
from pabal.console.reports.figures import counts_of, runs_of, unsubscribed
from pabal.domain.reputation import Toll


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One of them. Shares from 0 to 1: of failed of all recipients, the rest of those sent."""

    campaign: Campaign
    recipients: int
    sent: int
    failed: float
    bounced: float
    complained: float
    unsubscribed: float
    elapsed: timedelta | None


def compared(campaigns: Sequence[Campaign]) -> Sequence[Compared]:
    """A few queries for each of them: they are not many."""
    counts, runs = counts_of(campaigns), runs_of(campaigns)
    shown: list[Compared] = []
    for campaign in campaigns:
        count, run = counts[campaign.pk], runs.get(campaign.pk)
        toll = Toll.of(count.sent, ledger_of(campaign).event_counts(campaign.campaign_id))
        ended = run.finished_at if run else None
        shown.append(
            Compared(
                campaign=campaign,
                recipients=count.total,
                sent=count.sent,
                failed=_share(count.failed, count.total),
                bounced=toll.bounce_share,
                complained=toll.complaint_share,
                unsubscribed=_share(unsubscribed(campaign), count.sent),
                elapsed=ended - run.started_at if run and ended else None,
            )
        )
    return shown


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
