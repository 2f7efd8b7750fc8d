"""What only DynamoDB does: queues that name deliveries, indexes that lag, throttling, outages."""

import json
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ledger.desk import (
    ACCEPTED,
    BUSY,
    NO_ANSWER,
    NO_SUCH_USER,
    Desk,
    DynamoDatabase,
    check_books,
    fresh_table,
)
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.delivery import State
from pabal.domain.engagement import Hit, Sign
from pabal.domain.event import EventKind
from pabal.ledger.dynamodb.connect import open_dynamodb_ledger
from pabal.ledger.dynamodb.schema import definition
from pabal.ledger.dynamodb.table import MOST_ACTIONS
from pabal.ledger.dynamodb.values import from_wire, to_wire
from pabal.ledger.errors import LedgerTableMissing, LedgerUnavailable
from pabal.ledger.port import RunState
from servers.ministack import start_ministack


@pytest.fixture
def database(dynamodb_database: DynamoDatabase):
    yield dynamodb_database
    check_books(dynamodb_database)


class Watching:
    """Lets requests through, and may do something before each."""

    def __init__(self, client: Any, before=lambda name, arguments: None) -> None:
        self._client, self._before = client, before
        self.asked: Counter[str] = Counter()
        self.largest = 0

    def __getattr__(self, name: str) -> Any:
        request = getattr(self._client, name)

        def ask(**arguments: Any) -> Any:
            self.asked[name] += 1
            self.largest = max(self.largest, len(arguments.get("TransactItems", ())))
            found = self._before(name, arguments)
            return found if found is not None else request(**arguments)

        return ask


