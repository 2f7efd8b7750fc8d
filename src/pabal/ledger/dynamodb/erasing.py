"""Forgetting an address: its items stay, since books must balance, and name nobody.

The alias is stopped first, and with it whoever enqueues at that moment is made to ask again:
from then on nobody is enqueued but by the alias. All others stand in the links of the address,
which are read as they are. A link goes last, when nothing about its delivery names anybody: so
a call that was cut off is repeated, and does the rest.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice

from pabal.domain.delivery import Happening, State
from pabal.domain.event import EventKind
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.suppression import EVERYTHING, Reason, Suppression
from pabal.ledger.dynamodb import holding, items, keys
from pabal.ledger.dynamodb.deliveries import linked
from pabal.ledger.dynamodb.holding import hold
from pabal.ledger.dynamodb.keys import Key
from pabal.ledger.dynamodb.table import key_of
from pabal.ledger.dynamodb.values import Item
from pabal.ledger.dynamodb.work import Desk, Work
from pabal.ledger.rows import ERASED, SLOTS, Changes, slot_of

_AT_ONCE = 90
_USED = frozenset({EventKind.OPENED.value, EventKind.CLICKED.value})


def erase(desk: Desk, address: str, alias: str, *, now: datetime) -> None:
    """Call an address by its alias everywhere, and stop that. Doing it twice changes nothing."""
    desk.change(lambda work: _stop(work, alias, now))
    while ids := list(islice(linked(desk.table, address), _AT_ONCE)):
        for delivery in ids:
            desk.change(lambda work, id=delivery: _rename(work, id, address, alias, now))
            _drop_hits(desk, delivery)
            _rewrite_events(desk, delivery, lambda event: _silent(_arrival(event)))
            desk.change(lambda work, id=delivery: work.drop(keys.link(address, id)))
    desk.change(lambda work: work.drop(keys.address(address)))


def forget_hits(desk: Desk, address: str) -> None:
    """Drop who opened and clicked; the tallies, which name nobody, stay."""
    for delivery in linked(desk.table, address):
        _drop_hits(desk, delivery)
        _rewrite_events(desk, delivery, _arrival)


def _stop(work: Work, alias: str, now: datetime) -> None:
    stop = Suppression(address=alias, scope=EVERYTHING, reason=Reason.ERASED, since=now)
    holding.stop(work, [stop])
    for number in range(SLOTS):
        work.add(keys.erasures(number), {"v": 1})


def _rename(work: Work, delivery: DeliveryId, address: str, alias: str, now: datetime) -> None:
    """Call a delivery's recipient by the alias, and skip what waits to be sent."""
    row = hold(work, [delivery]).get(delivery)
    if row is None or row.address != address:
        return
    there, changes = work.item(keys.delivery(delivery)) or {}, Changes(slot=slot_of(delivery))
    if row.state is State.QUEUED:
        changes.happen(row, Happening.SUPPRESSED, now, ERASED)
        there = items.changed(there, row, changes.history)
        numbers = {state: n for (_, state), n in changes.tally.items()}
        holding.count(work, CampaignId(row.campaign), numbers, slot=changes.slot)
    work.put(keys.delivery(delivery), items.renamed(there, alias))
    work.note(keys.link(alias, delivery), {})


def _drop_hits(desk: Desk, delivery: DeliveryId) -> None:
    partition = keys.delivery(delivery).pk
    while hits := list(islice(desk.table.query(partition, between=keys.HITS), _AT_ONCE)):
        desk.change(lambda work, hits=hits: [work.drop(key_of(item)) for item in hits])


def _arrival(event: Item) -> Item:
    """Leave of an open or click that a service told that the mail arrived."""
    used = event["kind"] in _USED
    return {**event, "kind": EventKind.DELIVERED.value, "label": ""} if used else event


def _silent(event: Item) -> Item:
    """Leave out what was said about somebody who is erased."""
    return {**event, "label": "", "text": ERASED.text if event["text"] else ""}


def _rewrite_events(desk: Desk, delivery: DeliveryId, rewrite: Callable[[Item], Item]) -> None:
    """Write again those events that are not as they are to be, some at a time."""
    events = desk.table.query(keys.delivery(delivery).pk, between=keys.EVENTS)
    wanted = (key_of(event) for event in events if rewrite(event) != event)
    while stretch := list(islice(wanted, _AT_ONCE)):
        desk.change(lambda work, stretch=stretch: _rewrite(work, stretch, rewrite))


def _rewrite(work: Work, events: Sequence[Key], rewrite: Callable[[Item], Item]) -> None:
    work.read(events)
    for key in events:
        if event := work.item(key):
            work.put(key, rewrite(event))
