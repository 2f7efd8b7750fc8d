"""How all campaigns stand together, and that asking for it costs a worker nothing."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from ledger.desk import ACCEPTED, BUSY, NO_ANSWER, START, Database, Desk, fresh_schema
from pabal.domain.delivery import State
from pabal.ledger.instants import beyond, to_micros
from pabal.ledger.port import FinishedRun, RunState
from pabal.ledger.sql.dialect import POSTGRESQL, SQLITE
from servers.postgres import Postgres

_OVERVIEW = (
    "runs_by_state", "under_way", "doubts", "waiting_again", "due", "last_finished", "counts",
    "workers_alive", "quota_used", "returned", "sent_since", "returned_since",
)  # fmt: skip


_PARAMETERS = {
    "now": to_micros(START),
    "beyond": beyond(START),
    "campaign": "c9",
    "oldest": 0,
    "since": to_micros(START),
}


def another(desk: Desk) -> Desk:
    return Desk(desk.database, desk.ledger, now=desk.now)


def test_an_empty_ledger_has_an_overview(desk: Desk) -> None:
    seen = desk.ledger.overview(now=desk.now)
    assert (seen.runs, seen.deliveries, seen.doubts, seen.waiting_again) == ({}, {}, 0, 0)
    assert (seen.due_since, seen.running_since, seen.last_finished) == (None, None, None)
    assert seen.workers_alive == 0


def test_deliveries_are_those_of_campaigns_that_have_not_ended(desk: Desk) -> None:
    over = desk.start(2)
    over.settle(over.put_on_wire(2), ACCEPTED)
    over.set_state(RunState.FINISHED)
    paused = another(desk).start(3)
    paused.put_on_wire(1)
    paused.set_state(RunState.PAUSED)
    another(desk).start(4)
    seen = desk.ledger.overview(now=desk.now)
    assert seen.runs == {RunState.FINISHED: 1, RunState.PAUSED: 1, RunState.RUNNING: 1}
    assert seen.deliveries == {State.QUEUED: 6, State.SENDING: 1}


def test_a_doubt_outlives_its_campaign(desk: Desk) -> None:
    desk.start(3)
    desk.settle(desk.put_on_wire(2), NO_ANSWER)
    desk.settle(desk.put_on_wire(1), ACCEPTED)
    desk.set_state(RunState.FINISHED)
    assert desk.ledger.overview(now=desk.now).doubts == 2


def test_what_was_never_begun_is_due_since_the_start(desk: Desk) -> None:
    desk.start(2)
    desk.wait(seconds=90)
    desk.claim(2)  # claimed is not begun
    another(desk).start(1)
    assert desk.ledger.overview(now=desk.now).due_since == START
    desk.begin(desk.ids(0, 1))
    assert desk.ledger.overview(now=desk.now).due_since == START + timedelta(seconds=90)


def test_a_retry_is_due_when_its_wait_is_over(desk: Desk) -> None:
    desk.start(1)
    desk.settle(desk.put_on_wire(1), BUSY)
    seen = desk.ledger.overview(now=desk.now)
    assert (seen.waiting_again, seen.due_since) == (1, None)
    desk.wait(seconds=40)
    seen = desk.ledger.overview(now=desk.now)
    assert (seen.waiting_again, seen.due_since) == (1, START + timedelta(seconds=15))


def test_nothing_is_due_in_a_campaign_that_is_paused(desk: Desk) -> None:
    desk.start(2)
    desk.settle(desk.put_on_wire(1), BUSY)
    desk.set_state(RunState.PAUSED)
    desk.wait(hours=1)
    seen = desk.ledger.overview(now=desk.now)
    assert (seen.due_since, seen.running_since, seen.waiting_again) == (None, None, 0)


def test_the_longest_running_and_the_last_finished_campaign(desk: Desk) -> None:
    desk.start(1)
    early = another(desk)
    early.wait(seconds=10)
    early.start(2)
    late = another(early)
    late.wait(seconds=10)
    late.start(3)
    for each, seconds in ((late, 200), (early, 60)):
        each.wait(seconds=seconds)
        each.set_state(RunState.FINISHED)
    seen = desk.ledger.overview(now=late.now)
    assert seen.running_since == START
    assert seen.last_finished == FinishedRun(
        deliveries={State.QUEUED: 3}, elapsed=timedelta(seconds=200)
    )


def test_workers_are_alive_while_their_heartbeats_hold(desk: Desk) -> None:
    desk.heartbeat("w1", timedelta(seconds=10))
    desk.heartbeat("w2", timedelta(seconds=30))
    alive = []
    for _ in range(3):
        alive.append(desk.ledger.overview(now=desk.now).workers_alive)
        desk.wait(seconds=15)
    assert alive == [2, 1, 0]


# Whoever keeps watch asks every few seconds, of tables with a million rows.

# r stands for ledger_run. What came back is tallied in a few rows a campaign.
_SMALL = {"r", "ledger_run", "ledger_worker", "ledger_event_tally"}
_YEARS_OF_CAMPAIGNS = """
    insert into ledger_run
    select 'c' || n, case when n < 3 then 'running' else 'finished' end, '', '[]', 'ask', n, n + 1
    from generate_series(1, 500) n;
    insert into ledger_tally
    select 'c' || n, state, slot, 10 from generate_series(1, 500) n, generate_series(0, 15) slot,
        unnest(array['queued', 'sending', 'sent', 'failed']) state;
    insert into ledger_delivery (id, campaign, position, address, state, not_before)
    select n, 'c' || n % 10, n, n, case when n < 5000 then 'sent' else 'queued' end, n % 3
    from generate_series(1, 20000) n;
    analyze
"""


@pytest.fixture(scope="module")
def years_of_campaigns(postgres_server: Postgres) -> str:
    """A PostgreSQL that knows how its tables look after years."""
    url = fresh_schema(postgres_server.fresh_database()).url
    with psycopg.connect(url) as connection:
        connection.execute(_YEARS_OF_CAMPAIGNS)
    return url


@pytest.mark.parametrize("name", _OVERVIEW)
def test_sqlite_reads_no_large_table_from_end_to_end(sqlite_database: Database, name: str) -> None:
    with closing(sqlite_database.connector()()) as connection:
        cursor = connection.cursor()
        cursor.execute(f"explain query plan {SQLITE.statements()[name]}", _PARAMETERS)
        plan = [row[3] for row in cursor.fetchall()]
    assert {step.split()[1] for step in plan if step.startswith("SCAN")} <= _SMALL


@pytest.mark.parametrize("name", _OVERVIEW)
def test_postgresql_reads_no_large_table_from_end_to_end(
    years_of_campaigns: str, name: str
) -> None:
    """Without sequential scans, whose worth depends on the rows, only such plans are left."""
    with psycopg.connect(years_of_campaigns) as connection:
        connection.execute("set enable_seqscan = off")
        statement = f"explain (format json) {POSTGRESQL.statements()[name]}"
        [[[explained]]] = connection.execute(statement, _PARAMETERS).fetchall()
    scanned = {
        node["Relation Name"]
        for node in _nodes(explained["Plan"])
        if "Relation Name" in node and not {"Index Cond", "Recheck Cond"} & node.keys()
    }
    assert scanned <= _SMALL


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
