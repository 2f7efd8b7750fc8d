"""A campaign's deliveries, page by page, and the story of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from pabal.console.audience.models import Subscriber
from pabal.console.campaigns.ledger_tables import LedgerDelivery, LedgerEvent, LedgerHistory
from pabal.console.campaigns.models import Campaign
from pabal.domain.delivery import State
from pabal.domain.identity import split_delivery_id, subscriber_number

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Deliveries in the package's order. `next_after`: None on the last page."""

    deliveries: Sequence[LedgerDelivery]
    next_after: int | None


def page(campaign: Campaign, *, state: State | None, search: str, after: int) -> Page:
    """Return the deliveries behind position `after`; found by key, so as fast on any page.

    search: a part of the address.
    """
    rows = chosen(campaign, state=state, search=search).filter(position__gt=after)
    found = list(rows.order_by("position")[: PAGE + 1])
    shown = found[:PAGE]
    return Page(deliveries=shown, next_after=shown[-1].position if len(found) > PAGE else None)


def chosen(campaign: Campaign, *, state: State | None, search: str) -> QuerySet[LedgerDelivery]:
    """Return all deliveries in a state, to addresses with a part in common."""
    rows = LedgerDelivery.objects.filter(campaign=campaign.pk)
    if state is not None:
        rows = rows.filter(state=state.value)
    if search:
        rows = rows.filter(address__contains=search.strip().casefold())
    return rows


def history(delivery: LedgerDelivery) -> Sequence[LedgerHistory]:
    """Return everything that happened to a delivery, oldest first."""
    return list(LedgerHistory.objects.filter(delivery=delivery.pk).order_by("pk"))


def events(delivery: LedgerDelivery) -> Sequence[LedgerEvent]:
    """Return everything that came back about a delivery, oldest first."""
    told = LedgerEvent.objects.filter(delivery=delivery.pk)
    return list(told.order_by("at", "told_at", "pk")[:PAGE])


def subscriber_of(delivery: LedgerDelivery) -> Subscriber | None:
    """Return who it went to; None once they are erased."""
    _campaign, key = split_delivery_id(delivery.pk)
    return Subscriber.objects.filter(pk=subscriber_number(key)).first()
