"""Settings into objects: the one place of the local pipeline that knows which parts exist."""

import asyncio
import os
import random
import secrets
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from urllib.parse import urlsplit

from pabal.configuration.errors import SettingsRefused
from pabal.configuration.keyring import Keyring, load_keyring
from pabal.configuration.settings import Settings
from pabal.domain.bouncing import BouncePolicy
from pabal.domain.identity import CampaignId
from pabal.domain.links import PublicLinks
from pabal.domain.quota import Quota
from pabal.domain.retry import RetryPolicy
from pabal.feedback.roads.place import road_to
from pabal.feedback.roads.port import Road
from pabal.feedback.seals import Seals
from pabal.ledger.port import Ledger
from pabal.ledger.sql.connect import open_ledger
from pabal.message.compiled import Compiled
from pabal.message.dkim import DkimKey, Signing, load_key
from pabal.message.render import Renderer
from pabal.message.source import Limits
from pabal.package.package import Package
from pabal.package.store import DirectoryStore
from pabal.pipeline.local.clock import SteadyClock
from pabal.pipeline.ports import Audience
from pabal.pipeline.steps.feedback import Reader
from pabal.preflight.run import Terms
from pabal.sending.attempt import Attempting
from pabal.sending.engine import Capacity, Engine
from pabal.sending.ledger_thread import LedgerThread
from pabal.sending.limiter import Limiter
from pabal.transport.port import Transport
from pabal.transport.smtp.settings import SmtpSettings, smtp_settings
from pabal.transport.smtp.transport import SmtpTransport

PIPELINE_DEPTH = 4  # attempts begun for each connection: one on the wire, the rest behind it


def wall_clock() -> datetime:
    return datetime.now(UTC)


def worker_name() -> str:
    """Name this process; never the same twice, so that a restart is not its predecessor."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


@dataclass(frozen=True)
class Workshop:
    """The parts of an installation, made when they are first asked for."""

    settings: Settings

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
    def store(self) -> DirectoryStore:
        return DirectoryStore(self.settings.home / "packages")

    @cached_property
    def policy(self) -> RetryPolicy:
        return RetryPolicy(waits=self.settings.waits)

    @property
    def bounce_policy(self) -> BouncePolicy:
        return BouncePolicy(
            soft=self.settings.soft_bounces,
            soft_span=timedelta(days=self.settings.soft_bounce_days),
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
                "maildir:///path",
            ) from error

    def reader(self, audience: Audience) -> Reader:
        return Reader(
            seals=self.seals,
            audience=audience,
            policy=self.bounce_policy,
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

    def terms(self, ledger: Ledger) -> Terms:
        used = ledger.quota_used(now=self.clock())
        return Terms(
            quota=Quota(limit=self.settings.daily_limit, used=used),
            rate=self.settings.pace,
            connections=self.settings.smtp_connections,
        )

    def package(self, campaign: CampaignId, digest: str) -> Package:
        return Package(self.store, campaign, digest)

    def renderer(self, package: Package) -> Renderer:
        return Renderer(
            Compiled.from_bytes(package.compiled()),
            package.manifest.plan,
            links=self.links,
            bounce_secret=self.keyring.derive("bounce addresses"),
            limits=self.limits,
            signing=self.signing(package.manifest.plan.sender.domain),
        )

    def signing(self, domain: str) -> Signing | None:
        """Return what signs the mails of a sender's domain; None where nothing does.

        Raises SettingsRefused: the key file cannot be read. DkimKeyRefused: it is no key
        for DKIM.
        """
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
            )
        except ValueError as error:
            raise SettingsRefused(
                name="PABAL_SMTP_URL",
                value=urlsplit(settings.mail_server).hostname or "…",
                reason=str(error),
                allowed="smtp://user:password@host:587, smtps://user:password@host:465",
            ) from error

    def transport(self) -> SmtpTransport:
        return SmtpTransport(self.smtp())

    def engine(
        self, package: Package, *, worker: str, ledger: LedgerThread, transport: Transport
    ) -> Engine:
        """Put together what sends one campaign."""
        renderer = self.renderer(package)
        clock = self.clock
        attempting = Attempting(
            transport=transport,
            render=lambda attempt: renderer.render(
                package.recipient(attempt.position), date=clock()
            ),
            policy=self.policy,
            now=clock,
            random=random.random,
        )
        return Engine(
            package.manifest.plan.id,
            worker=worker,
            ledger=ledger,
            attempting=attempting,
            capacity=Capacity(slots=self.settings.smtp_connections * PIPELINE_DEPTH),
            limiter=Limiter(ledger, self.settings.pace, now=clock),
        )


async def sleep_or_stop(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not longer than until `stop` is set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
