from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from ledger.desk import (
    Database,
    Desk,
    DynamoDatabase,
    check_books,
    emptied,
    fresh_schema,
    fresh_table,
)
from servers.ministack import Emulator
from servers.postgres import Postgres


@pytest.fixture(scope="session")
def postgresql_url(postgres_server: Postgres) -> str:
    """A database with the ledger's tables; emptied for each test: faster than a new one."""
    return fresh_schema(postgres_server.fresh_database()).url


@pytest.fixture(params=["sqlite", "postgresql", "dynamodb"])
def database(request: pytest.FixtureRequest) -> Iterator[Database | DynamoDatabase]:
    """An empty ledger on each of the databases; its books are checked at the end."""
    database = request.getfixturevalue(f"{request.param}_database")
    yield database
    check_books(database)


@pytest.fixture(params=["sqlite", "postgresql"])
def sql_database(request: pytest.FixtureRequest) -> Database:
    """An empty ledger on each of those that speak SQL."""
    return request.getfixturevalue(f"{request.param}_database")


_tables = count(1)


@pytest.fixture
def dynamodb_database(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> DynamoDatabase:
    for name, value in emulator.environment("dynamodb").items():
        monkeypatch.setenv(name, value)
    return fresh_table(f"ledger-{next(_tables)}")


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Database:
    return fresh_schema(f"sqlite:///{tmp_path}/ledger.sqlite3")


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Database:
    return emptied(Database(postgresql_url))


@pytest.fixture
def desk(database: Database | DynamoDatabase) -> Iterator[Desk]:
    """A desk without a quota; its campaign is not started yet."""
    ledger = database.ledger()
    yield Desk(database, ledger)
    ledger.close()
