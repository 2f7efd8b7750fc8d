"""What became of a campaign's mail to somebody, as a condition.

The place for further kinds of activity: a test of conditions.Test, and here how it is asked.
"""

from collections.abc import Callable

from django.db.models import Exists, OuterRef, Q, QuerySet

from pabal.console.audience.conditions import Test
from pabal.console.campaigns.errors import SentOnAws
from pabal.console.campaigns.launching import sent_there
from pabal.console.campaigns.ledger_tables import LedgerDelivery
from pabal.domain.delivery import State


def _was_sent(campaign: str) -> Q:
    return Q(Exists(_deliveries(campaign)))


def _was_not_sent(campaign: str) -> Q:
    return ~Q(Exists(_deliveries(campaign)))


def _got(campaign: str) -> Q:
    return Q(Exists(_deliveries(campaign).filter(state=State.SENT.value)))


def _did_not_get(campaign: str) -> Q:
    return Q(Exists(_deliveries(campaign).exclude(state=State.SENT.value)))


ACTIVITIES: dict[Test, Callable[[str], Q]] = {
    Test.SENT: _was_sent,
    Test.NOT_SENT: _was_not_sent,
    Test.GOT: _got,
    Test.GOT_NOT: _did_not_get,
}


def _deliveries(campaign: str) -> QuerySet[LedgerDelivery]:
    """Raises SentOnAws: what became of it is not in this database."""
    if sent_there([campaign]):
        raise SentOnAws(campaign=campaign)
    return LedgerDelivery.objects.filter(campaign=campaign, address=OuterRef("address"))
