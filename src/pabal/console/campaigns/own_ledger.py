"""The ledger over the connection that a request has anyhow."""

from collections.abc import Generator
from contextlib import contextmanager

from django.db import connection, transaction

from pabal.console.audience.statements import current_dialect
from pabal.ledger.port import Ledger
from pabal.ledger.sql.ledger import SqlLedger
from pabal.ledger.sql.session import JoinedSession, Statements


def own_ledger() -> Ledger:
    """Return a ledger of which each call is a transaction of its own. It begins no deliveries."""
    return SqlLedger(_OwnTransactions(), daily_limit=0)


class _OwnTransactions(JoinedSession):
    """Django's connection, and a transaction for each call, as the ledger promises.

    It is asked for each time: between two calls it may be closed and opened again.
    """

    def __init__(self) -> None:
        pass

    @contextmanager
    def writing(self) -> Generator[Statements]:
        with transaction.atomic(), self.reading() as sql:
            yield sql

    @contextmanager
    def reading(self) -> Generator[Statements]:
        connection.ensure_connection()
        with JoinedSession(connection.connection, current_dialect()).reading() as sql:
            yield sql
