"""Finish: is the campaign drained? Then it is over, and this is what became of it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pabal.domain.bouncing import Weight
from pabal.domain.delivery import State
from pabal.domain.engagement import Engagement
from pabal.domain.event import EventKind
from pabal.domain.identity import CampaignId
from pabal.domain.reputation import Toll
from pabal.ledger.port import Delivery, Ledger, Run, RunState
from pabal.package.package import Package

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a campaign so far.

    deferred: how many of the queued ones wait for a retry.
    failures, skips: how many by what was said last.
    returned: how many deliveries something came back about, by what and what it meant.
    engagement: who opened and who clicked, as far as that is tracked.
    """

    run: Run
    counts: Mapping[State, int]
    deferred: int
    failures: Mapping[str, int]
    skips: Mapping[str, int]
    returned: Mapping[tuple[EventKind, Weight], int]
    engagement: Engagement

    @property
    def recipients(self) -> int:
        return sum(self.counts.values())

    @property
    def toll(self) -> Toll:
        return Toll.of(self.counts.get(State.SENT, 0), self.returned)

    @property
    def ended(self) -> bool:
        return self.run.state in (RunState.FINISHED, RunState.CANCELLED)

    def elapsed(self, now: datetime) -> timedelta:
        """How long it took, or has taken so far."""
        return (self.run.finished_at or now) - self.run.started_at


def report(ledger: Ledger, campaign: CampaignId) -> Report:
    """Raises CampaignNotOpen: it was never started."""
    return Report(
        run=ledger.run(campaign),
        counts=ledger.counts(campaign),
        deferred=ledger.deferred(campaign),
        failures=_reasons(ledger, campaign, State.FAILED),
        skips=_reasons(ledger, campaign, State.SKIPPED),
        returned=ledger.event_counts(campaign),
        engagement=Engagement(counts=ledger.hit_counts(campaign)),
    )


def doubtful(ledger: Ledger, campaign: CampaignId) -> Iterator[Delivery]:
    """Read the doubtful deliveries, all of them, a page at a time."""
    return _all(ledger, campaign, State.DOUBTFUL)


def finish(ledger: Ledger, campaign: CampaignId, *, now: datetime) -> bool:
    """End the run if nothing is left to send. Safe for several workers to call.

    Cancelling is many transactions. Where whoever cancelled was cut off between them, the
    rest is cancelled here.
    """
    counts, run = ledger.counts(campaign), ledger.run(campaign)
    if counts.get(State.QUEUED) and run.state is RunState.CANCELLED:
        ledger.set_state(campaign, RunState.CANCELLED, reason=run.reason, now=now)
    if not is_drained(ledger, campaign):
        return False
    if run.state is RunState.RUNNING:
        ledger.set_state(campaign, RunState.FINISHED, reason="", now=now)
    return True


def finish_paused(ledger: Ledger, package: Package, *, now: datetime) -> bool:
    """End a run that was paused behind its last mail: resuming would send nothing.

    It keeps the reason why it was paused. One whose recipients are not all in the ledger is
    not at its end. Safe for several workers to call.
    """
    campaign = package.manifest.plan.id
    known = sum(ledger.counts(campaign).values())
    if known < package.manifest.recipients or not is_drained(ledger, campaign):
        return False
    run = ledger.run(campaign)
    if run.state is RunState.PAUSED:
        ledger.set_state(campaign, RunState.FINISHED, reason=run.reason, now=now)
    return True


def is_drained(ledger: Ledger, campaign: CampaignId) -> bool:
    """Whether nothing that the ledger knows of is left to send."""
    counts = ledger.counts(campaign)
    return not (counts.get(State.QUEUED) or counts.get(State.SENDING))


def is_tried(ledger: Ledger, campaign: CampaignId) -> bool:
    """Whether all that the ledger knows of has been tried once; some may wait for a retry."""
    counts = ledger.counts(campaign)
    queued = counts.get(State.QUEUED, 0)
    return not counts.get(State.SENDING) and queued <= ledger.deferred(campaign)


def _reasons(ledger: Ledger, campaign: CampaignId, state: State) -> Mapping[str, int]:
    return Counter(delivery.last for delivery in _all(ledger, campaign, state))


def _all(ledger: Ledger, campaign: CampaignId, state: State) -> Iterator[Delivery]:
    after = -1
    while page := ledger.deliveries(campaign, state=state, after=after, limit=_PAGE):
        yield from page
        after = page[-1].position
