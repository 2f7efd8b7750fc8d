"""The table: what `deploy/aws` declares, and what tests and a first trial make."""

from typing import TYPE_CHECKING, Any

from pabal.ledger.dynamodb.keys import QUEUE_INDEX

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

EXPIRES = "expires"  # seconds since the epoch, from which DynamoDB drops an item

# What a page of deliveries shows, and what claiming looks at; never the history.
_PROJECTED = (
    "position", "address", "attempts", "failures", "not_before", "begun_at", "worker", "last",
    "told",
)  # fmt: skip


def definition() -> dict[str, Any]:
    """Return everything about the table but its name, as CreateTable wants it."""
    names = ("pk", "sk", "queue", "place")
    return {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
        "KeySchema": _keys("pk", "sk"),
        "GlobalSecondaryIndexes": [
            {
                "IndexName": QUEUE_INDEX,
                "KeySchema": _keys("queue", "place"),
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": list(_PROJECTED),
                },
            },
        ],
    }


def create_table(client: "DynamoDBClient", name: str) -> None:
    """Make the table and wait until it is there."""
    client.create_table(TableName=name, **definition())
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    client.update_time_to_live(
        TableName=name,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRES},
    )


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]
