"""A desk in the sending office: one campaign, one clock, and books that can be checked."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from ledger.books import Books, DynamoBooks, SqlBooks, used
from ledger.books import Entry as Happened
from pabal.configuration.aws import aws_client
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Attempt, Happening, State, after
from pabal.domain.identity import (
    CampaignId,
    DeliveryId,
    campaign_id,
    delivery_id,
    subscriber_key,
)
from pabal.domain.outcome import Outcome, Reply, Scope, Verdict
from pabal.domain.quota import bucket_of
from pabal.domain.retry import Decision, RetryPolicy
from pabal.domain.suppression import EVERYTHING, Reason, Suppression
from pabal.ledger.dynamodb.ledger import DynamoLedger
from pabal.ledger.dynamodb.schema import EXPIRES, create_table
from pabal.ledger.dynamodb.table import Table
from pabal.ledger.dynamodb.values import from_wire, to_wire
from pabal.ledger.dynamodb.work import Desk as DynamoDesk
from pabal.ledger.instants import from_micros
from pabal.ledger.port import KEPT, Begun, Entry, Run, RunState, Settlement
from pabal.ledger.sql.connect import (
    open_ledger,
    open_session,
    postgresql_connector,
    sqlite_connector,
)
from pabal.ledger.sql.dialect import POSTGRESQL, SQLITE, Connection
from pabal.ledger.sql.ledger import SqlLedger
from pabal.ledger.sql.session import Session

START = datetime(2026, 11, 25, 9, tzinfo=UTC)
PATIENCE = timedelta(seconds=5)
ALIVE = timedelta(seconds=30)

ACCEPTED = Outcome(
    verdict=Verdict.ACCEPTED, reply=Reply(code=250, enhanced="2.0.0", text="Ok: queued as 4F")
)
BUSY = Outcome(
    verdict=Verdict.TRANSIENT, reply=Reply(code=451, enhanced="4.3.0", text="Try again later")
)
NO_SUCH_USER = Outcome(
    verdict=Verdict.PERMANENT,
    scope=Scope.ADDRESS,
    reply=Reply(code=550, enhanced="5.1.1", text="No such user"),
    suppress=True,
)
LOGIN_REFUSED = Outcome(
    verdict=Verdict.PERMANENT, scope=Scope.ACCOUNT, reply=Reply(code=535, text="Login refused")
)
NO_ANSWER = Outcome(verdict=Verdict.UNKNOWN, text="no answer behind the final dot")

_NAMING = ("ledger_delivery", "ledger_history", "ledger_event", "ledger_suppression", "ledger_hit")


@dataclass(frozen=True)
class Database:
    """An empty ledger in a database of its own."""

    url: str
    fewest_requests = 3  # of a call that writes: begin, a statement, commit
    sabotage = "wrap"  # Saboteur's method

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def ledger(
        self, *, daily_limit: int | None = None, patience: timedelta = PATIENCE
    ) -> SqlLedger:
        return open_ledger(self.url, daily_limit=daily_limit, patience=patience)

    def sabotaged_ledger(
        self, wrap: Callable[[Connection], Connection], *, daily_limit: int | None = None
    ) -> SqlLedger:
        """Return a ledger whose connections go through `wrap`."""
        connect = self.connector()
        dialect = SQLITE if self.is_sqlite else POSTGRESQL
        return SqlLedger(Session(lambda: wrap(connect()), dialect), daily_limit=daily_limit)

    def connector(self) -> Callable[[], Connection]:
        if self.is_sqlite:
            return sqlite_connector(self.url.removeprefix("sqlite:///"), PATIENCE)
        return postgresql_connector(self.url, PATIENCE)

    def rows(self, sql: str) -> list[tuple]:
        """Look into the tables past the ledger."""
        connection = self.connector()()
        try:
            cursor = connection.cursor()
            cursor.execute(sql)
            return cursor.fetchall()
        finally:
            connection.close()

    def everything(self) -> str:
        """Return all that stands in tables that may name people."""
        return "\n".join(str(self.rows(f"select * from {table}")) for table in _NAMING)

    def expire(self, now: datetime) -> None:
        """Nothing goes by itself: a heartbeat takes it along."""

    def books(self) -> Books:
        """Open the books for many looks, over one connection."""
        connection = self.connector()()

        def rows(sql: str) -> list[tuple]:
            cursor = connection.cursor()
            cursor.execute(sql)
            return cursor.fetchall()

        return SqlBooks(rows, connection.close)


@dataclass(frozen=True)
class DynamoDatabase:
    """An empty ledger in a table of its own, at the DynamoDB that the environment names."""

    table: str
    fewest_requests = 1  # of a call: a heartbeat is one
    sabotage = "wrap_client"

    @property
    def url(self) -> str:
        return f"dynamodb://{self.table}"

    def client(self) -> Any:
        """Make one; the ledgers of a process share it."""
        return _dynamodb_client(os.environ["AWS_ENDPOINT_URL_DYNAMODB"])

    def ledger(
        self, *, daily_limit: int | None = None, patience: timedelta = PATIENCE
    ) -> DynamoLedger:
        return self.sabotaged_ledger(lambda client: client, daily_limit=daily_limit)

    def sabotaged_ledger(
        self, wrap: Callable[[Any], Any], *, daily_limit: int | None = None
    ) -> DynamoLedger:
        table = Table(_Kept(wrap(self.client())), self.table)
        desk = DynamoDesk(table, pause=time.sleep, random=random.random)
        return DynamoLedger(desk, daily_limit=daily_limit)

    def everything(self) -> str:
        """Return all that stands in the table, but how often somebody was erased."""
        return "\n".join(sorted(str(item) for item in self._items() if item["pk"] != "F"))

    def expire(self, now: datetime) -> None:
        """Drop what DynamoDB would have by a moment: the emulator's clock is ours."""
        for item in self._items():
            if item.get(EXPIRES, now.timestamp()) < now.timestamp():
                key = to_wire({"pk": item["pk"], "sk": item["sk"]})
                self.client().delete_item(TableName=self.table, Key=key)

    def _items(self) -> list[dict[str, Any]]:
        pages = (
            self.client().get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True)
        )
        return [from_wire(item) for page in pages for item in page["Items"]]

    def books(self) -> Books:
        return DynamoBooks(self.client(), self.table)


