"""Deliveries: enqueued, claimed, given back, and read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from zlib import crc32

from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Happening, State, after
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.suppression import EVERYTHING, Reason
from pabal.ledger.dynamodb import items, keys
from pabal.ledger.dynamodb.holding import count, read_run
from pabal.ledger.dynamodb.table import Table
from pabal.ledger.dynamodb.values import Item
from pabal.ledger.dynamodb.work import Work
from pabal.ledger.instants import beyond, from_micros, to_micros
from pabal.ledger.port import Delivery, Entry, HistoryEntry, RunState
from pabal.ledger.rows import CAMPAIGN_ENDED, NOTHING_SAID, OVER, SLOTS, Row, Words, entry

ENQUEUED_AT_ONCE = 48  # of each a delivery and a link; a slot, and what was erased
GIVEN_BACK_AT_ONCE = 90
_FOREVER = 2**62  # microseconds
_LAST = "~"  # behind every key
_MORE = 50  # items of the index that are read beyond what is wanted


def enqueue(work: Work, campaign: CampaignId, entries: Sequence[Entry], *, now: datetime) -> int:
    """Add deliveries and return how many are new. Raises CampaignNotOpen.

    It rests on nobody's being erased meanwhile: whoever is erased behind it stands in a link.
    """
    run = read_run(work, campaign)
    slot = crc32(entries[0].delivery.encode()) % SLOTS
    work.read([keys.erasures(slot), *(keys.delivery(each.delivery) for each in entries)])
    entries = _called_by_alias(work, entries)
    new = [each for each in entries if work.item(keys.delivery(each.delivery)) is None]
    happenings = [(Happening.ENQUEUED, NOTHING_SAID)]
    if run.state in OVER:
        happenings.append((Happening.CANCELLED, CAMPAIGN_ENDED))
    for each in new:
        work.put(keys.delivery(each.delivery), _enqueued(each, campaign, happenings, now))
        work.note(keys.link(each.address, each.delivery), {})
    if new:
        state = after(State.QUEUED, Happening.CANCELLED) if run.state in OVER else State.QUEUED
        work.check(keys.erasures(slot))
        count(work, campaign, {state.value: len(new)}, slot=slot)
    return len(new)


def _called_by_alias(work: Work, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Put aliases in place of the addresses of those who were erased after the freeze."""
    work.read(keys.address(alias) for each in entries for alias in each.aliases)
    return [replace(each, address=_name_of(work, each)) for each in entries]


def _name_of(work: Work, entry: Entry) -> str:
    for alias in entry.aliases:
        stops = items.suppressions(alias, work.item(keys.address(alias)))
        if any(stop.scope == EVERYTHING and stop.reason is Reason.ERASED for stop in stops):
            return alias
    return entry.address


def _enqueued(
    each: Entry,
    campaign: CampaignId,
    happenings: Iterable[tuple[Happening, Words]],
    now: datetime,
) -> Item:
    item = items.new_delivery(each.position, each.address)
    state: State | None = None
    for happening, words in happenings:
        state = after(state, happening)
        row = _row(each, campaign, state, str(words))
        item = items.changed(item, row, [entry(row, happening, now, words)])
    return item


def _row(each: Entry, campaign: CampaignId, state: State, last: str) -> Row:
    return Row(
        id=each.delivery,
        campaign=campaign,
        position=each.position,
        address=each.address,
        state=state,
        attempts=0,
        failures=0,
        not_before=0,
        worker="",
        begun_at=None,
        last=last,
        run=RunState.RUNNING,
        on_doubt=OnDoubt.ASK,
        stop=None,
    )


def give_back(
    work: Work,
    deliveries: Sequence[DeliveryId],
    *,
    worker: str,
    until: Mapping[DeliveryId, datetime],
) -> None:
    """Free claims that were not begun, not to be claimed before their moments."""
    work.read(map(keys.delivery, deliveries))
    for id in deliveries:
        item = work.item(keys.delivery(id))
        if item is None or item["worker"] != worker or items.state_of(item) is not State.QUEUED:
            continue
        not_before = item["not_before"]
        if id in until:
            not_before = max(not_before, to_micros(until[id]))
        place = keys.due(not_before, item["position"]) if not_before else item["place"]
        freed = {"worker": "", "not_before": not_before, "place": place}
        work.put(keys.delivery(id), {**item, **freed})


# Looking into the index


