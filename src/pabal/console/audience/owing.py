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
    consent that an import brings long after it was given was told by whoever took it.
    """
    if settings.PABAL.notices:
        since = now - timedelta(days=settings.PABAL.notice_days)
        rows = list(_results(records, sql, since))
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
        scope, _, number = record.purpose.partition(":")
        if record.basis is not Basis.CONSENT or record.happened_at <= since:
            continue
        yield {
            "subscriber": record.subscriber,
            "list": int(number) if scope == "list" else None,
            "kind": ConsentNotice.Kind.RESULT.value,
            "action": record.action.value,
            "happened_at": sql.instant(record.happened_at),
            "due_at": sql.instant(record.happened_at + timedelta(days=14)),
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
