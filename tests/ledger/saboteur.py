"""Kills a ledger's connection at a chosen statement."""

import sqlite3
import time
from contextlib import AbstractContextManager
from typing import Any

import psycopg
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from pabal.ledger.sql.dialect import Connection

COMMIT = 0


class Saboteur:
    """Lets so many statements through, then kills the connection: once.

    at: the statement to strike at; the first is 1. COMMIT: at the first commit, whichever
        statement that is.
    behind: strike behind the statement, which has then been carried out: behind a
        commit this loses the answer.
    """

    def __init__(self, at: int, *, behind: bool) -> None:
        self.at = at
        self.behind = behind
        self.seen = 0
        self.struck = False

    def wrap(self, connection: Connection) -> Connection:
        return _Watched(connection, self)

    def wrap_client(self, client: Any) -> Any:
        """Do the same to requests of DynamoDB; a commit is a transaction."""
        return _WatchedClient(client, self)

    def ask(self, name: str, request: Any, arguments: dict[str, Any]) -> Any:
        self.seen += 1
        wanted = name == "transact_write_items" if self.at == COMMIT else self.seen == self.at
        strikes = not self.struck and wanted
        self.struck = self.struck or strikes
        if strikes and not self.behind:
            raise EndpointConnectionError(endpoint_url="here")
        answer = request(**arguments)
        if strikes:
            raise ReadTimeoutError(endpoint_url="here")
        return answer

    def watch(self, connection: Any, execute: Any, *arguments: Any) -> None:
        self.seen += 1
        strikes = not self.struck and self._is_due(arguments[0])
        self.struck = self.struck or strikes
        if strikes and not self.behind:
            _kill(connection)
        execute(*arguments)
        if strikes:
            _carry_out(connection)
            _kill(connection)

    def _is_due(self, statement: str) -> bool:
        return statement == "commit" if self.at == COMMIT else self.seen == self.at


class _Watched:
    def __init__(self, connection: Any, saboteur: Saboteur) -> None:
        self._connection = connection
        self._saboteur = saboteur

    def cursor(self) -> "_WatchedCursor":
        return _WatchedCursor(self._connection, self._saboteur)

    def pipeline(self) -> AbstractContextManager[object]:
        return self._connection.pipeline()

    def rollback(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


class _WatchedClient:
    def __init__(self, client: Any, saboteur: Saboteur) -> None:
        self._client = client
        self._saboteur = saboteur

    def __getattr__(self, name: str) -> Any:
        request = getattr(self._client, name)
        return lambda **arguments: self._saboteur.ask(name, request, arguments)


class _WatchedCursor:
    def __init__(self, connection: Any, saboteur: Saboteur) -> None:
        self._connection = connection
        self._saboteur = saboteur
        self._cursor = connection.cursor()

    def execute(self, *arguments: Any) -> None:
        self._saboteur.watch(self._connection, self._cursor.execute, *arguments)

    def executemany(self, *arguments: Any) -> None:
        self._saboteur.watch(self._connection, self._cursor.executemany, *arguments)

    def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    def close(self) -> None:
        self._cursor.close()


def _carry_out(connection: Any) -> None:
    """Send what the driver still holds back, and wait until it is done."""
    if isinstance(connection, psycopg.Connection) and connection._pipeline is not None:
        connection._pipeline.sync()


def _kill(connection: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.rollback()  # as the next opener does for a process that died
        connection.close()
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise error
    _leave(connection)
    raise psycopg.OperationalError("the connection is lost")


def _leave(connection: psycopg.Connection[Any]) -> None:
    """Close a connection, and wait until the server has let go of the rows that it held."""
    is_served = "select 1 from pg_stat_activity where pid = %s"
    process, address = connection.info.backend_pid, connection.info.dsn
    connection.close()
    with psycopg.connect(address, autocommit=True) as onlooker:
        while onlooker.execute(is_served, [process]).fetchone():
            time.sleep(0.001)
