"""An import as one would write it without hurry: a row, the models, no memory of other rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils.timezone import get_default_timezone

from pabal.console.audience.importing.bases import ConsentBasis
from pabal.console.audience.importing.cleaning import Cleaner, RefusedRow, SubscriberRow
from pabal.console.audience.importing.mapping import map_columns
from pabal.console.audience.importing.notes import Note, NoteKind
from pabal.console.audience.importing.reading import open_table
from pabal.console.audience.importing.report import Result
from pabal.console.audience.models import Consent, List, Membership, Subscriber
from pabal.console.audience.suppressing import joined_ledger, lift_leavers
from pabal.domain.consent import ConsentAction, ConsentRecord
from pabal.domain.suppression import EVERYTHING, Reason, Suppression, list_scope

Said = tuple[Result, tuple[Note, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowImport:
    """One import into a list."""

    file: str
    into: List
    wording: str
    now: datetime

    def rows(self, path: Path) -> Iterator[tuple[int, Said]]:
        """Import a file; say what became of each row."""
        firsts: dict[str, int] = {}
        basis, zone = ConsentBasis(wording=self.wording), get_default_timezone()
        with open_table(path) as table:
            mapping = map_columns(table.header)
            for row in table.rows:
                cleaned = Cleaner(mapping, basis=basis, zone=zone, now=self.now).clean(row)
                if isinstance(cleaned, RefusedRow):
                    yield row.number, (Result.REFUSED, (cleaned.note,))
                    continue
                first = firsts.setdefault(cleaned.address.identity, row.number)
                if first != row.number:
                    note = Note(kind=NoteKind.DUPLICATE, detail=str(first))
                    yield row.number, (Result.REFUSED, (note,))
                    continue
                yield row.number, self._take(cleaned)

    def _take(self, row: SubscriberRow) -> Said:
        address, scope = row.address.identity, list_scope(self.into.pk)
        stop = joined_ledger().suppressions([address], [scope]).get(address)
        if stop and stop.scope == EVERYTHING and stop.reason is Reason.UNSUBSCRIBED:
            return self._kept_out(NoteKind.LEFT_EVERYTHING, stop.since)
        subscriber, is_new = self._subscriber(row)
        membership = subscriber.memberships.filter(list=self.into).first()
        if membership is not None and self._stays_away(membership, row):
            return self._kept_out(NoteKind.LEFT, membership.changed_at)
        changed = not is_new and self._merge(subscriber, row)
        return self._put(subscriber, membership, row, stop, changed=changed)

    def _subscriber(self, row: SubscriberRow) -> tuple[Subscriber, bool]:
        return Subscriber.objects.get_or_create(
            address=row.address.identity,
            defaults={
                "email": row.address.original,
                "wire": row.address.wire,
                "language": row.language or "ko",
                "attributes": dict(row.attributes),
                "created_at": self.now,
                "updated_at": self.now,
            },
        )

    def _stays_away(self, membership: Membership, row: SubscriberRow) -> bool:
        if membership.status != Membership.Status.UNSUBSCRIBED:
            return False
        return row.consent is None or row.consent.at < membership.changed_at

    def _merge(self, subscriber: Subscriber, row: SubscriberRow) -> bool:
        before = (dict(subscriber.attributes), subscriber.language)
        for name in row.emptied:
            subscriber.attributes.pop(name, None)
        subscriber.attributes.update(row.attributes)
        subscriber.language = row.language or subscriber.language
        if (subscriber.attributes, subscriber.language) == before:
            return False
        subscriber.updated_at = self.now
        subscriber.save()
        return True

    def _put(
        self,
        subscriber: Subscriber,
        membership: Membership | None,
        row: SubscriberRow,
        stop: Suppression | None,
        *,
        changed: bool,
    ) -> Said:
        notes: list[Note] = []
        returned = membership is not None and membership.status == Membership.Status.UNSUBSCRIBED
        is_new = membership is None or returned
        if membership is None:
            membership = Membership(subscriber=subscriber, list=self.into, changed_at=self.now)
        known = membership.consented_at
        if returned:
            notes.append(self._note(NoteKind.BACK, membership.changed_at))
            membership.changed_at = self.now
            lift_leavers([subscriber.address], list_scope(self.into.pk))
        membership.status = Membership.Status.SUBSCRIBED
        agreed = row.consent is not None and (known is None or row.consent.at > known)
        if row.consent is not None and agreed:
            membership.consented_at = row.consent.at
            self._record(subscriber, ConsentAction.GRANTED, row, row.consent.at)
        withdrawn = row.declines and known is not None
        if known is not None and withdrawn:
            notes.append(self._note(NoteKind.WITHDRAWN, known))
            membership.consented_at, membership.changed_at = None, self.now
            self._record(subscriber, ConsentAction.WITHDRAWN, row, self.now)
        membership.save()
        if stop and not (returned and stop.reason is Reason.UNSUBSCRIBED):
            reason = stop.reason.value
            notes.append(self._note(NoteKind.SUPPRESSED, stop.since, reason))
        result = Result.UPDATED if changed or agreed or withdrawn else Result.UNCHANGED
        return (Result.NEW if is_new else result), (*row.notes, *notes)

    def _record(
        self, subscriber: Subscriber, action: ConsentAction, row: SubscriberRow, at: datetime
    ) -> None:
        where = f"{self.file}, row {row.row.number}"
        how = row.consent.source if row.consent else ""
        entry = ConsentRecord(
            subscriber=subscriber.pk,
            action=action,
            purpose=list_scope(self.into.pk),
            source=f"{how} ({where})" if how else where,
            wording=self.wording if action is ConsentAction.GRANTED else "",
            happened_at=at,
        )
        last = subscriber.consents.order_by("pk").last()
        previous = last.digest if last else ""
        Consent.objects.create(
            subscriber=subscriber,
            action=action.value,
            purpose=entry.purpose,
            source=entry.source,
            wording=entry.wording,
            happened_at=at,
            recorded_at=self.now,
            previous=previous,
            digest=entry.digest(previous),
        )

    def _kept_out(self, kind: NoteKind, since: datetime) -> Said:
        return Result.KEPT_OUT, (self._note(kind, since),)

    def _note(self, kind: NoteKind, since: datetime, reason: str = "") -> Note:
        day = since.astimezone(get_default_timezone()).date().isoformat()
        return Note(kind=kind, detail=day, reason=reason)
