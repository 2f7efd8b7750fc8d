"""Putting rows into the database, a batch at a time: never a query for a row.

Rule: the file wins over what was stored. Who may be put on the list again after leaving is
joining.py's to say; who asked for no mail at all is not even offered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from pabal.console.audience import consenting
from pabal.console.audience.importing.cleaning import SubscriberRow
from pabal.console.audience.importing.notes import Note, NoteKind
from pabal.console.audience.importing.report import Result
from pabal.console.audience.joining import Joined, Joining, join_list
from pabal.console.audience.models import List, Membership, Subscriber
from pabal.console.audience.suppressing import joined_ledger
from pabal.domain.consent import ConsentAction, ConsentRecord
from pabal.domain.suppression import EVERYTHING, Reason, Suppression, list_scope

# SQLite compares at most 999 values in one statement by Django's count.
BATCH = 900

_NAME_LIMIT = 200
_UPDATED_FIELDS = ("language", "attributes", "updated_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """What all rows of an import share. file, wording: for the records of consent."""

    list: List
    file: str
    wording: str
    zone: tzinfo
    now: datetime

    @property
    def scope(self) -> str:
        return list_scope(self.list.pk)

    def day(self, moment: datetime) -> str:
        return moment.astimezone(self.zone).date().isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of a row, and what there is to say beside the row's own notes."""

    row: SubscriberRow
    result: Result
    notes: tuple[Note, ...] = ()


