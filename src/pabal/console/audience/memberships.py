"""Memberships of a list as values, hundreds at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pabal.console.audience.models import List, Membership
from pabal.console.audience.statements import AudienceStatements, audience_statements, read_instant

_COLUMNS = ("subscriber", "list", "status", "consented_at", "changed_at", "transaction_ended_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How somebody stands to a list; the fields are models.Membership's."""

    status: str
    consented_at: datetime | None
    changed_at: datetime
    transaction_ended_at: datetime | None = None

    @property
    def has_left(self) -> bool:
        return self.status == Membership.Status.UNSUBSCRIBED


def read_standing(
    status: str,
    consented_at: datetime | None,
    changed_at: datetime,
    transaction_ended_at: datetime | None,
) -> Standing:
    """Read it from the columns of a row."""
    return Standing(
        status=status,
        consented_at=read_instant(consented_at) if consented_at else None,
        changed_at=read_instant(changed_at),
        transaction_ended_at=read_instant(transaction_ended_at) if transaction_ended_at else None,
    )


def lock_standings(target: List, subscribers: Sequence[int]) -> Mapping[int, Standing]:
    """Return how subscribers stand to a list, by their numbers; who was never on it is not there.

    Nobody else changes them until the transaction ends.
    """
    if not subscribers:
        return {}
    with audience_statements() as sql:
        numbers = sql.array(sorted(subscribers))
        rows = sql.rows("memberships", {"list": target.pk, "subscribers": numbers})
    return {subscriber: read_standing(*columns) for subscriber, *columns in rows}


def write_standings(
    target: List, *, added: Mapping[int, Standing], changed: Mapping[int, Standing]
) -> None:
    """Write how subscribers stand to a list: those who were never on it, and those who were."""
    with audience_statements() as sql:
        sql.add_rows("add_memberships", [_columns(target, *each, sql) for each in added.items()])
        sql.execute_rows(
            "change_memberships",
            [
                dict(zip(_COLUMNS, _columns(target, *each, sql), strict=True))
                for each in changed.items()
            ],
        )


def _columns(
    target: List, subscriber: int, standing: Standing, sql: AudienceStatements
) -> tuple[object, ...]:
    consented_at = sql.instant(standing.consented_at) if standing.consented_at else None
    ended_at = standing.transaction_ended_at
    return (
        subscriber,
        target.pk,
        standing.status,
        consented_at,
        sql.instant(standing.changed_at),
        sql.instant(ended_at) if ended_at else None,
    )
