"""A campaign's deliveries, page by page, and the story of one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from pabal.console.audience.models import Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.console.campaigns import elsewhere
from pabal.console.campaigns.ledger_tables import LedgerDelivery, LedgerEvent, LedgerHistory
from pabal.console.campaigns.models import Campaign
from pabal.domain.address import AddressError, parse_address
from pabal.domain.delivery import State
from pabal.domain.engagement import Hits
from pabal.domain.identity import DeliveryId, split_delivery_id, subscriber_number

PAGE = 50
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Deliveries in the package's order. `next_after`: None on the last page."""

    deliveries: Sequence[LedgerDelivery]
    next_after: int | None


def page(campaign: Campaign, *, state: State | None, search: str, after: int) -> Page:
    """Return the deliveries behind position `after`; found by key, so as fast on any page.

    search: a part of the address; of what is sent on AWS, all of it.
    """
    if campaign.is_on_aws:
        return _page_there(campaign, state, search, after)
    rows = chosen(campaign, state=state, search=search).filter(position__gt=after)
    return _cut(list(rows.order_by("position")[: PAGE + 1]))


def row_of(campaign: Campaign, delivery: str) -> LedgerDelivery | None:
    """Return a delivery of a campaign by its id."""
    if campaign.is_on_aws:
        found = elsewhere.delivery(delivery)
        return found if found is not None and found.campaign == campaign.pk else None
    return LedgerDelivery.objects.filter(pk=delivery, campaign=campaign.pk).first()


def every(campaign: Campaign, *, state: State | None, search: str) -> Iterator[LedgerDelivery]:
    """Read all that `page` shows; memory does not grow with the campaign."""
    if campaign.is_on_aws:
        found = _found_there(campaign, search) if search else elsewhere.every(campaign.pk, state)
        yield from (row for row in found if state is None or row.delivery_state is state)
        return
    rows, after = chosen(campaign, state=state, search=search).order_by("position"), -1
    while part := list(rows.filter(position__gt=after)[:_AT_ONCE]):
        yield from part
        after = part[-1].position


def chosen(campaign: Campaign, *, state: State | None, search: str) -> QuerySet[LedgerDelivery]:
    """Return all deliveries in a state, to addresses with a part in common."""
    rows = LedgerDelivery.objects.filter(campaign=campaign.pk)
    if state is not None:
        rows = rows.filter(state=state.value)
    if search:
        rows = rows.filter(address__contains=search.strip().casefold())
    return rows


def history(campaign: Campaign, delivery: LedgerDelivery) -> Sequence[LedgerHistory]:
    """Return everything that happened to a delivery, oldest first."""
    if campaign.is_on_aws:
        return elsewhere.history(delivery.pk)
    return list(LedgerHistory.objects.filter(delivery=delivery.pk).order_by("pk"))


def events(campaign: Campaign, delivery: LedgerDelivery) -> Sequence[LedgerEvent]:
    """Return everything that came back about a delivery, oldest first."""
    if campaign.is_on_aws:
        return elsewhere.events(delivery.pk)[:PAGE]
    told = LedgerEvent.objects.filter(delivery=delivery.pk)
    return list(told.order_by("at", "told_at", "pk")[:PAGE])


def hits(campaign: Campaign, delivery: LedgerDelivery) -> Sequence[Hits]:
    """Return who opened and clicked its mail."""
    if campaign.is_on_aws:
        return elsewhere.hits(delivery.pk)
    return joined_ledger().hits(DeliveryId(delivery.pk))


def subscriber_of(delivery: LedgerDelivery) -> Subscriber | None:
    """Return who it went to; None once they are erased."""
    _campaign, key = split_delivery_id(delivery.pk)
    return Subscriber.objects.filter(pk=subscriber_number(key)).first()


def _page_there(campaign: Campaign, state: State | None, search: str, after: int) -> Page:
    if search:
        found = _found_there(campaign, search)
        return _cut([row for row in found if state is None or row.delivery_state is state])
    return _cut(elsewhere.page(campaign.pk, state=state, after=after, limit=PAGE + 1))


def _found_there(campaign: Campaign, search: str) -> list[LedgerDelivery]:
    """DynamoDB finds by a key, which an address is and its parts are not."""
    try:
        address = parse_address(search.strip()).identity
    except AddressError:
        return []
    return elsewhere.found_by_address(address, campaign.pk)


def _cut(found: list[LedgerDelivery]) -> Page:
    shown = found[:PAGE]
    return Page(deliveries=shown, next_after=shown[-1].position if len(found) > PAGE else None)
