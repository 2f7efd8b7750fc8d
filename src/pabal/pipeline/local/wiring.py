"""Settings into objects: the one place of the local pipeline that knows which parts exist."""

import asyncio
import logging
import os
import random
import secrets
import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pabal.configuration.errors import SettingsRefused
from pabal.configuration.keyring import Keyring, load_keyring
from pabal.configuration.settings import Settings
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.delivery import Attempt
from pabal.domain.erasure import Aliases
from pabal.domain.errors import SettingsError
from pabal.domain.identity import CampaignId
from pabal.domain.links import PublicLinks
from pabal.domain.quota import Quota
from pabal.domain.rate import Rate
from pabal.domain.reputation import Limits as ReputationLimits
from pabal.domain.retry import RetryPolicy
from pabal.domain.sending_account import SendingAccount, stricter_rate
from pabal.feedback.roads.choosing import road_to
from pabal.feedback.roads.port import Road
from pabal.feedback.seals import Seals
from pabal.ledger.port import Ledger
from pabal.ledger.sql.connect import open_ledger
from pabal.message.compiled import Compiled
from pabal.message.dkim import DkimKey, Signing, load_key
from pabal.message.render import Renderer, WireMessage
from pabal.message.source import Limits
from pabal.package.package import Package
from pabal.package.store import DirectoryStore, PackageStore
from pabal.pipeline.local.clock import SteadyClock
from pabal.pipeline.local.mails import Mails
from pabal.pipeline.ports import Audience, NoSigningKeys, SigningKeys
from pabal.pipeline.steps.feedback import Reader
from pabal.pipeline.steps.retention import Retention
from pabal.preflight.finding import Finding
from pabal.preflight.run import Terms
from pabal.sending.attempt import Attempting
from pabal.sending.engine import Capacity, Engine
from pabal.sending.ledger_thread import LedgerThread
from pabal.sending.limiter import Limiter
from pabal.sending.measures import Measures
from pabal.sending.queue import Queue
from pabal.sending.signatory import Signatory
from pabal.transport.port import Transport
from pabal.transport.ses.settings import SesSettings
from pabal.transport.ses.transport import SesTransport
from pabal.transport.smtp.settings import SmtpSettings, smtp_settings
from pabal.transport.smtp.transport import SmtpTransport

if TYPE_CHECKING:
    from pabal.authentication.lookups import Cache, Lookups
    from pabal.preflight.visiting import Visitor
    from pabal.transport.ses.identity import SesIdentity

_LOG = logging.getLogger("pabal.worker")

PIPELINE_DEPTH = 12  # attempts begun for each connection at most: on the wire, and behind it
_ON_WIRE = 2  # of each connection: one awaits its answer, and the next one's envelope is out


def wall_clock() -> datetime:
    return datetime.now(UTC)


