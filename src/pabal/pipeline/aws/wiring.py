"""A function's environment into objects: the one place that knows which parts AWS has.

Each is made when it is first used and kept between calls, as long as Lambda keeps the process.
"""

import logging
import os
import random
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, TypeVar

from pabal.configuration.aws import aws_client
from pabal.configuration.deployed import Stack
from pabal.configuration.keyring import Keyring, read_keyring
from pabal.domain.identity import CampaignId, DeliveryId
from pabal.domain.links import PublicLinks
from pabal.domain.retry import RetryPolicy
from pabal.domain.suppression import TRACKING
from pabal.domain.tracking import Tracking
from pabal.ledger.dynamodb.connect import open_dynamodb_ledger
from pabal.ledger.dynamodb.ledger import DynamoLedger
from pabal.package.package import Package
from pabal.package.s3 import S3Store, open_s3_store
from pabal.pipeline.aws.bucket import Bucket, Linked
from pabal.pipeline.aws.queues import Queues
from pabal.pipeline.aws.surroundings import Surroundings
from pabal.telemetry.log import configure_logging

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

    from pabal.feedback.seals import Seals
    from pabal.message.render import Renderer
    from pabal.pipeline.aws.remote import Remote

T = TypeVar("T")

_PURPOSE = "The AWS pipeline"
_ATTEMPTS = 3
_CAMPAIGNS = 4  # whose packages are kept


@dataclass(frozen=True)
class Workshop:
    """The parts of a function, made when they are first asked for."""

    surroundings: Surroundings
    _packages: OrderedDict[str, Package] = field(default_factory=OrderedDict[str, Package])
    _renderers: "OrderedDict[str, Renderer]" = field(
        default_factory=lambda: OrderedDict[str, "Renderer"]()
    )
    _linked: OrderedDict[str, Linked] = field(default_factory=OrderedDict[str, Linked])
    _ledgers: dict[int | None, DynamoLedger] = field(default_factory=dict[int | None, DynamoLedger])

    def now(self) -> datetime:
        return datetime.now(UTC)

    def random(self) -> float:
        return random.random()  # noqa: S311 -- jitter, no secret

    def worker_name(self) -> str:
        """Name one call of a function; never the same twice."""
        return f"lambda-{secrets.token_hex(8)}"

    def ledger(self, daily_limit: int | None = None) -> DynamoLedger:
        """Return the ledger under a limit of messages in any 24 hours."""
        if daily_limit not in self._ledgers:
            self._ledgers[daily_limit] = open_dynamodb_ledger(
                self.surroundings.table, daily_limit=daily_limit, random=self.random
            )
        return self._ledgers[daily_limit]

    @cached_property
    def store(self) -> S3Store:
        return open_s3_store(self.surroundings.bucket)

    @cached_property
    def queues(self) -> Queues:
        return Queues(aws_client("sqs", purpose=_PURPOSE, attempts=_ATTEMPTS))

    @cached_property
    def bucket(self) -> Bucket:
        client = aws_client("s3", purpose=_PURPOSE, attempts=_ATTEMPTS)
        return Bucket(client, self.surroundings.bucket)

    def linked(self, campaign: CampaignId) -> Linked | None:
        """Return what is behind a campaign's links; read once, since it stays as it is."""
        if campaign not in self._linked and (found := self.bucket.linked(campaign)):
            _kept(self._linked, campaign, lambda: found)
        return self._linked.get(campaign)

    @cached_property
    def states(self) -> "SFNClient":
        client: SFNClient = aws_client("stepfunctions", purpose=_PURPOSE, attempts=_ATTEMPTS)
        return client

    def allows(self, delivery: DeliveryId) -> Tracking:
        """Return what may be recorded of the recipient of a delivery.

        The installation's choice, for whoever does not object and is not stopped altogether, as
        those are who were erased. Raises LedgerUnavailable.
        """
        allowed, ledger = self.surroundings.tracking, self.ledger()
        if allowed is Tracking.OFF:
            return Tracking.OFF
        found = ledger.delivery(delivery)
        is_there = found is not None and not ledger.suppressions([found.address], [TRACKING])
        return allowed if is_there else Tracking.OFF

    @cached_property
    def keyring(self) -> Keyring:
        client = aws_client("secretsmanager", purpose=_PURPOSE, attempts=_ATTEMPTS)
        told = client.get_secret_value(SecretId=self.surroundings.keys_secret)
        return read_keyring(told["SecretString"])

    @cached_property
    def links(self) -> PublicLinks:
        return PublicLinks(base_url=self.surroundings.public_url, keys=self.keyring.token_keys)

    @cached_property
    def seals(self) -> "Seals":
        # Imported here, as below: functions that do not need it start sooner.
        from pabal.feedback.seals import Seals

        masters = sorted(self.keyring.masters, reverse=True)
        return Seals(
            bounce_secrets=tuple(self.keyring.derive("bounce addresses", n) for n in masters),
            links=self.keyring.token_keys,
        )

    @property
    def policy(self) -> RetryPolicy:
        return RetryPolicy(waits=self.surroundings.waits)

    def package(self, campaign: CampaignId, digest: str) -> Package:
        """Read a package once, and keep it. Raises PackageMissing, PackageChanged."""
        return _kept(self._packages, digest, lambda: Package(self.store, campaign, digest))

    def renderer(self, package: Package) -> "Renderer":
        """Return what renders the mails of a package; kept too."""
        return _kept(self._renderers, package.manifest.digest, lambda: self._renderer(package))

    def _renderer(self, package: Package) -> "Renderer":
        from pabal.message.compiled import Compiled
        from pabal.message.render import Renderer
        from pabal.message.source import Limits

        return Renderer(
            Compiled.from_bytes(package.compiled()),
            package.manifest.plan,
            links=self.links,
            bounce_secret=self.keyring.derive("bounce addresses"),
            limits=Limits(mail_bytes=self.surroundings.max_mail_bytes),
        )


def _kept(kept: OrderedDict[str, T], name: str, make: Callable[[], T]) -> T:
    if name not in kept:
        kept[name] = make()
        if len(kept) > _CAMPAIGNS:
            kept.popitem(last=False)
    return kept[name]


@cache
def workshop() -> Workshop:
    """Return this process's workshop; the first call sets the log up."""
    configure_logging(as_json=True, level=logging.INFO)
    return workshop_of(os.environ)


def remote_of(stack: Stack) -> "Remote":
    """Return the pipeline for those outside it: console and commands."""
    from pabal.pipeline.aws.remote import Remote  # which functions do not need

    return Remote(stack, random.random)


def workshop_of(environment: Mapping[str, str]) -> Workshop:
    return Workshop(Surroundings(environment))
