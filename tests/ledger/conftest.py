from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("ledger.desk")

from ledger.desk import Database, Desk, check_books, fresh_schema  # noqa: E402
from servers.postgres import Postgres  # noqa: E402


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Postgres) -> str:
    """A database with the ledger's tables, to be copied."""
    postgres_server.execute("create database ledger_template")
    fresh_schema(postgres_server.url_of("ledger_template"))
    return "ledger_template"


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
def postgresql_database(postgres_server: Postgres, postgres_template: str) -> Iterator[Database]:
    url = postgres_server.fresh_database(postgres_template)
    yield Database(url)
    postgres_server.drop_database(url)


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    """A desk without a quota; its campaign is not started yet."""
    ledger = database.ledger()
    yield Desk(database, ledger)
    ledger.close()
