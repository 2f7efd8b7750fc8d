"""A campaign's figures, in a number of queries that does not depend on its size."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Count, Exists, Min, OuterRef, QuerySet, Sum

from pabal.console.audience.models import Membership
from pabal.console.campaigns import elsewhere
from pabal.console.campaigns.ledger_tables import (
    LedgerDelivery,
    LedgerHistory,
    LedgerRun,
    LedgerTally,
)
from pabal.console.campaigns.models import Campaign
from pabal.domain.campaign import PROMISE
from pabal.domain.delivery import Happening, State
from pabal.domain.identity import delivery_id, subscriber_key

_GROUPS = 20
_DOUBTS = 50
_FAILED_READ = 2_000  # deliveries on AWS
_LEFT_READ = 500
_FAILURES = (Happening.REFUSED.value, Happening.GAVE_UP.value)


@dataclass(frozen=True, slots=True)
class Counts:
    """Deliveries of a campaign by state."""

    by_state: Mapping[State, int]

    def of(self, *states: State) -> int:
        return sum(self.by_state.get(state, 0) for state in states)

    @property
    def sent(self) -> int:
        return self.of(State.SENT)

    @property
    def failed(self) -> int:
        return self.of(State.FAILED)

    @property
    def doubtful(self) -> int:
        return self.of(State.DOUBTFUL)

    @property
    def waiting(self) -> int:
        return self.of(State.QUEUED, State.SENDING)

    @property
    def left_out(self) -> int:
        return self.of(State.SKIPPED, State.CANCELLED)

    @property
    def total(self) -> int:
        return sum(self.by_state.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """Failures that the server gave one code for; `example` is one of its sentences."""

    code: int
    enhanced: str
    example: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long the sending took, or has taken so far."""

    started_at: datetime
    finished_at: datetime | None
    elapsed: timedelta

    @property
    def keeps_promise(self) -> bool:
        """Whether it is within the five minutes."""
        return self.elapsed <= PROMISE


def run_of(campaign: Campaign) -> LedgerRun | None:
    return runs_of([campaign]).get(campaign.pk)


def runs_of(campaigns: Sequence[Campaign], *, asks_aws: bool = True) -> Mapping[str, LedgerRun]:
    """Return what the ledger knows of campaigns, by their ids; those that it does.

    asks_aws: otherwise nothing is known of those that are sent there; as below.
    """
    here = LedgerRun.objects.in_bulk([campaign.pk for campaign in campaigns])
    return {**here, **elsewhere.runs(_there(campaigns))} if asks_aws else here


def counts_of(campaigns: Sequence[Campaign], *, asks_aws: bool = True) -> Mapping[str, Counts]:
    """Return the counts of campaigns by their ids, in one query, and one each for AWS."""
    sums: dict[str, dict[State, int]] = defaultdict(dict)
    ids = [campaign.pk for campaign in campaigns]
    rows = LedgerTally.objects.filter(campaign__in=ids).values("campaign", "state")
    for row in rows.annotate(count=Sum("n")):
        sums[row["campaign"]][State(row["state"])] = row["count"]
    told = elsewhere.counts(_there(campaigns)) if asks_aws else {}
    sums.update({name: dict(by_state) for name, by_state in told.items()})
    return {campaign: Counts(sums[campaign]) for campaign in ids}


def timing(run: LedgerRun, now: datetime) -> Timing:
    elapsed = (run.finished_at or now) - run.started_at
    return Timing(started_at=run.started_at, finished_at=run.finished_at, elapsed=elapsed)


def retrying(campaign: Campaign) -> int:
    """How many deliveries wait for a retry."""
    if campaign.is_on_aws:
        return elsewhere.ledger().deferred(campaign.campaign_id)
    queued = LedgerDelivery.objects.filter(campaign=campaign.pk, state=State.QUEUED.value)
    return queued.filter(not_before__gt=0, failures__gt=0).count()


def failure_groups(campaign: Campaign) -> Sequence[FailureGroup]:
    """Return the failures by code, the most frequent first."""
    if campaign.is_on_aws:
        return _failures_there(campaign)
    failed = LedgerDelivery.objects.filter(campaign=campaign.pk, state=State.FAILED.value)
    ends = LedgerHistory.objects.filter(delivery__in=failed.values("pk"), happening__in=_FAILURES)
    groups = ends.values("code", "enhanced").annotate(count=Count("pk"), example=Min("text"))
    return [FailureGroup(**group) for group in groups.order_by("-count", "code")[:_GROUPS]]


def unsubscribed(campaign: Campaign) -> int:
    """How many recipients have left the list since, and before the next campaign to it."""
    if campaign.started_at is None:
        return 0
    left = Membership.objects.filter(
        list=campaign.list_id,
        status=Membership.Status.UNSUBSCRIBED,
        changed_at__gte=campaign.started_at,
    )
    later = Campaign.objects.filter(
        list=campaign.list_id, trial_of=None, started_at__gt=campaign.started_at
    )
    following = later.aggregate(first=Min("started_at"))["first"]
    if following is not None:
        left = left.filter(changed_at__lt=following)
    mailed = LedgerDelivery.objects.filter(
        campaign=campaign.pk, address=OuterRef("subscriber__address"), state=State.SENT.value
    )
    if campaign.is_on_aws:
        return _sent_there(campaign, left)
    return left.filter(Exists(mailed)).count()


def doubts(campaign: Campaign) -> Sequence[LedgerDelivery]:
    """Return the first of the doubtful deliveries."""
    if campaign.is_on_aws:
        return elsewhere.page(campaign.pk, state=State.DOUBTFUL, after=-1, limit=_DOUBTS)
    doubtful = LedgerDelivery.objects.filter(campaign=campaign.pk, state=State.DOUBTFUL.value)
    return list(doubtful.order_by("position")[:_DOUBTS])


def _there(campaigns: Sequence[Campaign]) -> Sequence[str]:
    return [campaign.pk for campaign in campaigns if campaign.is_on_aws]


def _failures_there(campaign: Campaign) -> Sequence[FailureGroup]:
    """The port tells what was said last, a code at its head; grouped by all of it."""
    failed = islice(elsewhere.every(campaign.pk, State.FAILED), _FAILED_READ)
    said = Counter(row.last for row in failed)
    return [
        FailureGroup(code=0, enhanced="", example=text, count=count)
        for text, count in said.most_common(_GROUPS)
    ]


def _sent_there(campaign: Campaign, left: QuerySet[Membership]) -> int:
    """How many of those who left were sent it; at most so many of them are looked at."""
    numbers = left.values_list("subscriber_id", flat=True)[:_LEFT_READ]
    names = [delivery_id(campaign.campaign_id, subscriber_key(number)) for number in numbers]
    rows = elsewhere.deliveries(names)
    return sum(row.delivery_state is State.SENT for row in rows)
