"""A ledger's books: what stands in its tables, looked at past the ledger."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pabal.domain.delivery import State
from pabal.domain.identity import DeliveryId
from pabal.domain.suppression import Reason, Suppression
from pabal.ledger.dynamodb import items, keys, tallies
from pabal.ledger.dynamodb.schema import EXPIRES
from pabal.ledger.dynamodb.table import Table
from pabal.ledger.dynamodb.values import from_wire
from pabal.ledger.instants import from_micros, to_micros

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


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened. at: microseconds since the epoch."""

    happening: str
    attempt: int
    at: int


class Books(Protocol):
    def deliveries(self) -> Sequence[tuple[str, Row]]:
        """Return each with its campaign, in the package's order."""
        ...

    def history(self) -> Mapping[str, list[Entry]]: ...

    def tally(self) -> Mapping[tuple[str, str], int]:
        """Return the numbers above 0, by campaign and state."""
        ...

    def workers(self, now: datetime) -> Mapping[str, int]:
        """Return until when each is alive, in microseconds, of those not forgotten at `now`."""
        ...

    def minutes(self, now: datetime) -> Mapping[int, int]:
        """Return what is reserved by minute, of those not forgotten at `now`."""
        ...

    def stops(self, address: str) -> Sequence[Suppression]: ...

    def close(self) -> None: ...


class SqlBooks:
    """rows: runs a statement and returns what it finds."""

    def __init__(self, rows: Callable[[str], list[tuple]], close: Callable[[], None]) -> None:
        self._rows = rows
        self.close = close

    def deliveries(self) -> Sequence[tuple[str, Row]]:
        return [
            (campaign, Row(DeliveryId(id), position, State(state), *rest))
            for campaign, id, position, state, *rest in self._rows(
                "select campaign, id, position, state, attempts, failures, not_before, worker"
                " from ledger_delivery order by campaign, position"
            )
        ]

    def history(self) -> Mapping[str, list[Entry]]:
        history: dict[str, list[Entry]] = {}
        for delivery, *entry in self._rows(
            "select delivery, happening, attempt, at from ledger_history order by id"
        ):
            history.setdefault(delivery, []).append(Entry(*entry))
        return history

    def tally(self) -> Mapping[tuple[str, str], int]:
        kept = self._rows(
            "select campaign, state, sum(n) from ledger_tally group by campaign, state"
            " having sum(n) <> 0"
        )
        return {(campaign, state): int(n) for campaign, state, n in kept}

    def workers(self, now: datetime) -> Mapping[str, int]:
        return dict(self._rows("select name, alive_until from ledger_worker order by name"))

    def minutes(self, now: datetime) -> Mapping[int, int]:
        return dict(self._rows("select bucket, reserved from ledger_quota"))

    def stops(self, address: str) -> Sequence[Suppression]:
        return [
            Suppression(
                address=address,
                scope=scope,
                reason=Reason(reason),
                since=from_micros(since),
                detail=detail,
            )
            for scope, reason, since, detail in self._rows(
                "select scope, reason, since, detail from ledger_suppression"
                f" where address = '{address}'"
            )
        ]


class DynamoBooks:
    """What DynamoDB would have dropped at a moment is left out: the emulator's clock is ours."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = Table(client, table)

    def deliveries(self) -> Sequence[tuple[str, Row]]:
        found = [(items.delivery(item), item["worker"]) for item in self._items(keys.DELIVERY)]
        return sorted(
            (
                (
                    each.campaign,
                    Row(
                        each.id,
                        each.position,
                        each.state,
                        each.attempts,
                        each.failures,
                        to_micros(each.not_before) if each.not_before else 0,
                        worker,
                    ),
                )
                for each, worker in found
            ),
            key=lambda pair: (pair[0], pair[1].position),
        )

    def history(self) -> Mapping[str, list[Entry]]:
        return {
            items.id_of(item): [
                Entry(each.happening.value, each.attempt, to_micros(each.at))
                for each in items.history(item)
            ]
            for item in self._items(keys.DELIVERY)
        }

    def tally(self) -> Mapping[tuple[str, str], int]:
        return {
            (run["sk"], state.value): n
            for run in self._table.query(keys.RUNS)
            for state, n in tallies.states(tallies.read(self._table, run["sk"])).items()
        }

    def workers(self, now: datetime) -> Mapping[str, int]:
        return {
            item["sk"]: item["alive_until"]
            for item in self._table.query(keys.WORKERS)
            if item[EXPIRES] > now.timestamp()
        }

    def minutes(self, now: datetime) -> Mapping[int, int]:
        return {
            int(item["sk"]): item["n"]
            for item in self._table.query(keys.QUOTA)
            if EXPIRES in item and item[EXPIRES] > now.timestamp()
        }

    def stops(self, address: str) -> Sequence[Suppression]:
        key = keys.address(address)
        return items.suppressions(address, self._table.read([key]).get(key))

    def _items(self, sk: str) -> Sequence[dict[str, Any]]:
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table.name, ConsistentRead=True
        )
        found = [from_wire(item) for page in pages for item in page["Items"]]
        return [item for item in found if item["sk"] == sk]

    def close(self) -> None:
        pass


def used(history: Mapping[str, list[Entry]]) -> list[datetime]:
    """Return when attempts began whose quota was not given back."""
    begun: dict[tuple[str, int], int] = {}
    for delivery, entries in history.items():
        for entry in entries:
            if entry.happening == "begun":
                begun[delivery, entry.attempt] = entry.at
            elif entry.happening in _GIVES_BACK:
                del begun[delivery, entry.attempt]
    return [from_micros(at) for at in begun.values()]
