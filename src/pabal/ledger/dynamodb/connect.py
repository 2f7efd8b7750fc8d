"""Opens the ledger of a table."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pabal.configuration.aws import aws_client

if TYPE_CHECKING:
    from pabal.ledger.dynamodb.ledger import DynamoLedger

_ATTEMPTS = 3  # of a request: a transaction that is repeated by its token happens once
_READ_TIMEOUT = 5.0  # seconds
_CONNECT_TIMEOUT = 2.0


def open_dynamodb_ledger(
    table: str,
    *,
    daily_limit: int | None,
    random: Callable[[], float],
    region: str = "",
    pause: Callable[[float], object] = time.sleep,
) -> "DynamoLedger":
    """Return the ledger of a table.

    daily_limit: messages in any 24 hours; None for no limit. random: returns a number in
    [0, 1), so that workers that get in each other's way do not do so again.
    region: "" for what the environment says.

    Raises MissingExtra: boto3 is not installed. AwsRegionMissing.
    """
    client = aws_client(
        "dynamodb",
        purpose="The ledger on DynamoDB",
        region=region,
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_READ_TIMEOUT,
        attempts=_ATTEMPTS,
    )
    # Imported here, behind the check that its packages are there.
    from pabal.ledger.dynamodb.ledger import DynamoLedger
    from pabal.ledger.dynamodb.table import Table
    from pabal.ledger.dynamodb.work import Desk

    return DynamoLedger(
        Desk(Table(client, table), pause=pause, random=random), daily_limit=daily_limit
    )
