"""A ledger out of reach is waited for; when we are to stop, no longer than was said."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from ledger.desk import Database, Desk, fresh_schema
from pabal.ledger.errors import LedgerUnavailable
from pabal.ledger.port import Ledger
from pabal.sending.ledger_thread import LedgerThread

HASTY = timedelta(milliseconds=50)  # in the database, for every try


@pytest.fixture
def database(tmp_path) -> Database:
    return fresh_schema(f"sqlite:///{tmp_path}/ledger.sqlite3")


@pytest.fixture
def desk(database) -> Iterator[Desk]:
    desk = Desk(database, database.ledger()).start(1)
    yield desk
    desk.ledger.close()


@pytest.fixture
async def thread(database):
    thread = LedgerThread(lambda: database.ledger(patience=HASTY))
    yield thread
    await thread.close()


@pytest.fixture
def lock(database):
    """Somebody else's transaction, which keeps everybody from writing."""
    connection = database.connector()()
    connection.cursor().execute("begin immediate")
    yield connection
    connection.close()


def heartbeat(ledger: Ledger) -> str:
    ledger.heartbeat("w1", until=Desk.now)
    return "done"


async def test_it_is_asked_again_until_it_answers(desk, thread, lock):
    asking = asyncio.create_task(thread.call(heartbeat))
    await asyncio.sleep(0.4)
    assert not asking.done()
    lock.rollback()
    async with asyncio.timeout(20):
        assert await asking == "done"


async def test_patience_that_is_lost_is_lost_for_all_calls_together(desk, thread, lock):
    """The time in which the database keeps us waiting counts, and no call begins it anew."""
    asking = [asyncio.create_task(thread.call(heartbeat)) for _ in range(3)]
    await asyncio.sleep(0.2)
    thread.lose_patience(0.3)
    async with asyncio.timeout(20):
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(each) for each in outcomes] == [LedgerUnavailable] * 3
    began = asyncio.get_running_loop().time()
    with pytest.raises(LedgerUnavailable):
        await thread.call(heartbeat)
    assert asyncio.get_running_loop().time() - began < 5


async def test_what_can_be_done_is_done_without_patience(desk, thread):
    thread.lose_patience(0)
    assert await thread.call(heartbeat) == "done"
