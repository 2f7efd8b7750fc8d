"""What became of mails to somebody, and what they did with them, as a condition.

The place for further kinds of activity: a test of conditions.Test, and here how it is asked.
Who opened and clicked is in hits, which the ledger deletes after HITS_KEPT.
"""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from pabal.console.audience.conditions import ON_HITS, ON_OPENS, Test
from pabal.console.campaigns.errors import HitsOnAws, HitsUnknown, SentOnAws
from pabal.console.campaigns.launching import sent_there
from pabal.console.campaigns.ledger_tables import LedgerDelivery, LedgerHit
from pabal.console.campaigns.models import Campaign
from pabal.domain.delivery import State
from pabal.domain.engagement import Actor
from pabal.domain.event import EventKind
from pabal.domain.tracking import Tracking
from pabal.ledger.port import HITS_KEPT

_DOES_NOT_OBJECT = Q(objected_at=None)


def activity(test: Test, campaign: str, now: datetime) -> Q:
    """Return what a subscriber must fulfil for a test of Kind.CAMPAIGN.

    Raises SentOnAws: what became of it is not in this database; HitsUnknown: who opened or
    clicked in it was never recorded, or is not known any more.
    """
    if sent_there([campaign]):
        raise SentOnAws(campaign=campaign)
    row = Campaign.objects.filter(pk=campaign).first()  # where it is gone, nobody is found by it
    if row is not None and not knows_hits(row, test, now):
        raise HitsUnknown(campaign=campaign)
    return _ACTIVITIES[test](campaign)


def recent_use(test: Test, since: datetime) -> Q:
    """Return what a subscriber must fulfil for a test of Kind.ACTIVITY.

    Raises HitsOnAws: this database knows only some of the mails.
    """
    if not hits_are_here():
        raise HitsOnAws
    hits = _hits_by_readers([EventKind.OPENED, EventKind.CLICKED]).filter(last_at__gte=since)
    used = Exists(_deliveries().filter(Exists(hits)))
    return Q(used) if test is Test.USED else _DOES_NOT_OBJECT & ~Q(used)


def hits_are_here() -> bool:
    """Whether what subscribers opened and clicked is all in this database."""
    return not Campaign.objects.filter(is_on_aws=True).exists()


def knows_hits(campaign: Campaign, test: Test, now: datetime) -> bool:
    """Whether it was recorded, and is still kept, what a test asks of a campaign."""
    if test not in ON_HITS:
        return True
    tracked = Tracking(campaign.tracked)
    is_recorded = tracked.sees_opens if test in ON_OPENS else tracked.sees_clicks
    started_at = campaign.started_at
    return is_recorded and started_at is not None and now - started_at <= HITS_KEPT


def _was_sent(campaign: str) -> Q:
    return Q(Exists(_deliveries_of(campaign)))


def _was_not_sent(campaign: str) -> Q:
    return ~Q(Exists(_deliveries_of(campaign)))


def _got(campaign: str) -> Q:
    return Q(Exists(_deliveries_of(campaign).filter(state=State.SENT.value)))


def _did_not_get(campaign: str) -> Q:
    return Q(Exists(_deliveries_of(campaign).exclude(state=State.SENT.value)))


def _used(kind: EventKind) -> Callable[[str], Q]:
    hits = _hits_by_readers([kind])
    return lambda campaign: Q(Exists(_deliveries_of(campaign).filter(Exists(hits))))


def _did_not_use(kind: EventKind) -> Callable[[str], Q]:
    used = _used(kind)
    return lambda campaign: _got(campaign) & ~used(campaign) & _DOES_NOT_OBJECT


def _hits_by_readers(kinds: list[EventKind]) -> QuerySet[LedgerHit]:
    """Those of a delivery that a person made, or a proxy for one."""
    return LedgerHit.objects.filter(
        delivery=OuterRef("pk"),
        kind__in=[kind.value for kind in kinds],
        actor__in=[Actor.PERSON.value, Actor.PROXY.value],
    )


_ACTIVITIES: dict[Test, Callable[[str], Q]] = {
    Test.SENT: _was_sent,
    Test.NOT_SENT: _was_not_sent,
    Test.GOT: _got,
    Test.GOT_NOT: _did_not_get,
    Test.OPENED: _used(EventKind.OPENED),
    Test.OPENED_NOT: _did_not_use(EventKind.OPENED),
    Test.CLICKED: _used(EventKind.CLICKED),
    Test.CLICKED_NOT: _did_not_use(EventKind.CLICKED),
}


def _deliveries() -> QuerySet[LedgerDelivery]:
    return LedgerDelivery.objects.filter(address=OuterRef("address"))


def _deliveries_of(campaign: str) -> QuerySet[LedgerDelivery]:
    return _deliveries().filter(campaign=campaign)
