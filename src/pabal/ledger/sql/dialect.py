"""What differs between the two databases, beside the statements themselves."""

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, Protocol

from pabal.ledger.sql.queries import OURS, read_statements

Parameters = Mapping[str, object]


class Cursor(Protocol):
    """The part of a DB-API cursor that is used."""

    def execute(self, sql: str, parameters: Any = ..., /) -> object: ...
    def executemany(self, sql: str, parameters: Any, /) -> object: ...
    def fetchall(self) -> list[Any]: ...
    def close(self) -> None: ...


class Connection(Protocol):
    """The part of a DB-API connection that is used; it begins no transaction by itself."""

    def cursor(self) -> Cursor: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...


class Dialect(Protocol):
    """One database's ways."""

    name: str
    begin: str

    def statements(self, package: str = OURS) -> Mapping[str, str]:
        """Return the statements of a package's queries.sql, in the driver's parameter style."""
        ...

    def array(self, values: Sequence[object]) -> object:
        """Return many values as one parameter."""
        ...

    def execute_rows(self, cursor: Cursor, sql: str, rows: Sequence[Parameters]) -> None:
        """Run a statement for every row."""
        ...

    def add_rows(self, cursor: Any, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Add rows in the fastest way: an `insert` on SQLite, a `copy` on PostgreSQL."""
        ...

    def grouping(self, connection: Connection) -> AbstractContextManager[object]:
        """Send what needs no answer together with what does, where the driver can."""
        ...

    def unavailable(self, error: Exception) -> bool:
        """Whether waiting can help; else the error is a mistake in Pabal."""
        ...


class Sqlite:
    """SQLite: one writer at a time, so a transaction takes the write lock first."""

    name = "sqlite"
    begin = "begin immediate"

    def statements(self, package: str = OURS) -> Mapping[str, str]:
        return read_statements("queries.sql", self.name, package)

    def array(self, values: Sequence[object]) -> object:
        return json.dumps(values)

    def execute_rows(self, cursor: Cursor, sql: str, rows: Sequence[Parameters]) -> None:
        cursor.executemany(sql, rows)

    def add_rows(self, cursor: Any, sql: str, rows: Iterable[Sequence[object]]) -> None:
        cursor.executemany(sql, rows)

    def grouping(self, connection: Connection) -> AbstractContextManager[object]:
        return nullcontext()

    def unavailable(self, error: Exception) -> bool:
        # Locked, full, read-only, I/O: all wait. SQLITE_ERROR is wrong SQL or no table.
        return (
            isinstance(error, sqlite3.OperationalError)
            and getattr(error, "sqlite_errorcode", sqlite3.SQLITE_BUSY) != sqlite3.SQLITE_ERROR
        )


class Postgresql:
    """PostgreSQL: row locks, so the statements say what they lock."""

    name = "postgresql"
    begin = "begin isolation level read committed"

    def statements(self, package: str = OURS) -> Mapping[str, str]:
        return _statements_named_by_percent(self.name, package)

    def array(self, values: Sequence[object]) -> object:
        return list(values)

    def execute_rows(self, cursor: Cursor, sql: str, rows: Sequence[Parameters]) -> None:
        # One JSON text: the driver's arrays cost several times as much.
        cursor.execute(sql, {"rows": json.dumps(rows)})

    def add_rows(self, cursor: Any, sql: str, rows: Iterable[Sequence[object]]) -> None:
        with cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)

    def grouping(self, connection: Any) -> AbstractContextManager[object]:
        return connection.pipeline()

    def unavailable(self, error: Exception) -> bool:
        # Imported here: who uses SQLite need not have the driver.
        import psycopg

        # After a fail-over the old server may be a replica: read-only until it is found out.
        return isinstance(error, psycopg.OperationalError | psycopg.errors.ReadOnlySqlTransaction)


SQLITE = Sqlite()
POSTGRESQL = Postgresql()


@cache
def _statements_named_by_percent(dialect: str, package: str) -> Mapping[str, str]:
    own = read_statements("queries.sql", dialect, package)
    return {name: _named_by_percent(sql) for name, sql in own.items()}


def _named_by_percent(sql: str) -> str:
    """Turn :name into %(name)s, leaving casts (::text) alone."""
    return re.sub(r"(?<!:):([a-z_]+)", r"%(\1)s", sql.replace("%", "%%"))
