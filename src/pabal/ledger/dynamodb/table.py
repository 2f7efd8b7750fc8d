"""The table's requests, and what their failures mean."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from pabal.ledger.dynamodb.keys import Key
from pabal.ledger.dynamodb.values import Item, from_wire, to_wire
from pabal.ledger.errors import LedgerTableMissing, LedgerUnavailable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Action = dict[str, Any]  # an item of TransactItems, without the table's name

MOST_ACTIONS = 100  # DynamoDB API: TransactWriteItems
_MOST_KEYS = 100  # DynamoDB API: BatchGetItem
# What somebody else's write at the same moment does; decided again, it passes.
_CONFLICTS = frozenset({"None", "ConditionalCheckFailed", "TransactionConflict"})
# Mistakes of ours, for which waiting does nothing.
_MISTAKES = frozenset({"ValidationException", "SerializationException"})


class Conflict(Exception):
    """Somebody has changed what was read. failed: which of the actions say so."""

    def __init__(self, failed: Sequence[bool]) -> None:
        self.failed = failed
        super().__init__("changed since it was read")


class Table:
    """One table through a client. Every method raises LedgerUnavailable, LedgerTableMissing."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self.name = name

    def read(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """Read items as they stand; those that are not there are left out."""
        found: dict[Key, Item] = {}
        wanted = sorted(set(keys))
        while wanted:
            asked, wanted = wanted[:_MOST_KEYS], wanted[_MOST_KEYS:]
            request = {"ConsistentRead": True, "Keys": [_key_on_wire(key) for key in asked]}
            answer = self._ask(
                lambda request=request: self._client.batch_get_item(
                    RequestItems={self.name: request}  # type: ignore[dict-item]
                )
            )
            for item in map(from_wire, answer["Responses"].get(self.name, [])):
                found[key_of(item)] = item
            left = answer["UnprocessedKeys"].get(self.name, {}).get("Keys", [])
            wanted += [key_of(from_wire(key)) for key in left]
        return found

    def query(
        self,
        partition: str,
        *,
        between: tuple[str, str] | None = None,
        index: str = "",
        names: tuple[str, str] = ("pk", "sk"),
        page: int = 0,
    ) -> Iterator[Item]:
        """Find items by partition, in the order of their sort keys.

        between: first and last sort key. index: "" for the table itself, as it stands; an
        index is some milliseconds late. page: items of a request, for who stops early.
        """
        request = self._request(partition, between, index, names)
        if page:
            request["Limit"] = page
        while True:
            answer = self._ask(lambda: self._client.query(**request))
            yield from map(from_wire, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def write(self, actions: Sequence[Action]) -> None:
        """Do all or nothing; durable on return. Raises Conflict."""
        if not actions:
            return
        if len(actions) > MOST_ACTIONS:
            raise ValueError(f"{len(actions)} actions do not fit into a transaction")
        items = [
            {verb: {"TableName": self.name, **terms} for verb, terms in action.items()}
            for action in actions
        ]
        self._ask(lambda: self._client.transact_write_items(TransactItems=items))  # type: ignore[arg-type]

    def put(self, item: Item) -> None:
        """Write an item, whatever stood there."""
        self._ask(lambda: self._client.put_item(TableName=self.name, Item=to_wire(item)))

    def close(self) -> None:
        self._client.close()

    def _request(
        self,
        partition: str,
        between: tuple[str, str] | None,
        index: str,
        names: tuple[str, str],
    ) -> dict[str, Any]:
        condition, values = "#pk = :pk", {":pk": partition}
        request: dict[str, Any] = {"TableName": self.name, "ExpressionAttributeNames": {}}
        request["ExpressionAttributeNames"]["#pk"] = names[0]
        if between is not None:
            condition += " and #sk between :first and :last"
            values |= {":first": between[0], ":last": between[1]}
            request["ExpressionAttributeNames"]["#sk"] = names[1]
        request["KeyConditionExpression"] = condition
        request["ExpressionAttributeValues"] = to_wire(values)
        return request | ({"IndexName": index} if index else {"ConsistentRead": True})

    def _ask(self, request: Callable[[], Mapping[str, Any]]) -> Any:
        try:
            return request()
        except ClientError as error:
            raise self._meaning(error) from error
        except ParamValidationError:
            raise
        except BotoCoreError as error:
            raise LedgerUnavailable(reason=str(error)) from error

    def _meaning(self, error: ClientError) -> Exception:
        response: Mapping[str, Any] = error.response
        name = response.get("Error", {}).get("Code", "")
        reasons = [each.get("Code", "None") for each in response.get("CancellationReasons", ())]
        if name == "TransactionCanceledException" and _CONFLICTS.issuperset(reasons):
            return Conflict([reason != "None" for reason in reasons])
        if name in ("TransactionConflictException", "TransactionInProgressException"):
            return Conflict(())
        if name == "ResourceNotFoundException":
            return LedgerTableMissing(table=self.name)
        if name in _MISTAKES or "ValidationError" in reasons:
            return error
        return LedgerUnavailable(reason=str(error))


def key_of(item: Mapping[str, Any]) -> Key:
    return Key(item["pk"], item["sk"])


def _key_on_wire(key: Key) -> dict[str, Any]:
    return to_wire({"pk": key.pk, "sk": key.sk})
