from collections.abc import Iterator

import pytest

from servers.postgres import Postgres, start_postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One PostgreSQL for all tests that ask for it."""
    with start_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Postgres) -> str:
    """The URL of its maintenance database."""
    return postgres_server.url