def refuse(code: str, reasons=()) -> None:
    told = {"Error": {"Code": code, "Message": code}}
    if reasons:
        told["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    raise ClientError(told, "TransactWriteItems")


def take(desk: Desk, *positions: int, worker: str = "w1") -> list[str]:
    desk.heartbeat(worker)
    found = desk.ledger.claim_named(desk.ids(*positions), worker=worker, now=desk.now)
    return [each.delivery for each in found]


def test_a_queue_names_deliveries_and_one_worker_gets_each(desk: Desk) -> None:
    desk.start(4)
    assert take(desk, 2, 0, 2) == desk.ids(0, 2)
    assert take(desk, 0, 1, worker="w2") == desk.ids(1)
    assert take(desk, 0) == desk.ids(0), "its own again, as after a lost answer"
    begun = desk.begin(desk.ids(0, 2))
    assert [each.delivery for each in begun.attempts] == desk.ids(0, 2)
    assert take(desk, 0, 2) == []


def test_what_is_named_twice_is_sent_once(desk: Desk) -> None:
    desk.start(1)
    desk.begin(take(desk, 0))
    assert take(desk, 0, worker="w2") == []
    desk.wait(minutes=1)
    desk.ledger.sweep(now=desk.now)
    assert desk.state(0) is State.DOUBTFUL
    assert take(desk, 0, worker="w2") == []


def test_what_is_not_due_or_does_not_run_or_is_not_known_is_left_out(desk: Desk) -> None:
    desk.start(2)
    desk.settle(desk.put_on_wire(1), BUSY)
    assert take(desk, 0, 9) == []
    desk.wait(seconds=15)
    assert take(desk, 0) == desk.ids(0)
    desk.set_state(RunState.PAUSED)
    assert take(desk, 1) == []


def test_a_claim_of_a_dead_worker_is_free(desk: Desk) -> None:
    desk.start(1)
    take(desk, 0, worker="dead")
    assert take(desk, 0) == []
    desk.wait(minutes=1)
    assert take(desk, 0) == desk.ids(0)


def test_cancelling_goes_on_until_the_index_has_caught_up(database: DynamoDatabase) -> None:
    """The first looks into the index see nothing of what was enqueued a moment ago."""
    blind = iter([True] * 3)

    def late(name: str, arguments: dict[str, Any]) -> Any:
        of_index = arguments.get("IndexName") == "campaign_state"
        return {"Items": []} if of_index and next(blind, False) else None

    desk = Desk(database, database.ledger()).start(5)
    desk.ledger = database.sabotaged_ledger(lambda client: Watching(client, late))
    desk.set_state(RunState.CANCELLED)
    assert desk.states() == {"cancelled": 5}


def test_an_answer_is_no_doubt_because_the_index_is_late(database: DynamoDatabase) -> None:
    """The index still shows an attempt that is settled; a sweep looks at the item."""
    desk = Desk(database, database.ledger()).start(1)
    attempts = desk.put_on_wire(1)
    client = database.client()
    seen = client.query(
        TableName=database.table,
        IndexName="campaign_state",
        KeyConditionExpression="queue = :q",
        ExpressionAttributeValues=to_wire({":q": f"{desk.campaign}#sending"}),
    )

    def late(name: str, arguments: dict[str, Any]) -> Any:
        asked = from_wire(arguments.get("ExpressionAttributeValues", {}))
        return seen if f"{desk.campaign}#sending" in asked.values() else None

    desk.settle(attempts, ACCEPTED)
    desk.wait(minutes=1)
    desk.ledger = database.sabotaged_ledger(lambda client: Watching(client, late))
    assert desk.ledger.sweep(now=desk.now) == []
    assert desk.state(0) is State.SENT


def test_a_conflict_is_decided_again(database: DynamoDatabase) -> None:
    conflicts = iter([True] * 3)

    def conflict(name: str, arguments: dict[str, Any]) -> None:
        if name == "transact_write_items" and next(conflicts, False):
            refuse("TransactionCanceledException", ["None", "TransactionConflict"])

    ledger = database.sabotaged_ledger(lambda client: Watching(client, conflict))
    assert Desk(database, ledger).start(3).states() == {"queued": 3}


@pytest.mark.parametrize(
    "code",
    ["ProvisionedThroughputExceededException", "ThrottlingException", "InternalServerError"],
)
def test_throttling_is_an_outage_and_not_a_mistake(database: DynamoDatabase, code: str) -> None:
    desk = Desk(database, database.ledger()).start(1)
    desk.ledger = database.sabotaged_ledger(
        lambda client: Watching(client, lambda name, arguments: refuse(code))
    )
    with pytest.raises(LedgerUnavailable, match=code):
        desk.claim(1)


def test_others_who_are_always_faster_are_an_outage(database: DynamoDatabase) -> None:
    def conflict(name: str, arguments: dict[str, Any]) -> None:
        if name == "transact_write_items":
            refuse("TransactionCanceledException", ["ConditionalCheckFailed"])

    ledger = database.sabotaged_ledger(lambda client: Watching(client, conflict))
    with pytest.raises(LedgerUnavailable, match="all the time"):
        Desk(database, ledger).start(1)


def test_a_large_turn_of_many_campaigns_fits_into_transactions(database: DynamoDatabase) -> None:
    """Each its own campaign, minute and stop: nothing is shared that could be."""
    watching = Watching(database.client())
    ledger = database.sabotaged_ledger(lambda client: watching, daily_limit=1_000)
    desks = [Desk(database, ledger).start(2) for _ in range(30)]
    attempts, claimed = [], []
    for number, desk in enumerate(desks):
        desk.wait(minutes=number)
        attempts += desk.put_on_wire(1)
        claimed += desk.claim(1)
    last = desks[-1]
    begun = ledger.turn(
        [last.settlement(attempt, NO_SUCH_USER) for attempt in attempts],
        claimed,
        worker="w1",
        now=last.now,
    )
    assert len(begun.attempts) == 30
    assert ledger.quota_used(now=last.now) == 30
    assert watching.largest <= MOST_ACTIONS


def test_counting_a_campaign_is_one_request(database: DynamoDatabase) -> None:
    desk = Desk(database, database.ledger()).start(200)
    watching = Watching(database.client())
    desk.ledger = database.sabotaged_ledger(lambda client: watching)
    assert desk.states() == {"queued": 200}
    assert watching.asked == {"query": 1}


def test_an_item_of_a_sent_mail_is_as_large_as_the_ledger_says(database: DynamoDatabase) -> None:
    """pabal.ledger.dynamodb: 450 to 900 bytes, one write unit."""
    desk = Desk(database, database.ledger()).start(1)
    desk.settle(desk.put_on_wire(1, worker="i-0123456789abcdef0-4242-a1b2c3"), ACCEPTED)
    key = to_wire({"pk": f"D#{desk.id(0)}", "sk": "D"})
    item = database.client().get_item(TableName=database.table, Key=key)["Item"]
    assert 300 < len(json.dumps(from_wire(item))) < 1_000


def test_without_its_table_the_ledger_says_what_is_missing(database: DynamoDatabase) -> None:
    ledger = open_dynamodb_ledger("missing", daily_limit=None, random=random.random)
    with pytest.raises(LedgerTableMissing, match="missing"):
        ledger.quota_used(now=Desk(database, ledger).now)
    ledger.close()


def test_a_region_that_is_gone_is_an_outage(monkeypatch) -> None:
    with start_ministack() as emulator:
        for name, value in emulator.environment("dynamodb").items():
            monkeypatch.setenv(name, value)
        database = fresh_table("gone")
        desk = Desk(database, database.ledger()).start(1)
        emulator.process.kill()
        emulator.process.wait()
        with pytest.raises(LedgerUnavailable):
            desk.claim(1)


def test_the_table_is_on_demand_with_keys_of_text() -> None:
    told = definition()
    assert told["BillingMode"] == "PAY_PER_REQUEST"
    assert {each["AttributeType"] for each in told["AttributeDefinitions"]} == {"S"}
    assert [index["IndexName"] for index in told["GlobalSecondaryIndexes"]] == ["campaign_state"]


def test_who_is_enqueued_while_they_are_erased_is_not_mailed(database: DynamoDatabase) -> None:
    """The enqueueing has seen no alias; behind its look somebody is erased, as a whole."""
    desk = Desk(database, database.ledger()).start()
    alias = f"erased:{desk.campaign}"
    entries = [replace(each, aliases=[alias]) for each in desk.entries(2)]
    once = iter([True])

    def erase(name: str, arguments: dict[str, Any]) -> None:
        if name == "transact_write_items" and next(once, False):
            desk.ledger.erase(desk.address(0), alias, now=desk.now)

    late = database.sabotaged_ledger(lambda client: Watching(client, erase))
    late.enqueue(desk.campaign, entries[:1], now=desk.now)
    desk.ledger.enqueue(desk.campaign, entries[1:], now=desk.now)

    assert [each.id for each in desk.ledger.find(alias)] == desk.ids(0, 1)
    assert desk.address(0) not in database.everything()
    assert desk.put_on_wire(2) == []


def test_an_erasure_that_was_cut_off_is_found_and_ended(database: DynamoDatabase) -> None:
    """Killed behind the renaming, nothing is left under the address but what leads there."""
    desk = Desk(database, database.ledger()).start(1)
    desk.settle(desk.put_on_wire(1), ACCEPTED)
    hit = Hit(delivery=desk.id(0), kind=EventKind.CLICKED, sign=Sign.BROWSER, at=desk.now, link=1)
    desk.ledger.record_hit(hit, policy=BouncePolicy(), now=desk.now)
    alias, strikes = f"erased:{desk.campaign}", 3

    def die(name: str, arguments: dict[str, Any]) -> None:
        nonlocal strikes
        strikes -= name == "transact_write_items"
        if not strikes:
            refuse("InternalServerError")

    dying = database.sabotaged_ledger(lambda client: Watching(client, die))
    with pytest.raises(LedgerUnavailable):
        dying.erase(desk.address(0), alias, now=desk.now)
    assert [each.id for each in desk.ledger.find(alias)] == desk.ids(0)
    assert len(desk.ledger.hits(desk.id(0))) == 1

    desk.ledger.erase(desk.address(0), alias, now=desk.now)
    assert desk.ledger.hits(desk.id(0)) == []
    assert desk.address(0) not in database.everything()


def test_an_overview_asks_for_open_campaigns_however_many_have_ended(
    database: DynamoDatabase,
) -> None:
    ledger = database.ledger()
    for _ in range(5):
        ended = Desk(database, ledger).start(2)
        ended.settle(ended.put_on_wire(2), NO_ANSWER)
        ended.set_state(RunState.FINISHED)
    Desk(database, ledger).start(3)
    watching = Watching(database.client())
    overview = database.sabotaged_ledger(lambda client: watching).overview(now=ended.now)

    assert (overview.doubts, overview.deliveries) == (10, {State.QUEUED: 3})
    assert overview.runs == {RunState.FINISHED: 5, RunState.RUNNING: 1}
    # Runs, workers, what all have together, the last that ended; of the open one tally and queue.
    assert watching.asked == {"query": 8}
