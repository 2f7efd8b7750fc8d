"""Putting rows into the database, a batch at a time: never a query for a row.

Rule: the file wins over what was stored, but nothing brings back somebody who has left
except a consent that they gave later; and who asked for no mail at all stays out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from pabal.console.audience import consenting
from pabal.console.audience.importing.cleaning import SubscriberRow
from pabal.console.audience.importing.notes import Note, NoteKind
from pabal.console.audience.importing.report import Result
from pabal.console.audience.models import List, Membership, Subscriber
from pabal.console.audience.suppressing import joined_ledger, lift_leavers
from pabal.domain.consent import ConsentAction, ConsentRecord
from pabal.domain.suppression import EVERYTHING, Reason, Suppression, list_scope

# SQLite compares at most 999 values in one statement by Django's count.
BATCH = 900

_NAME_LIMIT = 200
_SUBSCRIBER_FIELDS = ("language", "attributes", "updated_at")
_MEMBERSHIP_FIELDS = ("status", "consented_at", "changed_at")


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
    known = _Known.read(rows, to)
    kept_out = [_keep_out(row, known, to) for row in rows]
    joining = [row for row, out in zip(rows, kept_out, strict=True) if out is None]
    people = [_Person.of(row, known.subscribers.get(row.address.identity), to) for row in joining]
    _save_subscribers(people)
    places = [_Place.of(person, known, to) for person in people]
    _save_places(places)
    _record_consents(places, to)
    _lift_suppressions(places, to)
    taken = iter(places)
    return [out or _stored(next(taken), known, to) for out in kept_out]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the database knows of the addresses in a batch."""

    subscribers: Mapping[str, Subscriber]
    memberships: Mapping[int, Membership]  # by subscriber
    suppressions: Mapping[str, Suppression]

    @classmethod
    def read(cls, rows: Sequence[SubscriberRow], to: Destination) -> "_Known":
        addresses = [row.address.identity for row in rows]
        subscribers = Subscriber.objects.filter(address__in=addresses)
        by_address = {subscriber.address: subscriber for subscriber in subscribers}
        numbers = [subscriber.pk for subscriber in by_address.values()]
        memberships = to.list.memberships.filter(subscriber__in=numbers) if numbers else ()
        return cls(
            subscribers=by_address,
            memberships={m.subscriber_id: m for m in memberships},
            suppressions=joined_ledger().suppressions(addresses, [to.scope]),
        )

    def membership(self, address: str) -> Membership | None:
        subscriber = self.subscribers.get(address)
        return self.memberships.get(subscriber.pk) if subscriber else None


def _keep_out(row: SubscriberRow, known: _Known, to: Destination) -> Stored | None:
    suppression = known.suppressions.get(row.address.identity)
    unsubscribed = suppression is not None and suppression.reason is Reason.UNSUBSCRIBED
    if suppression and unsubscribed and suppression.scope == EVERYTHING:
        return _kept_out(row, NoteKind.LEFT_EVERYTHING, to.day(suppression.since))
    left_at = _left_at(known.membership(row.address.identity))
    if suppression and unsubscribed:
        left_at = max(left_at or suppression.since, suppression.since)
    if left_at is None or (row.consent and row.consent.at > left_at):
        return None
    return _kept_out(row, NoteKind.LEFT, to.day(left_at))


def _left_at(membership: Membership | None) -> datetime | None:
    if membership is None or membership.status != Membership.Status.UNSUBSCRIBED:
        return None
    return membership.changed_at


def _kept_out(row: SubscriberRow, kind: NoteKind, day: str) -> Stored:
    return Stored(row=row, result=Result.KEPT_OUT, notes=(Note(kind=kind, detail=day),))


@dataclass(slots=True, kw_only=True)
class _Person:
    """A row's subscriber, not saved yet where `differs`."""

    row: SubscriberRow
    subscriber: Subscriber
    differs: bool

    @classmethod
    def of(cls, row: SubscriberRow, subscriber: Subscriber | None, to: Destination) -> "_Person":
        if subscriber is None:
            return cls(row=row, subscriber=_new_subscriber(row, to), differs=True)
        attributes = {**subscriber.attributes, **row.attributes}
        for name in row.emptied:
            attributes.pop(name, None)
        language = row.language or subscriber.language
        differs = (attributes, language) != (subscriber.attributes, subscriber.language)
        if differs:
            subscriber.attributes, subscriber.language = attributes, language
            subscriber.updated_at = to.now
        return cls(row=row, subscriber=subscriber, differs=differs)


