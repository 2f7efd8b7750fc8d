"""When the database cannot be used, the ledger says so at once, and goes on afterwards."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest

from ledger.desk import ACCEPTED, START, Database, Desk, check_books
from pabal.ledger.errors import LedgerUnavailable
from pabal.ledger.port import RunState
from pabal.ledger.sql.connect import open_ledger, open_session
from pabal.ledger.sql.dialect import POSTGRESQL, SQLITE
from pabal.ledger.sql.ledger import SqlLedger
from pabal.ledger.sql.schema import create_schema, statements

T = TypeVar("T")


@pytest.fixture
def hasty(sql_database: Database) -> Iterator[Desk]:
    """A desk that does not wait long for another's lock."""
    ledger = sql_database.ledger(patience=timedelta(milliseconds=100))
    yield Desk(sql_database, ledger)
    ledger.close()


def test_a_lock_that_lasts_is_named_quickly(sql_database: Database, hasty: Desk) -> None:
    hasty.start(1)
    other = sql_database.connector()()
    other.cursor().execute("begin")
    other.cursor().execute("update ledger_run set reason = 'held'")
    started = time.monotonic()
    with pytest.raises(LedgerUnavailable) as error:
        hasty.set_state(RunState.PAUSED)
    assert time.monotonic() - started < 2
    assert "lock" in str(error.value)
    other.rollback()
    other.close()
    hasty.set_state(RunState.PAUSED)


def test_a_full_disk_loses_nothing(sqlite_database: Database) -> None:
    filled = _FullDisk()
    desk = Desk(sqlite_database, sqlite_database.sabotaged_ledger(filled.limit))
    desk.start(5)
    attempts = desk.put_on_wire(3)
    filled.fill()
    many = desk.entries(10_000, start=100)
    with pytest.raises(LedgerUnavailable) as error:
        desk.ledger.enqueue(desk.campaign, many, now=desk.now)
    assert "full" in str(error.value)
    assert desk.states()["sending"] == 3
    filled.free()
    desk.settle(attempts, ACCEPTED)
    assert desk.states()["sent"] == 3
    desk.ledger.close()
    check_books(sqlite_database)


class _FullDisk:
    """Holds a database at the size it has; SQLite then answers SQLITE_FULL."""

    def __init__(self) -> None:
        self._connection: sqlite3.Connection

    def limit(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        self._connection = connection
        return connection

    def fill(self) -> None:
        (pages,) = self._connection.execute("pragma page_count").fetchone()
        self._connection.execute(f"pragma max_page_count = {pages}")

    def free(self) -> None:
        self._connection.execute("pragma max_page_count = 1000000")


def test_a_restarted_server_is_found_again(postgresql_database: Database) -> None:
    desk = Desk(postgresql_database, postgresql_database.ledger()).start(2)
    _terminate_others(postgresql_database)
    with pytest.raises(LedgerUnavailable):
        desk.claim(1)
    assert desk.claim(1) == desk.ids(0)
    desk.ledger.close()


def test_a_server_that_goes_while_we_work_loses_nothing(postgresql_database: Database) -> None:
    desk = Desk(postgresql_database, postgresql_database.ledger()).start(100)
    done = threading.Event()

    def keep_terminating() -> None:
        while not done.wait(0.1):
            _terminate_others(postgresql_database)

    vandal = threading.Thread(target=keep_terminating)
    vandal.start()
    while _insist(lambda: desk.states().get("queued", 0)):
        claimed = _insist(lambda: desk.claim(5, holding=()))
        begun = _insist(lambda claimed=claimed: desk.begin(claimed))
        _insist(lambda begun=begun: desk.settle(begun.attempts, ACCEPTED))
    done.set()
    vandal.join()
    assert _insist(desk.states) == {"sent": 100}
    desk.ledger.close()
    check_books(postgresql_database)


def _insist(call: Callable[[], T]) -> T:
    while True:
        try:
            return call()
        except LedgerUnavailable:
            time.sleep(0.01)


def _terminate_others(database: Database) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


def test_a_server_that_is_not_there_is_an_outage(tmp_path: Path) -> None:
    ledger = open_ledger(f"postgresql://nobody@/x?host={tmp_path}", daily_limit=None)
    with pytest.raises(LedgerUnavailable):
        ledger.quota_used(now=START)


def test_a_directory_that_is_not_there_is_an_outage(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path}/nowhere/x.sqlite3", daily_limit=None)
    with pytest.raises(LedgerUnavailable):
        ledger.quota_used(now=START)


def test_a_url_of_another_database_is_refused() -> None:
    with pytest.raises(ValueError, match="mysql"):
        open_ledger("mysql://x", daily_limit=None)


def test_two_deliveries_at_one_place_are_a_mistake_not_an_outage(sql_database: Database) -> None:
    desk = Desk(sql_database, sql_database.ledger()).start(1)
    stranger = desk.entries(1)[0]
    twice = type(stranger)(delivery=desk.id(9), position=0, address="other@x.kr")
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        desk.ledger.enqueue(desk.campaign, [twice], now=desk.now)
    assert desk.states() == {"queued": 1}
    desk.ledger.close()


def test_without_tables_it_is_a_mistake_not_an_outage(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path}/empty.sqlite3", daily_limit=None)
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        ledger.quota_used(now=START)
    ledger.close()


def test_the_schema_can_be_created_again(sql_database: Database) -> None:
    session = open_session(sql_database.url)
    create_schema(session)
    create_schema(session)
    session.close()


def test_a_migration_can_run_the_same_statements(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "migrated.sqlite3")
    for statement in statements(SQLITE) * 2:
        connection.execute(statement)
    tables = {
        name
        for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
    }
    connection.close()
    assert tables == {
        f"ledger_{name}"
        for name in (
            "run", "delivery", "history", "event", "event_tally", "worker", "tally", "quota",
            "pace", "suppression", "pardon", "hit", "hit_tally",
        )
    }  # fmt: skip
    assert len(statements(POSTGRESQL)) == len(statements(SQLITE))


def test_both_dialects_know_the_same_statements() -> None:
    own = set(POSTGRESQL.statements()) - set(SQLITE.statements())
    assert own == {"lock_quota", "hold_runs", "change_runs"}
    assert set(SQLITE.statements()) <= set(POSTGRESQL.statements())


def test_durability_is_not_given_away(sqlite_database: Database) -> None:
    connection = sqlite_database.connector()()
    cursor = connection.cursor()
    for pragma, value in (("journal_mode", "wal"), ("synchronous", 2)):
        cursor.execute(f"pragma {pragma}")
        assert cursor.fetchall() == [(value,)]
    connection.close()


@pytest.mark.parametrize("commits", [True, False])
def test_a_joined_ledger_leaves_the_commit_to_its_owner(
    sql_database: Database, commits: bool
) -> None:
    desk = Desk(sql_database, sql_database.ledger()).start(1)
    owner = sql_database.connector()()
    owner.cursor().execute("begin")
    dialect = SQLITE if sql_database.is_sqlite else POSTGRESQL
    joined = SqlLedger.joined(owner, dialect)
    joined.suppress(desk.a_stop(0))
    assert list(joined.suppressions([desk.address(0)], ())) == [desk.address(0)]
    joined.close()
    owner.cursor().execute("commit" if commits else "rollback")
    owner.close()
    assert len(desk.ledger.suppressions([desk.address(0)], ())) == commits
    desk.ledger.close()
