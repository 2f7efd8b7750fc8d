"""Whatever is done in whatever order, whoever dies of it, the ledger keeps its contract."""

from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from ledger.desk import Database, DynamoDatabase, emptied, fresh_schema, fresh_table
from ledger.model.machine import LedgerMachine

_UNHURRIED = settings(
    deadline=None,
    stateful_step_count=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_the_ledger_on_sqlite_agrees_with_the_model(tmp_path: Path) -> None:
    numbers = count()

    def machine() -> LedgerMachine:
        return LedgerMachine(fresh_schema(f"sqlite:///{tmp_path}/{next(numbers)}.sqlite3").url)

    run_state_machine_as_test(machine, settings=settings(_UNHURRIED, max_examples=60))


def test_the_ledger_on_postgresql_agrees_with_the_model(postgresql_url: str) -> None:
    def machine() -> LedgerMachine:
        return LedgerMachine(emptied(Database(postgresql_url)).url)

    run_state_machine_as_test(machine, settings=settings(_UNHURRIED, max_examples=15))


def test_the_ledger_on_dynamodb_agrees_with_the_model(dynamodb_database: DynamoDatabase) -> None:
    numbers = count()

    def machine() -> LedgerMachine:
        return LedgerMachine(fresh_table(f"{dynamodb_database.table}-{next(numbers)}").url)

    run_state_machine_as_test(machine, settings=settings(_UNHURRIED, max_examples=8))
