"""What a mail costs in DynamoDB: the units of every request of the ledger, by DynamoDB's rules.

    PYTHONPATH=tests python -m ledger.units

The emulator has the items; it bills nobody, so their sizes are added up here. Sources: developer
guide, read-write-operations, transaction-apis and CapacityUnitCalculations.
"""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from ledger.desk import ACCEPTED, fresh_table
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.campaign import OnDoubt
from pabal.domain.delivery import Happening
from pabal.domain.engagement import Hit, Sign
from pabal.domain.event import SAID_NOTHING, EventKind, FeedbackEvent, Proof, Source, event_id
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.outcome import Reply
from pabal.domain.rate import Rate
from pabal.domain.retry import Decision
from pabal.domain.suppression import EVERYTHING
from pabal.ledger.dynamodb.ledger import DynamoLedger
from pabal.ledger.dynamodb.schema import definition
from pabal.ledger.dynamodb.table import Table
from pabal.ledger.dynamodb.work import Desk
from pabal.ledger.port import Attempt, Entry, Settlement
from servers.ministack import start_ministack

CAMPAIGN, MAILS, BATCH = CampaignId("0vn1ts00"), 500, 10
_WRITE, _READ = 1024, 4096
_INDEX = definition()["GlobalSecondaryIndexes"][0]
_PROJECTED = ("pk", "sk", "queue", "place", *_INDEX["Projection"]["NonKeyAttributes"])
Key = tuple[str, str]
WireItem = Mapping[str, Any]


