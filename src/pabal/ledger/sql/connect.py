"""Opens a ledger from a database's URL."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import cast

from pabal.ledger.sql.dialect import POSTGRESQL, SQLITE, Connection
from pabal.ledger.sql.ledger import SqlLedger
from pabal.ledger.sql.session import Session

PATIENCE = timedelta(seconds=5)  # how long to wait for another's lock before giving up


def open_ledger(
    database_url: str, *, daily_limit: int | None, patience: timedelta = PATIENCE
) -> SqlLedger:
    """Return the ledger of a database. Connects when it is first used.

    database_url: sqlite:///relative, sqlite:////absolute or postgresql://...
    daily_limit: messages in any 24 hours; None for no limit.
    """
    return SqlLedger(open_session(database_url, patience=patience), daily_limit=daily_limit)


def open_session(database_url: str, *, patience: timedelta = PATIENCE) -> Session:
    """Return a session on a database. Connects when it is first used.

    Raises ValueError: the URL is of no database that Pabal knows.
    """
    scheme, _, rest = database_url.partition("://")
    if scheme == "sqlite":
        return Session(sqlite_connector(rest.removeprefix("/"), patience), SQLITE)
    if scheme in ("postgresql", "postgres"):
        return Session(postgresql_connector(database_url, patience), POSTGRESQL)
    raise ValueError(f"not a database URL: it begins with {scheme!r}")


def sqlite_connector(path: str, patience: timedelta) -> Callable[[], Connection]:
    def connect() -> Connection:
        connection = sqlite3.connect(
            path,
            timeout=patience.total_seconds(),
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            # WAL lets the console read while a worker writes; FULL because a commit must
            # survive a power cut: what it says was sent would otherwise be sent again.
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = full")
        except sqlite3.Error:
            connection.close()
            raise
        return cast(Connection, connection)

    return connect


def postgresql_connector(url: str, patience: timedelta) -> Callable[[], Connection]:
    def connect() -> Connection:
        # Imported here: who uses SQLite need not have the driver.
        import psycopg

        connection = psycopg.connect(
            url,
            autocommit=True,
            connect_timeout=max(2, int(patience.total_seconds())),
            application_name="pabal ledger",
            options=f"-c lock_timeout={int(patience.total_seconds() * 1000)}",
        )
        return cast(Connection, connection)

    return connect
