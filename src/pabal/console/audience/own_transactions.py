"""The ledger on Django's connection, with a transaction for each call, as its port promises.

For requests that change runs and deliveries; what has to be one transaction with a change of
the audience goes through `suppressing.joined_ledger`.
"""

from collections.abc import Generator
from contextlib import contextmanager

from django.db import connection, transaction

from pabal.console.audience.statements import current_dialect
from pabal.ledger.port import Ledger
from pabal.ledger.sql.ledger import SqlLedger
from pabal.ledger.sql.session import JoinedSession, Statements


def ledger_of_request() -> Ledger:
    """Return a ledger that begins no deliveries: its quota is 0."""
    return SqlLedger(_OwnTransactions(), daily_limit=0)


class _OwnTransactions(JoinedSession):
    """It is asked for its connection each time: between two calls it may be closed."""

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
