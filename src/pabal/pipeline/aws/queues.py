"""Queues of SQS: putting messages in, ten at a time, and sending them away for a while."""

import json
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from pabal.pipeline.aws.calls import part_of
from pabal.pipeline.aws.errors import ServiceUnavailable

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.type_defs import (
        MessageAttributeValueTypeDef,
        SendMessageBatchRequestEntryTypeDef,
    )

_AT_ONCE = 10  # SQS API: SendMessageBatch
_TRIES = 3
_LONGEST_WAIT = timedelta(hours=12)  # SQS: visibility timeout
CAUSE = "cause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as a function gets it. id: what a partial failure names."""

    id: str
    body: str
    receipt: str
    cause: str = ""


class Queues:
    """Every method raises ServiceUnavailable: not known whether all of it was done."""

    def __init__(self, client: "SQSClient") -> None:
        self._client = client

    def put(self, queue: str, messages: Iterable[Mapping[str, Any]]) -> int:
        """Put messages into a queue; durable on return. Return how many."""
        count, remaining = 0, iter(messages)
        while part := list(islice(remaining, _AT_ONCE)):
            self._put_together(queue, [json.dumps(each) for each in part])
            count += len(part)
        return count

    def give_up(self, queue: str, message: Message, *, cause: str) -> None:
        """Put a message that nobody can use where a person looks, with the cause."""
        told: MessageAttributeValueTypeDef = {"DataType": "String", "StringValue": cause[:1000]}
        with _asking():
            self._client.send_message(
                QueueUrl=queue, MessageBody=message.body, MessageAttributes={CAUSE: told}
            )

    def hide(self, queue: str, message: Message, *, wait: timedelta) -> None:
        """Let a message come back after so long. It has to be reported as failed too."""
        seconds = int(max(timedelta(0), min(wait, _LONGEST_WAIT)).total_seconds())
        with _asking():
            self._client.change_message_visibility(
                QueueUrl=queue, ReceiptHandle=message.receipt, VisibilityTimeout=seconds
            )

    def waiting(self, queue: str) -> int:
        """About how many messages a queue has, those included that somebody works on."""
        names = (
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        )
        with _asking():
            told = self._client.get_queue_attributes(QueueUrl=queue, AttributeNames=list(names))
        found = told.get("Attributes", {})
        return sum(int(found.get(name, 0)) for name in names)

    def _put_together(self, queue: str, bodies: Sequence[str]) -> None:
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)
        ]
        for _ in range(_TRIES):
            with _asking():
                answer = self._client.send_message_batch(QueueUrl=queue, Entries=entries)
            failed = {each["Id"] for each in answer.get("Failed", [])}
            entries = [entry for entry in entries if entry["Id"] in failed]
            if not entries:
                return
        raise ServiceUnavailable(service="Amazon SQS", reason=f"{len(entries)} were not taken")


def read_messages(event: Mapping[str, Any]) -> Sequence[Message]:
    """Return the messages that an event source of SQS hands over."""
    return [
        Message(
            id=record["messageId"],
            body=record["body"],
            receipt=record["receiptHandle"],
            cause=_cause(part_of(record, "messageAttributes")),
        )
        for record in event.get("Records", ())
    ]


def failures(messages: Iterable[Message]) -> dict[str, Any]:
    """Return the answer that leaves these in their queue (ReportBatchItemFailures)."""
    return {"batchItemFailures": [{"itemIdentifier": each.id} for each in messages]}


def _cause(attributes: Mapping[str, Any]) -> str:
    return str(part_of(attributes, CAUSE).get("stringValue") or "")


@contextmanager
def _asking() -> Generator[None]:
    """Tell failures of SQS as ours."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise ServiceUnavailable(service="Amazon SQS", reason=str(error)) from error