def worker_name() -> str:
    """Name this process; never the same twice, so that a restart is not its predecessor."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


@dataclass(frozen=True)
class Workshop:
    """The parts of an installation, made when they are first asked for.

    keys: of its sending domains, kept by the console.
    """

    settings: Settings
    keys: SigningKeys = field(default_factory=NoSigningKeys)

    @cached_property
    def keyring(self) -> Keyring:
        return load_keyring(self.settings.home)

    @cached_property
    def clock(self) -> SteadyClock:
        return SteadyClock(wall_clock, time.monotonic)

    @cached_property
    def links(self) -> PublicLinks:
        return PublicLinks(base_url=self.settings.public_url, keys=self.keyring.token_keys)

    @cached_property
    def store(self) -> PackageStore:
        """Where packages are written: the stack's bucket where AWS sends from it.

        Raises StackNotNamed, SettingsRefused, MissingExtra, AwsRegionMissing.
        """
        if not self.settings.sends_on_aws:
            return DirectoryStore(self.settings.home / "packages")
        # Imported here, as below: who sends from hosts of their own need not have boto3.
        from pabal.package.s3 import open_s3_store

        stack = self.settings.stack()
        return open_s3_store(stack.bucket, region=stack.region)

    @cached_property
    def policy(self) -> RetryPolicy:
        return RetryPolicy(waits=self.settings.waits)

    @cached_property
    def _dns_cache(self) -> "Cache":
        from pabal.authentication.lookups import Cache

        return Cache()

    def lookups(self) -> "Lookups":
        """Begin to ask the DNS, with a budget of time; answers are shared with those before."""
        # Imported here: workers never ask.
        from pabal.authentication.lookups import Lookups

        servers = self.settings.name_servers
        return Lookups(servers, now=time.monotonic, cache=self._dns_cache)

    @property
    def bounce_policy(self) -> BouncePolicy:
        return BouncePolicy(
            soft=self.settings.soft_bounces,
            soft_span=timedelta(days=self.settings.soft_bounce_days),
        )

    @property
    def reputation_limits(self) -> ReputationLimits:
        return ReputationLimits(
            bounces=self.settings.pause_bounces / 100,
            complaints=self.settings.pause_complaints / 100,
            mails=self.settings.pause_mails,
        )

    @property
    def aliases(self) -> Aliases:
        """Read anew each time: somebody may be erased under a key that is younger than we are."""
        return load_keyring(self.settings.home).aliases

    @property
    def retention(self) -> Retention:
        settings = self.settings
        return Retention(
            packages=_days(settings.retain_packages),
            mails=_days(settings.retain_mails),
            replies=_days(settings.retain_replies),
        )

    @cached_property
    def seals(self) -> Seals:
        """What our own bounce addresses and links are known by, those of old keys included."""
        masters = sorted(self.keyring.masters, reverse=True)
        return Seals(
            bounce_secrets=tuple(self.keyring.derive("bounce addresses", n) for n in masters),
            links=self.keyring.token_keys,
        )

    def road(self, url: str) -> Road:
        """Return the road to a bounce mailbox. Raises SettingsRefused: it is no such URL."""
        try:
            return road_to(url, ca_file=self.settings.smtp_ca_file)
        except (ValueError, OSError) as error:
            raise SettingsRefused(
                name="PABAL_BOUNCE_URL",
                value="…",
                reason=str(error),
                allowed="imaps://user:password@host/INBOX, pop3s://user:password@host, "
                "maildir:///path, sqs://sqs.REGION.amazonaws.com/ACCOUNT/NAME",
            ) from error

    def reader(self, audience: Audience) -> Reader:
        return Reader(
            seals=self.seals,
            audience=audience,
            policy=self.bounce_policy,
            limits=self.reputation_limits,
            now=wall_clock,
        )

    @property
    def limits(self) -> Limits:
        return Limits(mail_bytes=self.settings.max_mail_bytes)

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.settings.lease_seconds)

    def open_ledger(self) -> Ledger:
        """Open a ledger for the thread that calls this."""
        return open_ledger(self.settings.database, daily_limit=self.settings.daily_limit)

    def open_sending_ledger(self) -> Ledger:
        """Open the ledger in which the next campaign's quota is counted, here or on AWS.

        Raises what `store` does.
        """
        if not self.settings.sends_on_aws:
            return self.open_ledger()
        from pabal.ledger.dynamodb.connect import open_dynamodb_ledger

        stack, limit = self.settings.stack(), self.settings.daily_limit
        return open_dynamodb_ledger(
            stack.table, daily_limit=limit, random=random.random, region=stack.region
        )

    def terms(self, ledger: Ledger, account: SendingAccount | None = None) -> Terms:
        used = ledger.quota_used(now=self.clock())
        return Terms(
            quota=Quota(limit=self.settings.daily_limit, used=used),
            rate=self.settings.pace,
            connections=self.settings.smtp_connections,
            domain_rates=self.settings.domain_paces,
            account=account,
        )

    def account(self, *, with_identities: bool = True) -> SendingAccount | None:
        """Ask SES what our account may send; None where mails go to a mail server. Blocks.

        Raises SesUnusable, AwsRegionMissing, MissingExtra.
        """
        if self.settings.transport != "ses":
            return None
        # Imported here: who sends by SMTP need not have boto3.
        from pabal.transport.ses.account import read_account

        return read_account(self.ses(), with_identities=with_identities)

    def ses_identity(self, domain: str) -> "SesIdentity | None":
        """Ask SES how it signs for a domain; None where it does not, or sends nothing. Blocks.

        Raises SesUnusable, AwsRegionMissing, MissingExtra.
        """
        if self.settings.transport != "ses":
            return None
        from pabal.transport.ses.identity import read_identity

        return read_identity(self.ses(), domain)

    def pace(self) -> Rate | None:
        """Return the rate of all mails: what is set, or what SES allows where that is less. Blocks.

        Where SES does not say, it throttles what is too fast, and the engine slows down.
        """
        try:
            account = self.account(with_identities=False)
        except SettingsError as error:
            _LOG.warning("%s", error)
            account = None
        return stricter_rate(self.settings.pace, account.rate if account else None)

    def check_addresses(self, addresses: Sequence[str]) -> Iterable[Finding]:
        """Visit the links of a mail, where the operator wants that."""
        return self._visitor.check(addresses) if self.settings.check_links else ()

    @cached_property
    def _visitor(self) -> "Visitor":
        # Imported here: only preflight needs an HTTP client.
        from pabal.preflight.visiting import Visitor

        return Visitor()

    def package(self, campaign: CampaignId, digest: str) -> Package:
        return Package(self.store, campaign, digest)

    def renderers(self, package: Package) -> Sequence[Renderer]:
        """Return what makes the mails of each variant. Raises what `renderer` does."""
        variants = range(len(package.manifest.templates))
        return [self.renderer(package, each) for each in variants]

    def renderer(self, package: Package, variant: int = 0) -> Renderer:
        """Blocks: reads the package, and the keys that sign. Raises what `signing` does."""
        return Renderer(
            Compiled.from_bytes(package.compiled(variant)),
            package.manifest.plan,
            links=self.links,
            bounce_secret=self.keyring.derive("bounce addresses"),
            limits=self.limits,
            reads_returns=self.settings.reads_returns,
            signing=self.signing(package.manifest.plan.sender.domain),
        )

    def signing(self, domain: str) -> Signing | None:
        """Return what signs the mails of a sender's domain; None where nothing does.

        The domain's own keys, or else the one of PABAL_DKIM_KEY_FILE. Blocks. SES signs by
        itself, and writes Date and Message-ID anew, which a signature of ours would cover.

        Raises SettingsRefused: the key file cannot be read. DkimKeyRefused: it is no key
        for DKIM. SealBroken, Unavailable: the domain's keys cannot be had.
        """
        if self.settings.transport == "ses":
            return None
        kept = self.keys.keys(domain)
        if kept:
            return Signing(keys=tuple(kept))
        path = self.settings.dkim_key_file
        if path is None:
            return None
        try:
            key = load_key(path.read_bytes())
        except OSError as error:
            raise SettingsRefused(
                name="PABAL_DKIM_KEY_FILE",
                value=str(path),
                reason=str(error.strerror),
                allowed="a PEM file that Pabal may read",
            ) from error
        selector = self.settings.dkim_selector
        return Signing(keys=(DkimKey(domain=domain, selector=selector, private_key=key),))

    def smtp(self) -> SmtpSettings:
        """Raises SettingsRefused: PABAL_SMTP_URL or PABAL_SMTP_CA_FILE cannot be used."""
        settings = self.settings
        try:
            return smtp_settings(
                settings.mail_server,
                connections=settings.smtp_connections,
                ca_file=settings.smtp_ca_file,
                patience=settings.smtp_patience,
            )
        except ValueError as error:
            raise SettingsRefused(
                name="PABAL_SMTP_URL",
                value=urlsplit(settings.mail_server).hostname or "…",
                reason=str(error),
                allowed="smtp://user:password@host:587, smtps://user:password@host:465",
            ) from error

    def ses(self) -> SesSettings:
        return SesSettings(
            region=self.settings.aws_region,
            configuration_set=self.settings.ses_configuration_set,
            calls=self.settings.smtp_connections,
        )

    @property
    def mail_host(self) -> str:
        """The host that takes our mails. Raises SettingsRefused."""
        if self.settings.transport == "ses":
            return f"email.{self.settings.aws_region or 'REGION'}.amazonaws.com"
        return self.smtp().host

    def transport(self) -> SmtpTransport | SesTransport:
        if self.settings.transport == "ses":
            return SesTransport(self.ses())
        return SmtpTransport(self.smtp())

    @cached_property
    def _signatory(self) -> Signatory:
        return Signatory(_cores())

    def measures(self, worker: str) -> Measures:
        return Measures(worker, seconds=time.perf_counter)

    def engine(
        self,
        package: Package,
        mails: Mails,
        *,
        worker: str,
        ledger: LedgerThread,
        transport: Transport,
        measures: Measures,
        pace: Rate | None,
    ) -> Engine:
        """Put together what sends one campaign. pace: of all mails; None for any."""
        clock, connections = self.clock, self.settings.smtp_connections

        async def render(attempt: Attempt) -> WireMessage:
            recipient = package.recipient(attempt.position)
            renderer = await mails.renderer(recipient)
            return await self._signatory.sign(renderer.compose(recipient, date=clock()))

        attempting = Attempting(
            transport=transport,
            render=render,
            policy=self.policy,
            now=clock,
            random=random.random,
            measures=measures,
        )
        return Engine(
            package.manifest.plan.id,
            worker=worker,
            ledger=ledger,
            attempting=attempting,
            capacity=Capacity(slots=connections * PIPELINE_DEPTH, least=connections * _ON_WIRE),
            limiter=Limiter(ledger, pace, now=clock),
            queue=Queue(
                self.settings.domain_paces,
                lambda each: Limiter(ledger, each.rate, now=clock, name=each.name),
            ),
        )


def _days(count: int) -> timedelta | None:
    """0 stands for ever."""
    return timedelta(days=count) if count else None


def _cores() -> int:
    """How many this process may use, which may be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


async def sleep_or_stop(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not longer than until `stop` is set."""
    try:
        # Not wait_for, which takes no cancelling in the moment of the stop (Python 3.11).
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
