"""A connection, its transactions, and what happens when it is lost."""

import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from pabal.ledger.errors import LedgerUnavailable
from pabal.ledger.sql.dialect import Connection, Dialect, Parameters
from pabal.ledger.sql.queries import OURS

Answer = Callable[[], list[Any]]


class Statements:
    """Runs the named statements of a package's queries.sql on one connection."""

    def __init__(self, connection: Connection, dialect: Dialect, package: str = OURS) -> None:
        self._connection = connection
        self._dialect = dialect
        self._sql = dialect.statements(package)

    def execute(self, name: str, parameters: Parameters) -> None:
        self._connection.cursor().execute(self._sql[name], parameters)

    def execute_rows(self, name: str, rows: Sequence[Parameters]) -> None:
        """Run a statement for every row; nothing for none."""
        if rows:
            self._dialect.execute_rows(self._connection.cursor(), self._sql[name], rows)

    def add_rows(self, name: str, rows: Sequence[Sequence[object]]) -> None:
        """Add rows by a statement that only adds; nothing for none."""
        if rows:
            self._dialect.add_rows(self._connection.cursor(), self._sql[name], rows)

    def rows(self, name: str, parameters: Parameters) -> list[Any]:
        return self.ask(name, parameters)()

    def ask(self, name: str, parameters: Parameters) -> Answer:
        """Run a statement now, and return what fetches its rows.

        Questions that are asked before the first answer is fetched go to PostgreSQL
        together: one wait instead of one each.
        """
        cursor = self._connection.cursor()
        cursor.execute(self._sql[name], parameters)
        return cursor.fetchall

    def array(self, values: Sequence[object]) -> object:
        """Return many values as one parameter."""
        return self._dialect.array(values)

    def lock(self, name: str) -> None:
        """Take a lock until the transaction ends.

        Nothing to do on SQLite, whose transactions have the whole database.
        """
        if name in self._sql:
            self.execute(name, {})


class Session:
    """A connection of our own: opened when first needed, and again after it was lost.

    One thread at a time uses it; others wait.
    """

    def __init__(self, connect: Callable[[], Connection], dialect: Dialect) -> None:
        self._connect = connect
        self.dialect = dialect
        self._connection: Connection | None = None
        self._lock = threading.RLock()

    @contextmanager
    def writing(self) -> Generator[Statements]:
        """Run a transaction; durable when the block is left.

        Raises LedgerUnavailable: nothing was written, or the commit's answer was lost.
        """
        with self._using() as connection, self.dialect.grouping(connection):
            connection.cursor().execute(self.dialect.begin)
            yield Statements(connection, self.dialect)
            connection.cursor().execute("commit")

    @contextmanager
    def reading(self) -> Generator[Statements]:
        """Run statements that change nothing. Raises LedgerUnavailable."""
        with self._using() as connection:
            yield Statements(connection, self.dialect)

    def run_script(self, statements: Iterable[str]) -> None:
        """Run unnamed statements in one transaction. Raises LedgerUnavailable."""
        with self._using() as connection:
            for statement in (self.dialect.begin, *statements, "commit"):
                connection.cursor().execute(statement)

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    @contextmanager
    def _using(self) -> Generator[Connection]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                yield self._connection
            except BaseException as error:
                self._recover()
                if isinstance(error, Exception) and self.dialect.unavailable(error):
                    raise LedgerUnavailable(reason=_first_line(error)) from error
                raise

    def _recover(self) -> None:
        """Leave no transaction open; give up a connection that cannot even roll back."""
        try:
            if self._connection is not None:
                self._connection.rollback()
        except Exception:
            with suppress(Exception):
                self.close()


class JoinedSession:
    """Somebody else's connection, inside their transaction: they commit or roll back."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    @contextmanager
    def writing(self) -> Generator[Statements]:
        """Run statements in the transaction that is open. Raises LedgerUnavailable."""
        try:
            yield Statements(self._connection, self._dialect)
        except Exception as error:
            if self._dialect.unavailable(error):
                raise LedgerUnavailable(reason=_first_line(error)) from error
            raise

    reading = writing

    def close(self) -> None:
        """Do nothing: the connection is not ours."""


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
