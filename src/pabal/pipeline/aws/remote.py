"""The deployed pipeline as the console and the commands reach it: a stack's names into clients."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from pabal.configuration.aws import aws_client
from pabal.configuration.deployed import Stack
from pabal.domain.identity import CampaignId
from pabal.feedback.roads.sqs import Sqs
from pabal.ledger.dynamodb.connect import open_dynamodb_ledger
from pabal.ledger.dynamodb.ledger import DynamoLedger
from pabal.pipeline.aws.calls import Start
from pabal.pipeline.aws.errors import ServiceUnavailable
from pabal.pipeline.aws.launching import execution_arn, failure, launch, stop

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_PURPOSE = "The pipeline on AWS"
_ATTEMPTS = 3
_PATIENCE = 10.0  # seconds for an answer; somebody may wait for a page
_LONG_POLL = 5  # seconds


@dataclass(frozen=True)
class Remote:
    """A stack's parts, made when they are first asked for. Threads may share it.

    random: returns a number in [0, 1), for waits between tries.
    The first use of each raises MissingExtra, AwsRegionMissing.
    """

    stack: Stack
    random: Callable[[], float]

    @cached_property
    def ledger(self) -> DynamoLedger:
        """The ledger of what is sent there. It begins no deliveries here."""
        return open_dynamodb_ledger(
            self.stack.table,
            daily_limit=0,
            random=self.random,
            region=self.stack.region,
        )

    def launch(self, start: Start) -> str:
        """Start a campaign; return its execution. Raises AlreadyStarted, ServiceUnavailable."""
        with _asking("AWS Step Functions"):
            machine = self.stack.state_machine
            return launch(start, states=self._states, machine=machine, ledger=self.ledger)

    def execution(self, campaign: CampaignId) -> str:
        """Return what Step Functions calls a campaign's first execution."""
        return execution_arn(self.stack.state_machine, campaign)

    def call_off(self, campaign: CampaignId, *, reason: str) -> bool:
        """Stop a campaign that waits for its time; return whether one waited.

        Raises ServiceUnavailable: it is not known.
        """
        with _asking("AWS Step Functions"):
            machine = self.stack.state_machine
            return stop(campaign, states=self._states, machine=machine, reason=reason)

    def refusal(self, campaign: CampaignId) -> str:
        """Return why the last execution of a campaign failed; "" where none has, or none is.

        Raises ServiceUnavailable.
        """
        with _asking("AWS Step Functions"):
            return failure(campaign, states=self._states, machine=self.stack.state_machine)

    def returns(self, *, long_poll: int = _LONG_POLL) -> Sqs:
        """Return the road to the queue of what the console has to know.

        long_poll: seconds for which a visit waits for more.
        """
        return Sqs(self.stack.returns_queue, long_poll=long_poll)

    # Each part by its name, where it is there and answers

    def find_table(self, now: datetime) -> str:
        """Raises LedgerUnavailable, LedgerTableMissing."""
        self.ledger.quota_used(now=now)
        return self.stack.table

    def find_bucket(self) -> str:
        """Raises ServiceUnavailable."""
        with _asking("Amazon S3"):
            client = aws_client("s3", purpose=_PURPOSE, region=self.stack.region)
            client.list_objects_v2(Bucket=self.stack.bucket, Prefix="packages/", MaxKeys=1)
        return self.stack.bucket

    def find_state_machine(self) -> str:
        """Raises ServiceUnavailable."""
        with _asking("AWS Step Functions"):
            told = self._states.describe_state_machine(stateMachineArn=self.stack.state_machine)
        return told["name"]

    def find_returns_queue(self) -> str:
        """Raises RoadUnavailable: also where it has no dead-letter queue."""
        with self.returns().visit():
            return self.stack.returns_queue.rpartition("/")[2]

    @cached_property
    def _states(self) -> "SFNClient":
        client: SFNClient = aws_client(
            "stepfunctions",
            purpose=_PURPOSE,
            region=self.stack.region,
            read_timeout=_PATIENCE,
            attempts=_ATTEMPTS,
        )
        return client


@contextmanager
def _asking(service: str) -> Generator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise ServiceUnavailable(service=service, reason=str(error)) from error