def _new_subscriber(row: SubscriberRow, to: Destination) -> Subscriber:
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


def _save_subscribers(people: Sequence[_Person]) -> None:
    """Somebody may have added an address meanwhile, so what is new to us is an upsert too."""
    changed = [person.subscriber for person in people if person.differs]
    Subscriber.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["address"],
        update_fields=_SUBSCRIBER_FIELDS,
    )


@dataclass(slots=True, kw_only=True)
class _Place:
    """A person's membership, not saved yet where `differs`.

    consent: what is to be recorded, if anything. left_at: where they had left before.
    """

    person: _Person
    membership: Membership
    is_new: bool
    differs: bool
    action: ConsentAction | None = None
    left_at: datetime | None = None
    consented_before: datetime | None = None

    @classmethod
    def of(cls, person: _Person, known: _Known, to: Destination) -> "_Place":
        subscriber = person.subscriber
        membership = known.memberships.get(subscriber.pk)
        place = cls(
            person=person,
            membership=membership
            or Membership(subscriber_id=subscriber.pk, list=to.list, changed_at=to.now),
            is_new=membership is None,
            differs=membership is None,
        )
        place._join(to)
        place._consent(to)
        return place

    def _join(self, to: Destination) -> None:
        self.left_at = _left_at(self.membership)
        if self.left_at is not None:
            self.membership.status = Membership.Status.SUBSCRIBED
            self.membership.changed_at = to.now
            self.membership.consented_at = None
            self.differs = True

    def _consent(self, to: Destination) -> None:
        row, before = self.person.row, self.membership.consented_at
        self.consented_before = before
        if row.declines and before:
            self.action, self.membership.consented_at = ConsentAction.WITHDRAWN, None
        elif row.consent and (before is None or row.consent.at > before):
            self.action, self.membership.consented_at = ConsentAction.GRANTED, row.consent.at
        if self.action:
            self.differs = True

    @property
    def result(self) -> Result:
        if self.is_new or self.left_at:
            return Result.NEW
        return Result.UPDATED if self.differs or self.person.differs else Result.UNCHANGED


def _save_places(places: Sequence[_Place]) -> None:
    Membership.objects.bulk_create(
        [place.membership for place in places if place.differs],
        update_conflicts=True,
        unique_fields=["list", "subscriber"],
        update_fields=_MEMBERSHIP_FIELDS,
    )


def _record_consents(places: Sequence[_Place], to: Destination) -> None:
    records = [_record(place, place.action, to) for place in places if place.action]
    if records:
        consenting.record(records, now=to.now)


def _record(place: _Place, action: ConsentAction, to: Destination) -> ConsentRecord:
    row = place.person.row
    granted = row.consent if action is ConsentAction.GRANTED else None
    where = f"{to.file[:_NAME_LIMIT]}, row {row.row.number}"
    source = granted.source[:_NAME_LIMIT] if granted else ""
    return ConsentRecord(
        subscriber=place.person.subscriber.pk,
        action=action,
        purpose=to.scope,
        source=f"{source} ({where})" if source else where,
        wording=to.wording if granted else "",
        happened_at=granted.at if granted else to.now,
    )


def _lift_suppressions(places: Collection[_Place], to: Destination) -> None:
    back = [place.person.subscriber.address for place in places if place.left_at is not None]
    if back:
        lift_leavers(back, to.scope)


def _stored(place: _Place, known: _Known, to: Destination) -> Stored:
    return Stored(row=place.person.row, result=place.result, notes=tuple(_said(place, known, to)))


def _said(place: _Place, known: _Known, to: Destination) -> list[Note]:
    notes: list[Note] = []
    if place.left_at is not None:
        notes.append(Note(kind=NoteKind.BACK, detail=to.day(place.left_at)))
    if place.action is ConsentAction.WITHDRAWN and place.consented_before:
        notes.append(Note(kind=NoteKind.WITHDRAWN, detail=to.day(place.consented_before)))
    suppression = known.suppressions.get(place.person.row.address.identity)
    if suppression is not None and suppression.reason is not Reason.UNSUBSCRIBED:
        notes.append(
            Note(
                kind=NoteKind.SUPPRESSED,
                detail=to.day(suppression.since),
                reason=suppression.reason.value,
            )
        )
    return notes
