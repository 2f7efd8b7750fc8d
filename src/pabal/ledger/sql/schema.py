"""The ledger's tables; a Django migration runs the same statements."""

from collections.abc import Sequence

from pabal.ledger.sql.dialect import Dialect
from pabal.ledger.sql.queries import read_statements
from pabal.ledger.sql.session import Session


def statements(dialect: Dialect) -> Sequence[str]:
    """Return what creates the tables and indexes, in order; each may run again."""
    return tuple(read_statements("schema.sql", dialect.name).values())


def create_schema(session: Session) -> None:
    """Create what is missing of the ledger's tables. Raises LedgerUnavailable."""
    session.run_script(statements(session.dialect))
