"""The ledger of campaigns that are sent on AWS, as pages read the one in the console's database.

Its rows are those of `ledger_tables`, made from what the ledger's port says; nobody saves them.
Every function raises LedgerUnavailable: AWS does not answer; StackNotNamed: nobody says where.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.utils.translation import gettext

from pabal.configuration.deployed import Stack
from pabal.console.audience.own_transactions import ledger_of_request
from pabal.console.campaigns.launching import (
    RequestHandovers,
    waiting_one,
)
from pabal.console.campaigns.ledger_tables import (
    LedgerDelivery,
    LedgerEvent,
    LedgerHistory,
    LedgerRun,
)
from pabal.console.campaigns.models import Campaign
from pabal.domain.delivery import State
from pabal.domain.engagement import Hits
from pabal.domain.errors import Explained
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.ledger.errors import CampaignNotOpen
from pabal.ledger.port import Delivery, HistoryEntry, Ledger, Run, ToldEvent

if TYPE_CHECKING:
    from pabal.pipeline.aws.remote import Remote

T = TypeVar("T")

_AT_ONCE = 8  # questions to DynamoDB, which answers each in some milliseconds
_PAGE = 1_000
_TAKEN_BACK = "It was made a draft again."


def trouble(error: Explained) -> str:
    """Say on a page that what AWS has sent is not shown, and why."""
    said = gettext("What AWS has sent is not shown here:")
    return f"{said} {error.explain(gettext)} {error.advise(gettext)}"


def remote() -> "Remote":
    """Return the deployed pipeline. Raises StackNotNamed, SettingsRefused, MissingExtra."""
    return _remote(settings.PABAL.stack())


def hand_over(campaign: str, *, now: datetime) -> None:
    """Hand a started campaign over at once, if AWS does not have it. Repeating is safe.

    Raises ServiceUnavailable: a worker goes on trying.
    """
    from pabal.pipeline.aws import handing_over

    found = waiting_one(campaign)
    if found is not None:
        handing_over.hand_over(found, RequestHandovers(), remote(), now=now)


def call_off(campaign: str) -> None:
    """Stop a campaign that waits there for its time. Raises ServiceUnavailable."""
    remote().call_off(CampaignId(campaign), reason=_TAKEN_BACK)


def ledger() -> Ledger:
    return remote().ledger


def ledger_of(campaign: Campaign) -> Ledger:
    """Return the ledger that a campaign is kept in: the one there, or the console's own."""
    return ledger() if campaign.is_on_aws else ledger_of_request()


def runs(campaigns: Iterable[str]) -> Mapping[str, LedgerRun]:
    """Return what the ledger knows of campaigns that are sent there, of those that it does."""
    found = _of_each(campaigns, run)
    return {campaign: row for campaign, row in found.items() if row is not None}


def run(campaign: str) -> LedgerRun | None:
    try:
        return _run_row(ledger().run(CampaignId(campaign)))
    except CampaignNotOpen:
        return None


def counts(campaigns: Iterable[str]) -> Mapping[str, Mapping[State, int]]:
    """Return the deliveries by state of campaigns that are sent there."""
    return _of_each(campaigns, lambda each: ledger().counts(CampaignId(each)))


def page(campaign: str, *, state: State | None, after: int, limit: int) -> list[LedgerDelivery]:
    found = ledger().deliveries(CampaignId(campaign), state=state, after=after, limit=limit)
    return [delivery_row(each) for each in found]


def every(campaign: str, state: State | None = None) -> Iterator[LedgerDelivery]:
    """Read all deliveries, a page at a time."""
    after = -1
    while found := page(campaign, state=state, after=after, limit=_PAGE):
        yield from found
        after = found[-1].position


def found_by_address(address: str, campaign: str | None = None) -> list[LedgerDelivery]:
    """Return deliveries to an address (Address.identity), newest campaign first."""
    name = CampaignId(campaign) if campaign else None
    return [delivery_row(each) for each in ledger().find(address, name)]


def delivery(name: str) -> LedgerDelivery | None:
    found = ledger().delivery(DeliveryId(name))
    return delivery_row(found) if found else None


def deliveries(names: Sequence[str]) -> Sequence[LedgerDelivery]:
    """Return those there are of some deliveries, by their ids."""
    return [row for row in _of_each(names, delivery).values() if row is not None]


def history(name: str) -> Sequence[LedgerHistory]:
    told = ledger().history(DeliveryId(name))
    return [_history_row(number, each) for number, each in enumerate(told)]


def events(name: str) -> Sequence[LedgerEvent]:
    return [_event_row(name, each) for each in ledger().events(DeliveryId(name))]


def hits(name: str) -> Sequence[Hits]:
    return ledger().hits(DeliveryId(name))


def delivery_row(found: Delivery) -> LedgerDelivery:
    """When its last attempt began, the port does not say; its history does."""
    return LedgerDelivery(
        id=found.id,
        campaign=found.campaign,
        position=found.position,
        address=found.address,
        state=found.state.value,
        attempts=found.attempts,
        failures=found.failures,
        begun_at=None,
        last=found.last,
    )


def _run_row(found: Run) -> LedgerRun:
    return LedgerRun(
        campaign=found.campaign,
        state=found.state.value,
        reason=found.reason,
        started_at=found.started_at,
        finished_at=found.finished_at,
    )


def _history_row(number: int, entry: HistoryEntry) -> LedgerHistory:
    return LedgerHistory(
        id=number,
        delivery=entry.delivery,
        at=entry.at,
        happening=entry.happening.value,
        attempt=entry.attempt,
        worker=entry.worker,
        code=entry.code,
        enhanced=entry.enhanced,
        text=entry.text,
    )


def _event_row(name: str, event: ToldEvent) -> LedgerEvent:
    return LedgerEvent(
        id=event.id,
        delivery=name,
        kind=event.kind.value,
        weight=event.weight.value,
        at=event.at,
        label=event.label,
        code=event.code,
        enhanced=event.enhanced,
        text=event.text,
    )


def _of_each(names: Iterable[str], look: Callable[[str], T]) -> dict[str, T]:
    wanted = list(names)
    if len(wanted) < 2:
        return {name: look(name) for name in wanted}
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        return dict(zip(wanted, pool.map(look, wanted), strict=True))
    finally:
        pool.shutdown(cancel_futures=True)  # where one does not answer, nor do the others


@cache
def _remote(stack: Stack) -> "Remote":
    # Imported here: an installation without AWS need not have its packages.
    from pabal.pipeline.aws.wiring import remote_of

    return remote_of(stack)
