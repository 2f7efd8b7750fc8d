"""Writing down what people agreed to: the one place that adds to the chains."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from pabal.console.audience.models import Subscriber
from pabal.console.audience.owing import owe_results
from pabal.console.audience.statements import AudienceStatements, audience_statements
from pabal.domain.consent import ConsentRecord

_SALT_BYTES = 16


@transaction.atomic
def record(
    records: Sequence[ConsentRecord], *, newcomers: Collection[int] = frozenset(), now: datetime
) -> None:
    """Add links to the chains of their subscribers, in the order given.

    Two that write to one chain at once wait for each other where the database can lock
    a row; elsewhere the constraint on `previous` refuses the later one.

    newcomers: subscribers that this transaction has added: their chains are empty, and
    nobody else can see them.
    """
    numbers = sorted({entry.subscriber for entry in records}.difference(newcomers))
    _lock(numbers)
    with audience_statements() as sql:
        ends = _ends(numbers, sql)
        recorded_at = sql.instant(now)
        links: list[tuple[object, ...]] = []
        for entry in records:
            previous = ends.get(entry.subscriber, "")
            salt = secrets.token_hex(_SALT_BYTES)
            seal = entry.seal(salt)
            digest = ends[entry.subscriber] = entry.digest(previous, seal)
            happened_at = sql.instant(entry.happened_at)
            links.append((*_content(entry, happened_at), recorded_at, previous, salt, seal, digest))
        sql.add_rows("add_consents", links)
        owe_results(records, sql, now)


def refusers(subscribers: Sequence[int], purpose: str) -> frozenset[int]:
    """Return those whose last word about a purpose was to take their consent back."""
    if not subscribers:
        return frozenset()
    with audience_statements() as sql:
        parameters = {"subscribers": sql.array(subscribers), "purpose": purpose}
        return frozenset(number for (number,) in sql.rows("refusers", parameters))


def _lock(numbers: Sequence[int]) -> None:
    locked = Subscriber.objects.select_for_update().filter(pk__in=numbers).order_by("pk")
    len(locked.only("pk"))


def _ends(numbers: Sequence[int], sql: AudienceStatements) -> dict[int, str]:
    if not numbers:
        return {}
    ends = sql.rows("chain_ends", {"subscribers": sql.array(numbers)})
    return {number: digest for number, digest in ends if digest}


def _content(entry: ConsentRecord, happened_at: str) -> tuple[object, ...]:
    return (
        entry.subscriber,
        entry.action.value,
        entry.purpose,
        entry.source,
        entry.wording,
        entry.basis.value,
        entry.origin,
        happened_at,
    )
