"""The ledger's tables as the model looks at them, past the ledger."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from ledger.desk import START, Database
from pabal.domain.delivery import State
from pabal.domain.identity import DeliveryId
from pabal.domain.suppression import Reason, Suppression
from pabal.ledger.sql.dialect import Connection

_START = int(START.timestamp()) * 1_000_000
_GIVES_BACK = ("deferred", "held", "refused", "gave up")


@dataclass(frozen=True)
class Row:
    """A delivery as it stands."""

    id: DeliveryId
    position: int
    state: State
    attempts: int
    failures: int
    not_before: int
    worker: str


class Tables(Database):
    """A database that is looked into after every step, so over one connection."""

    @cached_property
    def eyes(self) -> Connection:
        return self.connector()()

    def rows(self, sql: str) -> list[tuple]:
        cursor = self.eyes.cursor()
        cursor.execute(sql)
        return cursor.fetchall()

    def deliveries(self) -> list[Row]:
        """Return them in the package's order."""
        return [
            Row(id, position, State(state), *rest)
            for id, position, state, *rest in self.rows(
                "select id, position, state, attempts, failures, not_before, worker"
                " from ledger_delivery order by position"
            )
        ]

    def state_of(self, delivery: DeliveryId) -> State:
        [(state,)] = self.rows(f"select state from ledger_delivery where id = '{delivery}'")
        return State(state)

    def is_proven(self, delivery: DeliveryId) -> bool:
        """Whether something came back about it: it had been sent."""
        return bool(self.rows(f"select 1 from ledger_event where delivery = '{delivery}'"))

    def alive(self, now: datetime) -> set[str]:
        """Return the workers whose heartbeat holds."""
        workers = self.rows("select name, alive_until from ledger_worker")
        return {name for name, until in workers if until > micros(now)}

    def used(self) -> list[datetime]:
        """Return when attempts began whose quota was not given back."""
        begun: dict[tuple[str, int], int] = {}
        for delivery, attempt, happening, at in self.rows(
            "select delivery, attempt, happening, at from ledger_history order by id"
        ):
            if happening == "begun":
                begun[delivery, attempt] = at
            elif happening in _GIVES_BACK:
                del begun[delivery, attempt]
        return [moment_of(at) for at in begun.values()]

    def stop(self, address: str, scope: str) -> Suppression | None:
        """Return a suppression; of an address and a scope there is at most one."""
        for reason, since, detail in self.rows(
            "select reason, since, detail from ledger_suppression"
            f" where address = '{address}' and scope = '{scope}'"
        ):
            return Suppression(
                address=address,
                scope=scope,
                reason=Reason(reason),
                since=moment_of(since),
                detail=detail,
            )
        return None


def micros(moment: datetime) -> int:
    return _START + (moment - START) // timedelta(microseconds=1)


def moment_of(micros: int) -> datetime:
    return START + timedelta(microseconds=micros - _START)
