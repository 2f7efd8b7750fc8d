"""How often somebody wants advertising: a pause of their own, or one mail a week.

A pause is a suppression of the scope of advertising, so that it also holds for mails of a
campaign that runs. One a week is counted when a campaign is prepared.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from pabal.console.audience.models import Rhythm, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.domain.suppression import RESTING, Reason, Suppression

WEEK = timedelta(days=7)
PAUSES = (30, 90)  # days that are offered
_LIFTED = 500  # pauses that end in one transaction


@transaction.atomic
def rest(subscriber: Subscriber, *, days: int, now: datetime) -> datetime:
    """Send somebody no advertising for some days from now; return until when."""
    until = now + timedelta(days=days)
    Rhythm.objects.update_or_create(subscriber=subscriber, defaults={"rests_until": until})
    stop_resting(subscriber, since=now)
    return until


def stop_resting(subscriber: Subscriber, *, since: datetime) -> None:
    """Keep advertising from somebody's address while they rest."""
    joined_ledger().suppress(
        Suppression(address=subscriber.address, scope=RESTING, reason=Reason.RESTING, since=since)
    )


@transaction.atomic
def wake(subscriber: Subscriber) -> None:
    """End somebody's pause before its time. Safe to repeat."""
    Rhythm.objects.filter(subscriber=subscriber).update(rests_until=None)
    joined_ledger().lift(subscriber.address, RESTING)


def want_weekly(subscriber: Subscriber, weekly: bool) -> None:
    """Keep whether somebody wants one mail a week at most."""
    Rhythm.objects.update_or_create(subscriber=subscriber, defaults={"weekly": weekly})


def end_rests(now: datetime) -> int:
    """End all pauses whose time is over, some hundreds a transaction; return how many."""
    ended = 0
    while Rhythm.objects.filter(rests_until__lte=now).exists():
        ended += _end_some(now)
    return ended


@transaction.atomic
def _end_some(now: datetime) -> int:
    over = Rhythm.objects.select_for_update(of=("self",)).select_related("subscriber")
    rows = list(over.filter(rests_until__lte=now)[:_LIFTED])
    for row in rows:
        joined_ledger().lift(row.subscriber.address, RESTING)
    Rhythm.objects.filter(pk__in=[row.pk for row in rows]).update(rests_until=None)
    return len(rows)


def is_weekly_wanted() -> bool:
    """Return whether anybody at all wants one mail a week at most."""
    return Rhythm.objects.filter(weekly=True).exists()


def wanting_weekly(subscribers: Iterable[int]) -> frozenset[int]:
    """Return which of some subscribers, by number, want one mail a week at most."""
    weekly = Rhythm.objects.filter(pk__in=list(subscribers), weekly=True)
    return frozenset(weekly.values_list("pk", flat=True))
