"""What commands need of the database: that it is there, and errors that tell what to do."""

from collections.abc import Generator
from contextlib import contextmanager

from pabal.cli.errors import DatabaseUnavailable, NotInitialised


@contextmanager
def database_errors() -> Generator[None]:
    """Turn what the database says through Django into an error that tells what to do.

    Raises DatabaseUnavailable: locked, full, or out of reach.
    """
    try:
        yield
    except Exception as error:
        # Not imported above: most commands end before Django is needed.
        from django.db.utils import InterfaceError, OperationalError

        if isinstance(error, InterfaceError | OperationalError):
            raise DatabaseUnavailable(reason=str(error).strip().partition("\n")[0]) from error
        raise


def require_database() -> None:
    """Raises NotInitialised: the database lacks tables that this Pabal needs."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    name = str(connection.settings_dict["NAME"])
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotInitialised(database=name)
