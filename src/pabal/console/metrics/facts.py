"""What the database knows, as readings: a few statements, however many deliveries there are."""

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef

import pabal
from pabal.configuration.settings import Settings
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns.ledger_tables import LedgerRun
from pabal.console.campaigns.models import Campaign
from pabal.console.metrics import catalogue
from pabal.domain.bouncing import Weight
from pabal.domain.campaign import PROMISE
from pabal.domain.delivery import State
from pabal.domain.event import EventKind
from pabal.domain.quota import Quota
from pabal.domain.reputation import Harm, Returned, Toll
from pabal.ledger.port import Overview, RunState
from pabal.telemetry.metrics import Labels, Metric, Reading, reading

_RECENT = timedelta(days=7)
_ALARMING = (
    (EventKind.BOUNCED, Weight.HARD),
    (EventKind.BOUNCED, Weight.NO_HOST),
    (EventKind.BOUNCED, Weight.ABOUT_US),
    (EventKind.COMPLAINED, Weight.COMPLAINT),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBegun:
    """Campaigns that the ledger does not know yet.

    due: since when those are due that no worker has taken up.
    """

    drafts: int
    scheduled: int
    due: Sequence[datetime]


def facts(now: datetime) -> Sequence[Reading]:
    """Return everything that the database knows.

    Raises LedgerUnavailable or django.db.Error: it cannot be used.
    """
    not_begun = _not_begun(now)
    ledger = joined_ledger()
    with connection.wrap_database_errors:
        overview = ledger.overview(now=now)
        used = ledger.quota_used(now=now)
        recent = ledger.tolls(now - _RECENT)
    return [
        reading(catalogue.WORKERS_ALIVE, overview.workers_alive),
        _campaigns(not_begun, overview),
        _by_state(catalogue.DELIVERIES, overview.deliveries),
        reading(catalogue.WAITING_AGAIN, overview.waiting_again),
        reading(catalogue.DOUBTS, overview.doubts),
        _returned(overview.returned),
        *_harm(sum((each.toll for each in recent), Toll()), settings.PABAL.pause_mails),
        reading(catalogue.QUEUE_AGE, _queue_age(not_begun, overview, now)),
        *_allowance(settings.PABAL, used),
        *_durations(overview, now),
    ]


def build() -> Reading:
    labels: Labels = (pabal.__version__, platform.python_version(), connection.vendor)
    return Reading(metric=catalogue.BUILD, values={labels: 1})


def _not_begun(now: datetime) -> NotBegun:
    runs = LedgerRun.objects.filter(campaign=OuterRef("pk"))
    unknown = Campaign.objects.filter(~Exists(runs), is_on_aws=False)  # AWS has metrics of its own
    started = unknown.filter(status=Campaign.Status.STARTED.value)
    moments = [
        max(moment for moment in pair if moment is not None)
        for pair in started.values_list("started_at", "scheduled_at")
    ]
    due = [moment for moment in moments if moment <= now]
    return NotBegun(
        drafts=unknown.filter(status=Campaign.Status.DRAFT.value).count(),
        scheduled=len(moments) - len(due),
        due=due,
    )


def _campaigns(not_begun: NotBegun, overview: Overview) -> Reading:
    values: dict[Labels, float] = {
        ("draft",): not_begun.drafts,
        ("scheduled",): not_begun.scheduled,
        ("due",): len(not_begun.due),
    }
    values |= {(state.value,): overview.runs.get(state, 0) for state in RunState}
    return Reading(metric=catalogue.CAMPAIGNS, values=values)


def _by_state(metric: Metric, deliveries: Mapping[State, int]) -> Reading:
    values: dict[Labels, float] = {(state.value,): deliveries.get(state, 0) for state in State}
    return Reading(metric=metric, values=values)


def _returned(told: Returned) -> Reading:
    """Show what is worth an alarm before it occurs: nothing to 1 is no growth for Prometheus."""
    values: dict[Labels, float] = {
        (event.value, weight.value): told.get((event, weight), 0) for event, weight in _ALARMING
    }
    values |= {(event.value, weight.value): n for (event, weight), n in told.items()}
    return Reading(metric=catalogue.RETURNED, values=values)


def _harm(toll: Toll, least: int) -> Iterator[Reading]:
    if toll.sent >= least:
        values: dict[Labels, float] = {(harm.value,): toll.share(harm) for harm in Harm}
        yield Reading(metric=catalogue.HARM_RATIO, values=values)


def _queue_age(not_begun: NotBegun, overview: Overview, now: datetime) -> float:
    moments = [*not_begun.due, overview.due_since or now]
    return _seconds(now - min(moments))


def _allowance(chosen: Settings, used: int) -> Iterator[Reading]:
    quota = Quota(limit=chosen.daily_limit, used=used)
    yield reading(catalogue.QUOTA_USED, quota.used)
    yield reading(catalogue.QUOTA_LEFT, quota.remaining)
    if chosen.rate is not None:
        yield reading(catalogue.RATE_LIMIT, chosen.rate)


def _durations(overview: Overview, now: datetime) -> Iterator[Reading]:
    running = now - (overview.running_since or now)
    yield reading(catalogue.RUNNING_SECONDS, _seconds(running))
    if last := overview.last_finished:
        yield reading(catalogue.LAST_SECONDS, _seconds(last.elapsed))
        yield _by_state(catalogue.LAST_DELIVERIES, last.deliveries)
    yield reading(catalogue.PROMISED_SECONDS, _seconds(PROMISE))


def _seconds(duration: timedelta) -> float:
    return max(0.0, duration.total_seconds())
