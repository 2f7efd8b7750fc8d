"""Events into the ledger, over the connection that the request has anyhow."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db import connection, transaction

from pabal.console.adapters import OrmAudience
from pabal.console.audience.statements import current_dialect
from pabal.domain.event import FeedbackEvent
from pabal.feedback.seals import Seals
from pabal.ledger.sql.ledger import SqlLedger
from pabal.ledger.sql.session import JoinedSession, Statements
from pabal.pipeline.local.wiring import Workshop
from pabal.pipeline.steps.feedback import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How many events were about deliveries of ours, and how many were about none."""

    ours: int
    others: int


def seals() -> Seals:
    return _workshop().seals


def apply(events: Iterable[FeedbackEvent]) -> Applied:
    """Apply events; durable when it returns. Raises Unavailable, or an error of the database."""
    reader, ledger = _reader(), SqlLedger(_OwnTransactions(), daily_limit=0)
    told = [reader.apply(event, ledger).delivery is not None for event in events]
    return Applied(ours=sum(told), others=len(told) - sum(told))


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


def _reader() -> Reader:
    return _workshop().reader(OrmAudience())


@cache
def _workshop() -> Workshop:
    return Workshop(settings.PABAL)