def store_batch(rows: Sequence[SubscriberRow], to: Destination) -> list[Stored]:
    """Create or update subscribers, memberships and consents; addresses are unique in `rows`.

    To be called inside a transaction; of what it does nothing is durable by itself.
    """
    before = _Before.read(rows, to)
    offered = [row for row in rows if not before.left_everything(row)]
    subscribers = before.subscribers | _create(offered, before, to)
    joined = _join(offered, subscribers, before, to)
    accepted = [row for row in offered if subscribers[_address(row)].pk not in joined.left_before]
    updated = _update(accepted, before, to)
    withdrawn = _withdraw(accepted, before, to)
    telling = _Telling(before, subscribers, joined, updated, withdrawn, to)
    return [telling.stored(row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """What was known of the addresses in a batch.

    subscribers, suppressions: by Address.identity. memberships: by subscriber.
    """

    subscribers: dict[str, Subscriber]
    memberships: Mapping[int, Membership]
    suppressions: Mapping[str, Suppression]

    @classmethod
    def read(cls, rows: Iterable[SubscriberRow], to: Destination) -> "_Before":
        addresses = [_address(row) for row in rows]
        subscribers = {s.address: s for s in Subscriber.objects.filter(address__in=addresses)}
        numbers = [subscriber.pk for subscriber in subscribers.values()]
        memberships = to.list.memberships.filter(subscriber__in=numbers) if numbers else ()
        return cls(
            subscribers=subscribers,
            memberships={m.subscriber_id: m for m in memberships},
            suppressions=joined_ledger().suppressions(addresses, [to.scope]),
        )

    def membership(self, row: SubscriberRow) -> Membership | None:
        subscriber = self.subscribers.get(_address(row))
        return self.memberships.get(subscriber.pk) if subscriber else None

    def consented_at(self, row: SubscriberRow) -> datetime | None:
        membership = self.membership(row)
        return membership.consented_at if membership else None

    def left_everything(self, row: SubscriberRow) -> Suppression | None:
        stop = self.suppressions.get(_address(row))
        if stop is None or stop.scope != EVERYTHING or stop.reason is not Reason.UNSUBSCRIBED:
            return None
        return stop


def _address(row: SubscriberRow) -> str:
    return row.address.identity


def _create(
    rows: Iterable[SubscriberRow], before: _Before, to: Destination
) -> dict[str, Subscriber]:
    """Somebody may have added an address meanwhile, so what is new to us is an upsert too."""
    new = [_subscriber(row, to) for row in rows if _address(row) not in before.subscribers]
    _upsert(new)
    return {subscriber.address: subscriber for subscriber in new}


def _subscriber(row: SubscriberRow, to: Destination) -> Subscriber:
    subscriber = Subscriber(
        email=row.address.original,
        wire=row.address.wire,
        address=row.address.identity,
        attributes=dict(row.attributes),
        created_at=to.now,
        updated_at=to.now,
    )
    if row.language:
        subscriber.language = row.language
    return subscriber


def _upsert(subscribers: Sequence[Subscriber]) -> None:
    Subscriber.objects.bulk_create(
        subscribers,
        update_conflicts=True,
        unique_fields=["address"],
        update_fields=_UPDATED_FIELDS,
    )


def _join(
    rows: Iterable[SubscriberRow],
    subscribers: Mapping[str, Subscriber],
    before: _Before,
    to: Destination,
) -> Joined:
    joinings = [
        _joining(row, subscribers[_address(row)], to)
        for row in rows
        if not _is_settled(row, before.membership(row))
    ]
    return join_list(to.list, joinings, now=to.now)


def _is_settled(row: SubscriberRow, membership: Membership | None) -> bool:
    """Whether the file says what is known already; a file is often imported again."""
    if membership is None or membership.status != Membership.Status.SUBSCRIBED:
        return False
    return row.consent is None or row.consent.at == membership.consented_at


def _joining(row: SubscriberRow, subscriber: Subscriber, to: Destination) -> Joining:
    return Joining(
        subscriber=subscriber.pk,
        address=subscriber.address,
        consented_at=row.consent.at if row.consent else None,
        source=_source(row, to),
        wording=to.wording,
    )


def _source(row: SubscriberRow, to: Destination) -> str:
    where = f"{to.file[:_NAME_LIMIT]}, row {row.row.number}"
    how = row.consent.source[:_NAME_LIMIT] if row.consent else ""
    return f"{how} ({where})" if how else where


def _update(rows: Iterable[SubscriberRow], before: _Before, to: Destination) -> frozenset[str]:
    """Return the addresses of those who were known and about whom the file says something new."""
    changed: list[Subscriber] = []
    for row in rows:
        subscriber = before.subscribers.get(_address(row))
        if subscriber is not None and _merge(row, subscriber):
            subscriber.updated_at = to.now
            changed.append(subscriber)
    _upsert(changed)
    return frozenset(subscriber.address for subscriber in changed)


def _merge(row: SubscriberRow, subscriber: Subscriber) -> bool:
    attributes = {**subscriber.attributes, **row.attributes}
    for name in row.emptied:
        attributes.pop(name, None)
    language = row.language or subscriber.language
    differs = (attributes, language) != (subscriber.attributes, subscriber.language)
    subscriber.attributes, subscriber.language = attributes, language
    return differs


def _withdraw(rows: Iterable[SubscriberRow], before: _Before, to: Destination) -> frozenset[str]:
    """Take back the consents of those of whom the file says that they do not consent."""
    declining = [row for row in rows if row.declines and before.consented_at(row)]
    if not declining:
        return frozenset()
    withdrawals = [
        ConsentRecord(
            subscriber=before.subscribers[_address(row)].pk,
            action=ConsentAction.WITHDRAWN,
            purpose=to.scope,
            source=_source(row, to),
            wording="",
            happened_at=to.now,
        )
        for row in declining
    ]
    consenting.record(withdrawals, now=to.now)
    numbers = [withdrawal.subscriber for withdrawal in withdrawals]
    to.list.memberships.filter(subscriber__in=numbers).update(consented_at=None, changed_at=to.now)
    return frozenset(map(_address, declining))


@dataclass(frozen=True, slots=True)
class _Telling:
    """Says of each row what became of it."""

    before: _Before
    subscribers: Mapping[str, Subscriber]
    joined: Joined
    updated: frozenset[str]
    withdrawn: frozenset[str]
    to: Destination

    def stored(self, row: SubscriberRow) -> Stored:
        stop = self.before.left_everything(row)
        if stop is not None:
            return _kept_out(row, NoteKind.LEFT_EVERYTHING, self.to.day(stop.since))
        number = self.subscribers[_address(row)].pk
        if number in self.joined.left_before:
            return _kept_out(row, NoteKind.LEFT, self._left_on(row))
        return Stored(row=row, result=self._result(row, number), notes=self._notes(row, number))

    def _result(self, row: SubscriberRow, number: int) -> Result:
        if number in self.joined.added or number in self.joined.returned:
            return Result.NEW
        changed = _address(row) in self.updated or _address(row) in self.withdrawn
        return Result.UPDATED if changed or self._agreed_anew(row) else Result.UNCHANGED

    def _agreed_anew(self, row: SubscriberRow) -> bool:
        known = self.before.consented_at(row)
        return row.consent is not None and (known is None or row.consent.at > known)

    def _notes(self, row: SubscriberRow, number: int) -> tuple[Note, ...]:
        notes: list[Note] = []
        returned = number in self.joined.returned
        if returned:
            notes.append(Note(kind=NoteKind.BACK, detail=self._left_on(row)))
        known = self.before.consented_at(row)
        if known and _address(row) in self.withdrawn:
            notes.append(Note(kind=NoteKind.WITHDRAWN, detail=self.to.day(known)))
        stop = self.before.suppressions.get(_address(row))
        if stop and not (returned and stop.reason is Reason.UNSUBSCRIBED):
            since, reason = self.to.day(stop.since), stop.reason.value
            notes.append(Note(kind=NoteKind.SUPPRESSED, detail=since, reason=reason))
        return tuple(notes)

    def _left_on(self, row: SubscriberRow) -> str:
        membership = self.before.membership(row)
        return self.to.day(membership.changed_at) if membership else ""


def _kept_out(row: SubscriberRow, kind: NoteKind, day: str) -> Stored:
    return Stored(row=row, result=Result.KEPT_OUT, notes=(Note(kind=kind, detail=day),))
