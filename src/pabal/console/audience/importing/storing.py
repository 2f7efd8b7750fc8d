"""Putting rows into the database, a batch at a time: never a query for a row.

Rule: the file wins over what was stored, unless it was said otherwise. Who may be put on the
list again after leaving is joining.py's to say; who asked for no mail at all, or to be erased,
is not even offered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from pabal.console.audience import consenting
from pabal.console.audience.erasing import erased_among
from pabal.console.audience.importing.cleaning import SubscriberRow
from pabal.console.audience.importing.notes import Note, NoteKind
from pabal.console.audience.importing.report import Result
from pabal.console.audience.joining import Joined, Joining, join_list
from pabal.console.audience.memberships import Standing
from pabal.console.audience.models import List
from pabal.console.audience.subscribers import (
    KnownSubscriber,
    Profile,
    add_subscribers,
    change_profiles,
    known_subscribers,
)
from pabal.console.audience.suppressing import joined_ledger
from pabal.domain.consent import ConsentAction, ConsentRecord
from pabal.domain.erasure import Aliases
from pabal.domain.suppression import EVERYTHING, Reason, Suppression, list_scope

BATCH = 900  # rows

_NAME_LIMIT = 200
_OWN_WISH = {Reason.UNSUBSCRIBED: NoteKind.LEFT_EVERYTHING, Reason.ERASED: NoteKind.ERASED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """What all rows of an import share.

    aliases: by which those are known who were erased. file, wording: for the records of consent.
    keeps_known: what is stored of somebody stays as it is; they only join the list.
    """

    list: List
    aliases: Aliases
    file: str
    wording: str
    zone: tzinfo
    now: datetime
    keeps_known: bool = False

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
    by_address = {row.address.identity: row for row in rows}
    before = _Before.read(list(by_address), to)
    offered = {a: row for a, row in by_address.items() if not before.stays_out(a)}
    added = _add(offered, before, to)
    before = before.with_late_ones(offered, added, to)
    numbers = added | {address: each.number for address, each in before.subscribers.items()}
    joined = _join(offered, numbers, added, before, to)
    accepted = {a: row for a, row in offered.items() if numbers[a] not in joined.left_before}
    updated = _update(accepted, before, to)
    withdrawn = _withdraw(accepted, before, to)
    telling = _Telling(before, numbers, joined, updated, withdrawn, to)
    return [telling.stored(address, row) for address, row in by_address.items()]


# By Address.identity.
_Rows = Mapping[str, SubscriberRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """What was known of the addresses in a batch, by Address.identity."""

    subscribers: Mapping[str, KnownSubscriber]
    suppressions: Mapping[str, Suppression]

    @classmethod
    def read(cls, addresses: Sequence[str], to: Destination) -> "_Before":
        return cls(
            subscribers=known_subscribers(addresses, to.list),
            suppressions={
                **joined_ledger().suppressions(addresses, [to.scope]),
                **erased_among(addresses, to.aliases),
            },
        )

    def with_late_ones(
        self, offered: _Rows, added: Mapping[str, int], to: Destination
    ) -> "_Before":
        """Return the same with those whom somebody else has added meanwhile."""
        late = [a for a in offered if a not in added and a not in self.subscribers]
        if not late:
            return self
        return replace(self, subscribers={**self.subscribers, **known_subscribers(late, to.list)})

    def standing(self, address: str) -> Standing | None:
        subscriber = self.subscribers.get(address)
        return subscriber.standing if subscriber else None

    def consented_at(self, address: str) -> datetime | None:
        standing = self.standing(address)
        return standing.consented_at if standing else None

    def basis_since(self, address: str) -> datetime | None:
        """When they agreed, or else last bought; None where nothing lets us advertise."""
        standing = self.standing(address)
        return (standing.consented_at or standing.transaction_ended_at) if standing else None

    def stays_out(self, address: str) -> Suppression | None:
        """Return what a person has asked for that no file undoes."""
        stop = self.suppressions.get(address)
        return stop if stop and stop.scope == EVERYTHING and stop.reason in _OWN_WISH else None


def _add(rows: _Rows, before: _Before, to: Destination) -> dict[str, int]:
    """Add those who are not known; return their numbers."""
    newcomers = [
        (row.address, Profile(language=row.language, attributes=row.attributes))
        for address, row in rows.items()
        if address not in before.subscribers
    ]
    return dict(add_subscribers(newcomers, now=to.now))


def _join(
    rows: _Rows,
    numbers: Mapping[str, int],
    added: Mapping[str, int],
    before: _Before,
    to: Destination,
) -> Joined:
    joinings = [
        Joining(
            subscriber=numbers[address],
            address=address,
            consented_at=row.consent.at if row.consent else None,
            transaction_ended_at=row.transaction_ended_at,
            source=_source(row, to),
            wording=to.wording,
            is_newcomer=address in added,
        )
        for address, row in rows.items()
        if not _is_settled(row, before.standing(address))
    ]
    return join_list(to.list, joinings, now=to.now)


def _is_settled(row: SubscriberRow, standing: Standing | None) -> bool:
    """Whether the file says what is known already; a file is often imported again."""
    if standing is None or standing.has_left:
        return False
    known = (standing.consented_at, standing.transaction_ended_at)
    said = (row.consent.at if row.consent else None, row.transaction_ended_at)
    return all(new is None or new == old for new, old in zip(said, known, strict=True))


def _source(row: SubscriberRow, to: Destination) -> str:
    where = f"{to.file[:_NAME_LIMIT]}, row {row.row.number}"
    how = row.consent.source[:_NAME_LIMIT] if row.consent else ""
    return f"{how} ({where})" if how else where


def _update(rows: _Rows, before: _Before, to: Destination) -> frozenset[str]:
    """Return the addresses of those who were known and about whom the file says something new."""
    if to.keeps_known:
        return frozenset()
    changed: dict[str, Profile] = {}
    for address, row in rows.items():
        subscriber = before.subscribers.get(address)
        if subscriber is not None:
            merged = _merged(row, subscriber.profile)
            if merged != subscriber.profile:
                changed[address] = merged
    profiles = {before.subscribers[address].number: each for address, each in changed.items()}
    change_profiles(profiles, now=to.now)
    return frozenset(changed)


def _merged(row: SubscriberRow, known: Profile) -> Profile:
    attributes = {**known.attributes, **row.attributes}
    for name in row.emptied:
        attributes.pop(name, None)
    return Profile(language=row.language or known.language, attributes=attributes)


def _withdraw(rows: _Rows, before: _Before, to: Destination) -> frozenset[str]:
    """Take back the consents of those of whom the file says that they do not consent."""
    declining = {a: row for a, row in rows.items() if row.declines and before.basis_since(a)}
    if not declining:
        return frozenset()
    withdrawals = [
        ConsentRecord(
            subscriber=before.subscribers[address].number,
            action=ConsentAction.WITHDRAWN,
            purpose=to.scope,
            source=_source(row, to),
            wording="",
            happened_at=to.now,
        )
        for address, row in declining.items()
    ]
    consenting.record(withdrawals, now=to.now)
    numbers = [withdrawal.subscriber for withdrawal in withdrawals]
    to.list.memberships.filter(subscriber__in=numbers).update(
        consented_at=None, transaction_ended_at=None, changed_at=to.now
    )
    return frozenset(declining)


@dataclass(frozen=True, slots=True)
class _Telling:
    """Says of each row what became of it."""

    before: _Before
    numbers: Mapping[str, int]
    joined: Joined
    updated: frozenset[str]
    withdrawn: frozenset[str]
    to: Destination

    def stored(self, address: str, row: SubscriberRow) -> Stored:
        stop = self.before.stays_out(address)
        if stop is not None:
            return _kept_out(row, _OWN_WISH[stop.reason], self.to.day(stop.since))
        number = self.numbers[address]
        if number in self.joined.left_before:
            return _kept_out(row, NoteKind.LEFT, self._left_on(address))
        result = self._result(address, row, number)
        return Stored(row=row, result=result, notes=self._notes(address, number))

    def _result(self, address: str, row: SubscriberRow, number: int) -> Result:
        if number in self.joined.added or number in self.joined.returned:
            return Result.NEW
        changed = address in self.updated or address in self.withdrawn
        return Result.UPDATED if changed or self._agreed_anew(address, row) else Result.UNCHANGED

    def _agreed_anew(self, address: str, row: SubscriberRow) -> bool:
        standing = self.before.standing(address)
        known = (standing.consented_at, standing.transaction_ended_at) if standing else (None, None)
        said = (row.consent.at if row.consent else None, row.transaction_ended_at)
        return any(
            new is not None and (old is None or new > old)
            for new, old in zip(said, known, strict=True)
        )

    def _notes(self, address: str, number: int) -> tuple[Note, ...]:
        notes: list[Note] = []
        returned = number in self.joined.returned
        if returned:
            notes.append(Note(kind=NoteKind.BACK, detail=self._left_on(address)))
        if number in self.joined.refused_before:
            notes.append(Note(kind=NoteKind.REFUSED_BEFORE))
        known = self.before.basis_since(address)
        if known and address in self.withdrawn:
            notes.append(Note(kind=NoteKind.WITHDRAWN, detail=self.to.day(known)))
        stop = self.before.suppressions.get(address)
        if stop and not (returned and stop.reason is Reason.UNSUBSCRIBED):
            since, reason = self.to.day(stop.since), stop.reason.value
            notes.append(Note(kind=NoteKind.SUPPRESSED, detail=since, reason=reason))
        return tuple(notes)

    def _left_on(self, address: str) -> str:
        standing = self.before.standing(address)
        return self.to.day(standing.changed_at) if standing else ""


def _kept_out(row: SubscriberRow, kind: NoteKind, day: str) -> Stored:
    return Stored(row=row, result=Result.KEPT_OUT, notes=(Note(kind=kind, detail=day),))
