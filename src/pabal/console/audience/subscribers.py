"""Subscribers as values, hundreds at a time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pabal.console.accounts.models import Language
from pabal.console.audience.memberships import Standing, read_standing
from pabal.console.audience.models import List
from pabal.console.audience.statements import audience_statements
from pabal.domain.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known about somebody. language: "" for the usual one, where they are new."""

    language: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSubscriber:
    """Somebody who is in the database. standing: to the list that was asked about."""

    number: int
    profile: Profile
    standing: Standing | None


def known_subscribers(addresses: Sequence[str], target: List) -> Mapping[str, KnownSubscriber]:
    """Return who is known of these addresses (Address.identity), and how they stand to a list."""
    with audience_statements() as sql:
        parameters = {"addresses": sql.array(addresses), "list": target.pk}
        rows = sql.rows("known_subscribers", parameters)
    return {
        address: KnownSubscriber(
            number=number,
            profile=Profile(language=language, attributes=json.loads(attributes)),
            standing=read_standing(*columns) if columns[0] else None,
        )
        for address, number, language, attributes, *columns in rows
    }


def add_subscribers(
    newcomers: Sequence[tuple[Address, Profile]], *, now: datetime
) -> Mapping[str, int]:
    """Add people; return the numbers of those who were not there, by Address.identity.

    Waits for somebody who is adding one of them at this moment.
    """
    if not newcomers:
        return {}
    with audience_statements() as sql:
        sql.execute("make_arrivals", {})
        sql.add_rows("bring_arrivals", [_columns(*newcomer) for newcomer in newcomers])
        added = sql.rows("add_arrivals", {"now": sql.instant(now)})
        sql.execute("forget_arrivals", {})
    return dict(added)


def change_profiles(profiles: Mapping[int, Profile], *, now: datetime) -> None:
    """Write what is known about people, by their numbers."""
    with audience_statements() as sql:
        changed_at = sql.instant(now)
        sql.execute_rows(
            "change_subscribers",
            [
                {
                    "id": number,
                    "language": profile.language,
                    "attributes": json.dumps(profile.attributes),
                    "updated_at": changed_at,
                }
                for number, profile in profiles.items()
            ],
        )


def _columns(address: Address, profile: Profile) -> tuple[str, ...]:
    return (
        address.original,
        address.wire,
        address.identity,
        profile.language or Language.KOREAN.value,
        json.dumps(profile.attributes),
    )