class _Kept:
    """A client that others use when this ledger is closed."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def close(self) -> None:
        pass


@cache
def _dynamodb_client(endpoint: str) -> Any:
    return aws_client("dynamodb", purpose="tests", read_timeout=20)


def database_at(url: str) -> Database | DynamoDatabase:
    scheme, _, rest = url.partition("://")
    return DynamoDatabase(rest) if scheme == "dynamodb" else Database(url)


def fresh_table(name: str) -> DynamoDatabase:
    database = DynamoDatabase(name)
    create_table(database.client(), name)
    return database


_numbers = count(1)


@dataclass
class Desk:
    """A campaign that was started, and what a worker does with it."""

    database: Database | DynamoDatabase
    ledger: SqlLedger | DynamoLedger
    now: datetime = START
    campaign: CampaignId = field(
        default_factory=lambda: campaign_id(next(_numbers).to_bytes(5, "big"))
    )

    def id(self, position: int) -> DeliveryId:
        return delivery_id(self.campaign, subscriber_key(position + 1))

    def ids(self, *positions: int) -> list[DeliveryId]:
        return [self.id(position) for position in positions]

    def address(self, position: int) -> str:
        return f"subscriber{position}@{self.campaign}.example"

    def a_stop(self, position: int, *, scope: str = EVERYTHING) -> Suppression:
        """Return an unsubscription of a recipient."""
        return Suppression(
            address=self.address(position),
            scope=scope,
            reason=Reason.UNSUBSCRIBED,
            since=self.now,
        )

    def entries(self, recipients: int, *, start: int = 0) -> list[Entry]:
        return [
            Entry(delivery=self.id(position), position=position, address=self.address(position))
            for position in range(start, start + recipients)
        ]

    def start(
        self,
        recipients: int = 0,
        *,
        on_doubt: OnDoubt = OnDoubt.ASK,
        scopes: Sequence[str] = ("all", "list:1"),
    ) -> "Desk":
        self.ledger.open(self.campaign, scopes=scopes, on_doubt=on_doubt, now=self.now)
        if recipients:
            self.ledger.enqueue(self.campaign, self.entries(recipients), now=self.now)
        return self

    def wait(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def heartbeat(self, worker: str = "w1", lasting: timedelta = ALIVE) -> None:
        self.ledger.heartbeat(worker, until=self.now + lasting)

    def claim(
        self,
        limit: int,
        *,
        worker: str = "w1",
        holding: Sequence[DeliveryId] | None = None,
    ) -> list[DeliveryId]:
        self.heartbeat(worker)
        claimed = self.ledger.claim(
            self.campaign, worker=worker, limit=limit, now=self.now, holding=holding
        )
        return [each.delivery for each in claimed]

    def put_off(
        self, deliveries: Sequence[DeliveryId], *, seconds: float, worker: str = "w1"
    ) -> None:
        until = self.now + timedelta(seconds=seconds)
        self.ledger.put_off(dict.fromkeys(deliveries, until), worker=worker)

    def begin(self, deliveries: Sequence[DeliveryId], *, worker: str = "w1") -> Begun:
        return self.ledger.begin(deliveries, worker=worker, now=self.now)

    def put_on_wire(self, limit: int, *, worker: str = "w1") -> list[Attempt]:
        """Claim and begin in one go."""
        return list(self.begin(self.claim(limit, worker=worker), worker=worker).attempts)

    def settlement(self, attempt: Attempt, outcome: Outcome) -> Settlement:
        """Return what the usual retry policy makes of an outcome."""
        decision = RetryPolicy(jitter=0).decide(
            outcome, failures=attempt.failures, now=self.now, random=lambda: 0.5
        )
        return Settlement(attempt=attempt, outcome=outcome, decision=decision, at=self.now)

    def settle(self, attempts: Sequence[Attempt], outcome: Outcome) -> None:
        self.ledger.settle([self.settlement(attempt, outcome) for attempt in attempts])

    def decide(self, attempt: Attempt, decision: Decision, outcome: Outcome) -> None:
        self.ledger.settle(
            [Settlement(attempt=attempt, outcome=outcome, decision=decision, at=self.now)]
        )

    def set_state(self, state: RunState, reason: str = "") -> Run:
        return self.ledger.set_state(self.campaign, state, reason=reason, now=self.now)

    def state(self, position: int) -> State:
        delivery = self.ledger.delivery(self.id(position))
        assert delivery is not None
        return delivery.state

    def states(self) -> dict[str, int]:
        """Return deliveries by state, as the tally says."""
        return {state.value: n for state, n in self.ledger.counts(self.campaign).items()}

    def happenings(self, position: int) -> list[str]:
        return [entry.happening.value for entry in self.ledger.history(self.id(position))]


def check_books(database: Database | DynamoDatabase) -> None:
    """Check that tally, states, history and quota say the same, for all campaigns."""
    books = database.books()
    try:
        history = books.history()
        _tally_equals_rows(books)
        _history_leads_to_state(books, history)
        _quota_equals_history(books, history)
    finally:
        books.close()


def _tally_equals_rows(books: Books) -> None:
    counted = Counter((campaign, row.state.value) for campaign, row in books.deliveries())
    assert dict(books.tally()) == dict(counted)


def _history_leads_to_state(books: Books, history: Mapping[str, list[Happened]]) -> None:
    for _, row in books.deliveries():
        reached = None
        for entry in history[row.id]:
            reached = after(reached, Happening(entry.happening))
        assert reached is row.state, (row, history[row.id])
        begun = [entry.attempt for entry in history[row.id] if entry.happening == "begun"]
        assert begun == list(range(1, row.attempts + 1))


def _quota_equals_history(books: Books, history: Mapping[str, list[Happened]]) -> None:
    """Minute by minute, but for those that are forgotten."""
    beginnings = Counter(bucket_of(moment) for moment in used(history))
    latest = max(books.workers(START).values(), default=0)
    oldest = bucket_of(from_micros(latest) - KEPT)
    kept = books.minutes(from_micros(latest))
    assert {minute: n for minute, n in kept.items() if n and minute >= oldest} == {
        minute: n for minute, n in beginnings.items() if minute >= oldest
    }


def fresh_schema(url: str) -> Database:
    """Create the ledger's tables in a database."""
    from pabal.ledger.sql.schema import create_schema

    session = open_session(url)
    create_schema(session)
    session.close()
    return Database(url)


_EMPTY = """
truncate ledger_run, ledger_delivery, ledger_history, ledger_worker, ledger_tally, ledger_quota,
    ledger_pace, ledger_suppression, ledger_event, ledger_event_tally, ledger_pardon,
    ledger_hit, ledger_hit_tally
"""


def emptied(database: Database) -> Database:
    """Delete everything in a database on PostgreSQL: faster than making a new one."""
    connection = database.connector()()
    connection.cursor().execute(_EMPTY)
    connection.close()
    return database
