"""A queue of SQS, into which SES tells its events: by SNS, raw or not, or by EventBridge.

Who may write into the queue, its policy says; so what is in it is believed. SQS gives a
message again until it is deleted, in no certain order, and some of them twice.

What is not understood goes to the queue's dead-letter queue at once, with its reason as an
attribute: left where it is, it would come back until SQS gives it up without one.
"""

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pabal.configuration.aws import aws_client
from pabal.feedback.errors import RoadUnavailable
from pabal.feedback.roads.port import Found

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

_AT_A_VISIT = 5_000
_BATCH = 10  # SQS API: ReceiveMessage, DeleteMessageBatch
_LONG_POLL = 5  # seconds that the last request of a visit waits for more
_OURS = 300  # seconds for which nobody else is given what we have received
_REASON_CHARACTERS = 250
_READ_TIMEOUT = 30.0


class Sqs:
    """Implements roads.port.Road.

    queue: its URL, https://sqs.ap-northeast-2.amazonaws.com/123456789012/name.
    """

    def __init__(self, queue: str, *, long_poll: int = _LONG_POLL) -> None:
        """Raises MissingExtra: boto3 is not installed. AwsRegionMissing."""
        self._queue = queue
        self._long_poll = long_poll
        client: Any = aws_client(
            "sqs", purpose="A queue of SQS", region=region_of(queue), read_timeout=_READ_TIMEOUT
        )
        self._client: SQSClient = client

    @contextmanager
    def visit(self) -> Generator["SqsVisit"]:
        with _errors(self._queue):
            visit = SqsVisit(
                self._client,
                self._queue,
                dead_letters=self._dead_letters(),
                long_poll=self._long_poll,
            )
        try:
            yield visit
            visit.delete_removed()
        finally:
            visit.give_back()

    def _dead_letters(self) -> str:
        """Return the URL of the queue's dead-letter queue. Raises RoadUnavailable."""
        told = self._client.get_queue_attributes(
            QueueUrl=self._queue, AttributeNames=["RedrivePolicy"]
        )
        policy = json.loads(told.get("Attributes", {}).get("RedrivePolicy", "{}"))
        parts = str(policy.get("deadLetterTargetArn", "")).split(":")
        if len(parts) != 6:
            raise RoadUnavailable(place=self._queue, reason="it has no dead-letter queue")
        *_, account, name = parts
        return self._client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)[
            "QueueUrl"
        ]


class SqsVisit:
    """Implements roads.port.Visit."""

    def __init__(
        self, client: "SQSClient", queue: str, *, dead_letters: str, long_poll: int
    ) -> None:
        self._client = client
        self._queue = queue
        self._dead_letters = dead_letters
        self._long_poll = long_poll
        self._held: set[str] = set()
        self._removed: list[str] = []

    def waiting(self) -> Iterator[Found]:
        found = 0
        while found < _AT_A_VISIT:
            messages = self._receive()
            if not messages:
                return
            found += len(messages)
            yield from messages

    def remove(self, found: Found) -> None:
        self._removed.append(found.name)
        if len(self._removed) >= _BATCH:
            self.delete_removed()

    def keep(self, found: Found, *, reason: str = "") -> None:
        said = (reason or "not understood")[:_REASON_CHARACTERS]
        with _errors(self._queue):
            self._client.send_message(
                QueueUrl=self._dead_letters,
                MessageBody=found.raw.decode(),
                MessageAttributes={"reason": {"DataType": "String", "StringValue": said}},
            )
        self.remove(found)

    def delete_removed(self) -> None:
        handles, self._removed = self._removed, []
        if not handles:
            return
        with _errors(self._queue):
            self._client.delete_message_batch(
                QueueUrl=self._queue,
                Entries=[{"Id": str(n), "ReceiptHandle": each} for n, each in enumerate(handles)],
            )
        self._held.difference_update(handles)

    def give_back(self) -> None:
        """Let whoever comes next find what was not put away. Else SQS does, a while later."""
        from botocore.exceptions import BotoCoreError, ClientError

        handles = sorted(self._held)
        for start in range(0, len(handles), _BATCH):
            entries = [
                {"Id": str(n), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for n, handle in enumerate(handles[start : start + _BATCH])
            ]
            with suppress(BotoCoreError, ClientError):
                self._client.change_message_visibility_batch(
                    QueueUrl=self._queue,
                    Entries=entries,  # type: ignore[arg-type]
                )

    def _receive(self) -> Sequence[Found]:
        with _errors(self._queue):
            answer = self._client.receive_message(
                QueueUrl=self._queue,
                MaxNumberOfMessages=_BATCH,
                WaitTimeSeconds=self._long_poll,
                VisibilityTimeout=_OURS,
            )
        messages = [
            (each.get("ReceiptHandle", ""), each.get("Body", ""))
            for each in answer.get("Messages", [])
        ]
        self._held.update(handle for handle, _ in messages)
        return [Found(name=handle, raw=body.encode(), is_event=True) for handle, body in messages]


def region_of(queue: str) -> str:
    """Return the region that a queue's URL names; "" for what the environment says."""
    labels = (urlsplit(queue).hostname or "").split(".")
    return labels[1] if labels[0] == "sqs" and len(labels) > 2 else ""


@contextmanager
def _errors(place: str) -> Generator[None]:
    """Raises RoadUnavailable."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise RoadUnavailable(place=place, reason=str(error)) from error
