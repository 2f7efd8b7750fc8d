"""Whether the log of consent is whole: every chain followed, every membership borne out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from pabal.console.audience.statements import (
    AudienceStatements,
    audience_statements,
    read_instant,
)
from pabal.domain.consent import (
    Basis,
    BrokenLink,
    ChainWalk,
    ConsentAction,
    ConsentLink,
    ConsentRecord,
)

_CHUNK = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecorded:
    """A membership that says more than the log: its last records are missing."""

    subscriber: int
    list: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What following the log came to.

    broken: the first record that does not fit; nothing behind it was looked at.
    unrecorded: the first membership without its record; looked for where no record is broken.
    """

    records: int
    chains: int
    broken: BrokenLink | None
    unrecorded: Unrecorded | None

    @property
    def is_whole(self) -> bool:
        return self.broken is None and self.unrecorded is None


def verify_consents(progress: Callable[[int], None] = lambda _records: None) -> Verification:
    """Follow every chain. Memory does not grow with the log.

    progress: called now and then with the number of records done.

    A chain alone cannot show that its last records were taken away; the memberships do.
    """
    walk = ChainWalk()
    with transaction.atomic(), audience_statements() as sql:
        for links in _chunks(sql):
            if not walk.follow(links):
                break
            progress(walk.records)
        unrecorded = None if walk.broken else _unrecorded(sql)
    return Verification(
        records=walk.records, chains=walk.chains, broken=walk.broken, unrecorded=unrecorded
    )


def _chunks(sql: AudienceStatements) -> Iterator[Sequence[ConsentLink]]:
    subscriber = number = 0
    while rows := sql.rows(
        "consent_links", {"subscriber": subscriber, "number": number, "limit": _CHUNK}
    ):
        links = [_link(*row) for row in rows]
        yield links
        subscriber, number = links[-1].subscriber, links[-1].number


def _link(number: int, subscriber: int, *columns: Any) -> ConsentLink:
    *content, previous, salt, seal, digest = columns
    return ConsentLink(
        number=number,
        subscriber=subscriber,
        record=_record(subscriber, *content),
        previous=previous,
        salt=salt,
        seal=seal,
        digest=digest,
    )


def _record(
    subscriber: int,
    action: str,
    purpose: str,
    source: str,
    wording: str,
    basis: str,
    origin: str,
    happened_at: datetime,
) -> ConsentRecord | None:
    """None where a column holds what was never written there."""
    try:
        return ConsentRecord(
            subscriber=subscriber,
            action=ConsentAction(action),
            purpose=purpose,
            source=source,
            wording=wording,
            basis=Basis(basis),
            origin=origin,
            happened_at=read_instant(happened_at),
        )
    except ValueError:
        return None


def _unrecorded(sql: AudienceStatements) -> Unrecorded | None:
    for subscriber, target in sql.rows("unrecorded_standings", {}):
        return Unrecorded(subscriber=subscriber, list=target)
    return None
