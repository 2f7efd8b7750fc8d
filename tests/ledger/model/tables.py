"""The ledger's tables as the model looks at them, past the ledger."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any

from ledger.books import Books, Row, used
from ledger.desk import Database, DynamoDatabase, database_at
from pabal.domain.delivery import State
from pabal.domain.identity import DeliveryId
from pabal.domain.suppression import Suppression
from pabal.ledger.dynamodb.ledger import DynamoLedger
from pabal.ledger.instants import from_micros, to_micros
from pabal.ledger.sql.ledger import SqlLedger

__all__ = ["Row", "Tables", "micros", "moment_of"]

micros, moment_of = to_micros, from_micros


class Tables:
    """A database that is looked into after every step, so over one connection."""

    def __init__(self, url: str) -> None:
        self.database: Database | DynamoDatabase = database_at(url)
        self.ledger: Callable[..., SqlLedger | DynamoLedger] = self.database.ledger

    @cached_property
    def eyes(self) -> Books:
        return self.database.books()

    def sabotaged_ledger(self, saboteur: Any, *, daily_limit: int) -> Any:
        wrap = getattr(saboteur, self.database.sabotage)
        return self.database.sabotaged_ledger(wrap, daily_limit=daily_limit)

    def books(self) -> Books:
        return self.database.books()

    def deliveries(self) -> list[Row]:
        """Return them in the package's order."""
        return [row for _, row in self.eyes.deliveries()]

    def state_of(self, delivery: DeliveryId) -> State:
        return next(row.state for row in self.deliveries() if row.id == delivery)

    def alive(self, now: datetime) -> set[str]:
        """Return the workers whose heartbeat holds."""
        return {name for name, until in self.eyes.workers(now).items() if until > micros(now)}

    def used(self) -> list[datetime]:
        """Return when attempts began whose quota was not given back."""
        return used(self.eyes.history())

    def stop(self, address: str, scope: str) -> Suppression | None:
        """Return a suppression; of an address and a scope there is at most one."""
        return next((each for each in self.eyes.stops(address) if each.scope == scope), None)
