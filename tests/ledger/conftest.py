from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("ledger.desk")

from ledger.desk import Database, Desk, check_books, emptied, fresh_schema  # noqa: E402
from servers.postgres import Postgres  # noqa: E402


@pytest.fixture(scope="session")
def postgresql_url(postgres_server: Postgres) -> str:
    """A database with the ledger's tables; emptied for each test: faster than a new one."""
    return fresh_schema(postgres_server.fresh_database()).url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty ledger on each of the two databases; its books are checked at the end."""
    database: Database = request.getfixturevalue(f"{request.param}_database")
    yield database
    check_books(database)


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Database:
    return fresh_schema(f"sqlite:///{tmp_path}/ledger.sqlite3")


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Database:
    return emptied(Database(postgresql_url))


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    """A desk without a quota; its campaign is not started yet."""
    ledger = database.ledger()
    yield Desk(database, ledger)
    ledger.close()
