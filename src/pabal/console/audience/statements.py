"""The statements of queries.sql on Django's connection, inside the transaction that is open.

A million customers as model instances would take most of an import's time. The models keep
the tables, their constraints and migrations, and every change of a single row.
"""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache

from django.db import connection

from pabal.ledger.sql.dialect import POSTGRESQL, SQLITE, Dialect
from pabal.ledger.sql.session import Statements


class AudienceStatements(Statements):
    """Statements in which instants are text."""

    def instant(self, moment: datetime) -> str:
        """Write an instant in the form in which Django writes it."""
        text = _in_utc(moment)
        return text.removesuffix("+00:00") if self._dialect is SQLITE else text


@contextmanager
def audience_statements() -> Generator[AudienceStatements]:
    """Raises what the models would: django.db.utils.DatabaseError."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        yield AudienceStatements(connection.connection, current_dialect(), "pabal.console.audience")


def current_dialect() -> Dialect:
    return SQLITE if connection.vendor == "sqlite" else POSTGRESQL


def read_instant(stored: datetime) -> datetime:
    """Read an instant from a row; SQLite's are without the zone, which is UTC."""
    return stored if stored.tzinfo else stored.replace(tzinfo=UTC)


# A batch writes each of its moments several times.
@lru_cache(maxsize=2_000)
def _in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(" ")