class Counting:
    """A client of DynamoDB that counts what requests would cost."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table
        self._known: dict[Key, WireItem] = {}
        self.units: Counter[str] = Counter()

    def transact_write_items(self, **terms: Any) -> Any:
        answer = self._client.transact_write_items(**terms)
        for action in terms["TransactItems"]:
            ((verb, about),) = action.items()
            self._count_write(_key(about.get("Item") or about["Key"]), times=2, verb=verb)
        return answer

    def put_item(self, **terms: Any) -> Any:
        answer = self._client.put_item(**terms)
        self._count_write(_key(terms["Item"]), times=1, verb="Put")
        return answer

    def batch_get_item(self, **terms: Any) -> Any:
        answer = self._client.batch_get_item(**terms)
        asked = len(terms["RequestItems"][self._table]["Keys"])
        found = answer["Responses"].get(self._table, [])
        self.units["read"] += asked - len(found)  # one for what is not there
        self.units["read"] += sum(ceil(_size(item) / _READ) for item in found)
        return answer

    def query(self, **terms: Any) -> Any:
        answer = self._client.query(**terms)
        size = sum(map(_size, answer["Items"]))
        share = 1 if terms.get("ConsistentRead") else 0.5
        self.units["read"] += share * max(1, ceil(size / _READ))
        return answer

    def _count_write(self, key: Key, *, times: int, verb: str) -> None:
        before, after = self._known.get(key), self._read(key)
        larger = max(_size(before or {}), _size(after or {}), 1)
        self.units["write"] += times * ceil(larger / _WRITE)
        if verb != "ConditionCheck":
            self.units["index"] += _index_units(before, after)
        if after is not None:
            self._known[key] = after
            kind = key[1][:2] if key[0].startswith("D#") else key[0][:2]
            self.units[f"bytes {kind}"] = max(self.units[f"bytes {kind}"], _size(after))

    def _read(self, key: Key) -> WireItem | None:
        pk, sk = key
        wire = {"pk": {"S": pk}, "sk": {"S": sk}}
        found: WireItem | None = self._client.get_item(TableName=self._table, Key=wire).get("Item")
        return found

    def close(self) -> None:
        self._client.close()


def _index_units(before: WireItem | None, after: WireItem | None) -> int:
    """One for what comes, goes or changes in the index; two where it moves there."""
    was, is_now = _in_index(before), _in_index(after)
    if was == is_now:
        return 0
    sizes = [ceil(_size(each) / _WRITE) for each in (was, is_now) if each]
    moves = was and is_now and any(was[name] != is_now[name] for name in ("queue", "place"))
    return sum(sizes) if moves else max(sizes)


def _in_index(item: WireItem | None) -> WireItem:
    if not item or "queue" not in item:
        return {}
    return {name: item[name] for name in _PROJECTED if name in item}


def _key(item: WireItem) -> Key:
    return item["pk"]["S"], item["sk"]["S"]


def _size(item: WireItem) -> int:
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, told),) = value.items()
    match kind:
        case "S":
            return len(told.encode())
        case "N":
            return ceil(len(told.strip("-").replace(".", "")) / 2) + 1
        case "L":
            return 3 + sum(1 + _value_size(each) for each in told)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_size(v) for name, v in told.items())
        case _:
            return 1


# A campaign, as the functions send it


def deliveries() -> list[DeliveryId]:
    return [DeliveryId(f"{CAMPAIGN}-{_LETTERS[n // 32]}{_LETTERS[n % 32]}") for n in range(MAILS)]


_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def enqueue(ledger: DynamoLedger, now: datetime) -> None:
    scopes = (EVERYTHING, "list:1")
    ledger.open(CAMPAIGN, scopes=scopes, on_doubt=OnDoubt.ASK, now=now)
    entries = [
        Entry(delivery=name, position=n, address=f"customer{n}@mail{n % 10}.example")
        for n, name in enumerate(deliveries())
    ]
    ledger.enqueue(CAMPAIGN, entries, now=now)


def send(ledger: DynamoLedger, now: datetime) -> None:
    """Batch by batch, as `pipeline/aws/dispatch.py` does where the rate allows ten at once."""
    names = deliveries()
    for start in range(0, MAILS, BATCH):
        worker, batch = f"lambda-{start:016d}", names[start : start + BATCH]
        ledger.heartbeat(worker, until=now + timedelta(minutes=1))
        claimed = ledger.claim_named(batch, worker=worker, now=now)
        ledger.take_turn(Rate(per_second=1000), count=len(claimed), now=now)
        begun = ledger.turn((), [each.delivery for each in claimed], worker=worker, now=now)
        ledger.settle([_accepted(attempt, now) for attempt in begun.attempts])


def _accepted(attempt: Attempt, now: datetime) -> Settlement:
    decision = Decision(happening=Happening.ACCEPTED)
    return Settlement(attempt=attempt, outcome=ACCEPTED, decision=decision, at=now)


def tell(ledger: DynamoLedger, kind: EventKind, now: datetime) -> None:
    said = Reply(code=250, text="250 2.0.0 OK  1700000000 d9443c01a7336-2a")
    for n, name in enumerate(deliveries()):
        event = FeedbackEvent(
            id=event_id(Source.SES, str(n), kind.value),
            kind=kind,
            at=now,
            source=Source.SES,
            delivery=name,
            proof=Proof.SEALED,
            address=f"customer{n}@mail{n % 10}.example",
            reply=said if kind is EventKind.DELIVERED else SAID_NOTHING,
        )
        ledger.record_event(event, policy=BouncePolicy(), now=now)


def hit(ledger: DynamoLedger, kind: EventKind, link: int, now: datetime) -> None:
    for name in deliveries():
        seen = Hit(delivery=name, kind=kind, sign=Sign.BROWSER, at=now, link=link)
        ledger.record_hit(seen, policy=BouncePolicy(), now=now)


@contextmanager
def emulated() -> Iterator[Counting]:
    with start_ministack() as emulator:
        os.environ.update(emulator.environment("dynamodb"))
        database = fresh_table("units")
        yield Counting(database.client(), database.table)


def main() -> int:
    now = datetime.now(UTC)
    later = now + timedelta(minutes=1)
    with emulated() as counting:
        desk = Desk(Table(counting, "units"), pause=time.sleep, random=random.random)
        ledger = DynamoLedger(desk, daily_limit=10 * MAILS)
        for what, do in {
            "enqueue": lambda: enqueue(ledger, now),
            "send": lambda: send(ledger, now),
            "event Send": lambda: tell(ledger, EventKind.ACCEPTED, now),
            "event Delivery": lambda: tell(ledger, EventKind.DELIVERED, later),
            "open": lambda: hit(ledger, EventKind.OPENED, 0, later),
            "click": lambda: hit(ledger, EventKind.CLICKED, 1, later),
        }.items():
            counting.units.clear()
            do()
            each = {
                name: round(n / MAILS, 1)
                for name, n in counting.units.items()
                if not name.startswith("bytes")
            }
            sizes = {n.removeprefix("bytes "): v for n, v in counting.units.items() if "bytes" in n}
            sys.stdout.write(f"{what}, a mail: {each}; largest items in bytes: {sizes}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
