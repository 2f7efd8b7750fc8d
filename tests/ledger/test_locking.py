"""On PostgreSQL locks are taken in one order: runs first, then deliveries, so nobody deadlocks."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from ledger.desk import START, Database, Desk
from pabal.domain.delivery import Happening
from pabal.ledger.port import RunState
from pabal.ledger.sql import runs
from pabal.ledger.sql.connect import open_session

_LATER = START.replace(hour=12)


def _cancel_a_stretch(desk: Desk) -> None:
    session = open_session(desk.database.url)
    with session.writing() as sql:
        runs.cancel_queued(sql, desk.campaign, behind=-1, reason="", now=_LATER)
    session.close()


def _sweep(desk: Desk) -> None:
    desk.ledger.sweep(now=_LATER)


@pytest.fixture
def desk(postgresql_database: Database) -> Iterator[Desk]:
    """One delivery in doubt, one on the wire of a dead worker, one queued."""
    desk = Desk(postgresql_database, postgresql_database.ledger()).start(3)
    desk.put_on_wire(1, worker="dead")
    desk.ledger.sweep(now=_LATER)
    desk.put_on_wire(1, worker="dead")
    yield desk
    desk.ledger.close()


@pytest.mark.parametrize("call", [_cancel_a_stretch, _sweep])
def test_who_waits_for_the_runs_holds_no_delivery_meanwhile(
    desk: Desk, call: Callable[[Desk], None]
) -> None:
    """A worker in its turn holds the runs; somebody waits to change them; then it locks rows."""
    other = Desk(desk.database, desk.database.ledger()).start()
    with _holding_the_runs(desk.database) as turn, ThreadPoolExecutor(2) as pool:
        pausing = pool.submit(other.set_state, RunState.PAUSED)
        _until_waiting(desk.database, 1)
        calling = pool.submit(call, desk)
        _until_waiting(desk.database, 2)
        turn.execute("set local lock_timeout = '500ms'")
        turn.execute("select 1 from ledger_delivery for update")
        turn.execute("commit")
        _end(pausing, calling)
    other.ledger.close()


def test_two_people_who_send_doubts_of_a_finished_campaign_again_do_not_deadlock(
    desk: Desk,
) -> None:
    desk.ledger.sweep(now=_LATER)
    desk.set_state(RunState.FINISHED)
    together = threading.Barrier(2)

    def resend(position: int) -> None:
        own = Desk(desk.database, desk.database.ledger(), campaign=desk.campaign)
        own.ledger.quota_used(now=START)  # connected
        together.wait(10)
        own.ledger.resolve(own.id(position), Happening.RESENT, note="", now=_LATER)
        own.ledger.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(resend, range(2)))
    assert desk.states() == {"queued": 3}


@contextmanager
def _holding_the_runs(database: Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("begin")
        connection.execute("select pg_advisory_xact_lock_shared(7165282700)")
        yield connection


def _until_waiting(database: Database, count: int) -> None:
    deadline = time.monotonic() + 10
    while database.rows("select count(*) from pg_locks where not granted") != [(count,)]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _end(*calls: Future[object]) -> None:
    for each in calls:
        each.result(10)
