"""Forgetting words that may name people when nobody needs them any more: 개인정보 보호법 21.

When something was said stands in an item of its own, in the order of these moments; so what is
old is found without looking at all that was ever sent.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import chain, islice

from pabal.domain.identity import DeliveryId
from pabal.ledger.dynamodb import items, keys
from pabal.ledger.dynamodb.table import Table, key_of
from pabal.ledger.dynamodb.values import Item
from pabal.ledger.dynamodb.work import Desk, Work
from pabal.ledger.instants import to_micros
from pabal.ledger.rows import SLOTS

_AT_ONCE = 45  # of each what was said and the note of when


def forget_replies(desk: Desk, *, before: datetime, limit: int) -> int:
    """Forget what servers said about deliveries; return how often they had said something."""
    found = _old(desk.table, keys.replies, before, limit)
    oldest = to_micros(before)
    _forget(desk, found, lambda work, notes: _forget_replies(work, notes, oldest))
    return len(found)


def forget_details(desk: Desk, *, before: datetime, limit: int) -> int:
    """Forget what was said in events; return in how many."""
    found = _old(desk.table, keys.details, before, limit)
    _forget(desk, found, _forget_details)
    return len(found)


def _old(
    table: Table, partition: Callable[[int], str], before: datetime, limit: int
) -> Sequence[Item]:
    """Find notes from before a moment, slot by slot."""
    between = (keys.moment(0), keys.moment(to_micros(before)))  # of that moment: more behind it
    slots = (table.query(partition(number), between=between) for number in range(SLOTS))
    return list(islice(chain.from_iterable(slots), limit))


def _forget(
    desk: Desk, notes: Sequence[Item], forget: Callable[[Work, Sequence[Item]], None]
) -> None:
    for start in range(0, len(notes), _AT_ONCE):
        stretch = notes[start : start + _AT_ONCE]
        desk.change(lambda work, stretch=stretch: forget(work, stretch))


def _forget_replies(work: Work, notes: Sequence[Item], before: int) -> None:
    ids = dict.fromkeys(DeliveryId(note["id"]) for note in notes)
    work.read(map(keys.delivery, ids))
    for id in ids:
        if there := work.item(keys.delivery(id)):
            work.put(keys.delivery(id), items.without_replies(there, before))
    for note in notes:
        work.drop(key_of(note))


def _forget_details(work: Work, notes: Sequence[Item]) -> None:
    events = [keys.event(DeliveryId(note["id"]), note["event"]) for note in notes]
    work.read(events)
    for key, note in zip(events, notes, strict=True):
        if there := work.item(key):
            work.put(key, {**there, "label": "", "text": ""})
        work.drop(key_of(note))
