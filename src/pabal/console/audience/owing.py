"""Which notices about consent are owed: written beside the records, sent by the worker.

정보통신망법 50(7), Decree 62-2: the result within 14 days of consent, refusal or withdrawal.
정보통신망법 50(8), Decree 62-3: every two years, that there is a consent.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from pabal.console.audience.models import ConsentNotice, Membership
from pabal.console.audience.statements import AudienceStatements
from pabal.domain.consent import (
    Basis,
    ConsentAction,
    ConsentRecord,
    confirmation_due,
    confirmed_since,
)

_AT_ONCE = 10_000


def owe_results(records: Sequence[ConsentRecord], sql: AudienceStatements, now: datetime) -> None:
    """Owe the result of each decision, in the transaction that records it.

    What was decided at one moment, about several lists say, is one event and one notice. A
    consent that an import brings long after it was given was told by whoever took it. Whether
    they have also confirmed it, where that was due before it came here, nobody can know: a
    person is asked before a mail goes out (overdue.py).
    """
    if settings.PABAL.notices:
        given = [each for each in records if each.basis is Basis.CONSENT]
        since = now - timedelta(days=settings.PABAL.notice_days)
        rows = [*_results(given, sql, since), *_overdue(given, sql, now)]
        sql.execute_rows("owe_notices", rows)


def owe_confirmations(now: datetime) -> None:
    """Owe a confirmation of every consent that is two, four, ... years old. Safe to repeat."""
    if not settings.PABAL.notices:
        return
    done = ConsentNotice.objects.filter(
        subscriber=OuterRef("subscriber"),
        kind=ConsentNotice.Kind.CONFIRMATION,
        happened_at=OuterRef("consented_at"),
        due_at__gt=now - timedelta(days=2 * 365),
    )
    consents = Membership.objects.filter(
        ~Exists(done), status=Membership.Status.SUBSCRIBED, consented_at__lt=confirmed_since(now)
    )
    ConsentNotice.objects.bulk_create(
        list(_confirmations(list(consents[:_AT_ONCE]), now)), ignore_conflicts=True
    )


def _results(
    records: Sequence[ConsentRecord], sql: AudienceStatements, since: datetime
) -> Iterator[dict[str, object]]:
    for record in records:
        if record.happened_at > since:
            due_at = record.happened_at + timedelta(days=14)
            yield _row(record, ConsentNotice.Kind.RESULT, due_at, sql)


def _overdue(
    records: Sequence[ConsentRecord], sql: AudienceStatements, now: datetime
) -> Iterator[dict[str, object]]:
    for record in records:
        due_at = confirmation_due(record.happened_at, now)
        if due_at is not None and record.action is ConsentAction.GRANTED:
            row = _row(record, ConsentNotice.Kind.CONFIRMATION, due_at, sql)
            yield row | {"campaign": ConsentNotice.HELD}


def _row(
    record: ConsentRecord, kind: ConsentNotice.Kind, due_at: datetime, sql: AudienceStatements
) -> dict[str, object]:
    scope, _, number = record.purpose.partition(":")
    return {
        "subscriber": record.subscriber,
        "list": int(number) if scope == "list" else None,
        "kind": kind.value,
        "action": record.action.value,
        "happened_at": sql.instant(record.happened_at),
        "due_at": sql.instant(due_at),
        "campaign": "",
    }


def _confirmations(consents: Sequence[Membership], now: datetime) -> Iterator[ConsentNotice]:
    for membership in consents:
        consented_at = membership.consented_at
        due_at = confirmation_due(consented_at, now) if consented_at else None
        if consented_at is not None and due_at is not None:
            yield ConsentNotice(
                subscriber_id=membership.subscriber_id,
                list_id=membership.list_id,
                kind=ConsentNotice.Kind.CONFIRMATION,
                action=ConsentAction.GRANTED.value,
                happened_at=consented_at,
                due_at=due_at,
            )