def queue(
    table: Table,
    campaign: CampaignId,
    state: State,
    between: tuple[str, str] | None = None,
    *,
    page: int = 0,
) -> Iterator[Item]:
    return table.query(
        keys.queue(campaign, state),
        between=between,
        index=keys.QUEUE_INDEX,
        names=("queue", "place"),
        page=page,
    )


def fresh(table: Table, campaign: CampaignId, *, page: int = 0) -> Iterator[Item]:
    """Find what was never begun nor put off, in the package's order."""
    between = (keys.FRESH, keys.FRESH + _LAST)
    return queue(table, campaign, State.QUEUED, between, page=page)


def again(
    table: Table, campaign: CampaignId, after: int = 0, until: int = _FOREVER, *, page: int = 0
) -> Iterator[Item]:
    """Find what is queued again or was put off, due behind `after` and not behind `until`."""
    between = (keys.due(after + 1), keys.behind(until))
    return queue(table, campaign, State.QUEUED, between, page=page)


def alive(table: Table, names: Iterable[str], now: datetime) -> frozenset[str]:
    """Return those of the workers whose heartbeat holds."""
    found = table.read(keys.worker(name) for name in set(names) if name)
    moment, latest = to_micros(now), beyond(now)
    return frozenset(
        item["sk"] for item in found.values() if moment < item["alive_until"] <= latest
    )


def free(
    table: Table,
    found: Iterator[Item],
    now: datetime,
    *,
    claims: Callable[[Item], bool] = lambda item: False,
) -> Iterator[Item]:
    """Leave out what a living worker has claimed, unless somebody claims it nevertheless."""
    living: dict[str, bool] = {"": False}
    while batch := list(islice(found, _MORE)):
        unknown = {item["worker"] for item in batch} - living.keys()
        names = alive(table, unknown, now)
        living |= {name: name in names for name in unknown}
        yield from (item for item in batch if not living[item["worker"]] or claims(item))


def deferred(table: Table, campaign: CampaignId) -> int:
    return sum(item["failures"] > 0 for item in again(table, campaign))


def next_due(table: Table, campaign: CampaignId, *, now: datetime) -> datetime | None:
    """Return when the next free delivery may begin: `now` if it may already."""
    if next(free(table, fresh(table, campaign, page=_MORE), now), None):
        return now
    first = next(free(table, again(table, campaign, page=_MORE), now), None)
    return max(now, from_micros(first["not_before"])) if first else None


# Reading


def page(
    table: Table, campaign: CampaignId, *, state: State | None, after: int, limit: int
) -> Sequence[Delivery]:
    """A page in the package's order; of all states it is merged from a page of each."""
    states = State if state is None else (state,)
    found = chain.from_iterable(_page(table, campaign, each, after, limit) for each in states)
    return sorted(map(items.delivery, found), key=lambda each: each.position)[:limit]


def _page(
    table: Table, campaign: CampaignId, state: State, after: int, limit: int
) -> Iterator[Item]:
    between = (keys.place(after + 1), keys.FRESH + _LAST)
    yield from islice(queue(table, campaign, state, between, page=limit), limit)
    if state is State.QUEUED:  # those stand in the order in which they are due
        yield from (each for each in again(table, campaign) if each["position"] > after)


def read(table: Table, delivery: DeliveryId) -> Delivery | None:
    found = table.read([keys.delivery(delivery)]).get(keys.delivery(delivery))
    return items.delivery(found) if found else None


def history(table: Table, delivery: DeliveryId) -> Sequence[HistoryEntry]:
    found = table.read([keys.delivery(delivery)]).get(keys.delivery(delivery))
    return items.history(found) if found else []


def linked(table: Table, address: str) -> Iterator[DeliveryId]:
    """Find the deliveries to an address; some may be called by its alias by now."""
    for link in table.query(keys.address(address).pk, between=keys.LINKS):
        yield items.id_of_link(link)


def find(table: Table, address: str, campaign: CampaignId | None) -> Sequence[Delivery]:
    found = map(items.delivery, table.read(map(keys.delivery, linked(table, address))).values())
    wanted = [
        each for each in found if each.address == address and campaign in (None, each.campaign)
    ]
    runs = table.read(keys.run(each.campaign) for each in wanted)
    started = {key.sk: run["started_at"] for key, run in runs.items()}
    return sorted(wanted, key=lambda each: (-started[each.campaign], each.campaign, each.position))
