"""All checks over one prepared campaign, worst finding first."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pabal.domain.domain_rate import DomainRates
from pabal.domain.links import PublicLinks
from pabal.domain.quota import Quota
from pabal.domain.rate import Rate
from pabal.domain.recipient import Recipient
from pabal.domain.sending_account import SendingAccount, stricter_quota, stricter_rate
from pabal.message.render import Renderer
from pabal.package.package import Package
from pabal.preflight.checks.allowance import check_duration, check_quota, predicted_duration
from pabal.preflight.checks.clients import check_clients
from pabal.preflight.checks.delivery import check_public_url, check_recipients
from pabal.preflight.checks.law_kr import check_kind, check_label, check_sender_and_refusal
from pabal.preflight.checks.links import check_links, followable
from pabal.preflight.checks.looks import check_accessibility, check_images, check_text_part
from pabal.preflight.checks.pacing import Shares
from pabal.preflight.checks.personalisation import Sizes, prove_all
from pabal.preflight.checks.sample import Sample, take_sample
from pabal.preflight.checks.ses import check_account, check_sandbox
from pabal.preflight.checks.sizes import check_sizes
from pabal.preflight.checks.subject import check_subject
from pabal.preflight.checks.tracking import check_tracking
from pabal.preflight.checks.waves import Crowds, check_zones
from pabal.preflight.finding import Finding, Severity
from pabal.preflight.page import read_page
from pabal.preflight.variants import Variants


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the installation allows.

    connections: to the mail server at once. domain_rates: of domains that are paced.
    server_limit: bytes that the mail server takes (RFC 1870); None where it does not say.
    account: at the service that sends for us; None where none does.
    """

    quota: Quota
    rate: Rate | None
    connections: int
    domain_rates: DomainRates = field(default_factory=DomainRates)
    server_limit: int | None = None
    account: SendingAccount | None = None

    @property
    def allowed_rate(self) -> Rate | None:
        return stricter_rate(self.rate, self.account.rate if self.account else None)

    @property
    def allowed_quota(self) -> Quota:
        return stricter_quota(self.quota, self.account.quota if self.account else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What the checks found and measured."""

    findings: Sequence[Finding]
    recipients: int
    sizes: Sizes = field(default_factory=Sizes)
    duration: timedelta
    quota: Quota

    @property
    def passed(self) -> bool:
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


_OF_THE_CONTENT: tuple[Callable[[Sample], Iterator[Finding]], ...] = (
    check_label,
    check_kind,
    check_sender_and_refusal,
    check_subject,
    check_links,
    check_images,
    check_text_part,
    check_accessibility,
    check_clients,
)


def sample_of(
    package: Package, renderer: Renderer, links: PublicLinks, recipient: Recipient
) -> Sample:
    """Render a recipient's mail to look at what it says, with its links as written.

    Raises as `Renderer` does.
    """
    plan = package.manifest.plan
    mail = renderer.plain(recipient, as_written=True)
    return take_sample(plan, mail, links.unsubscribe(recipient.delivery(plan.id)))


def run_preflight(
    package: Package,
    renderer: Renderer,
    *,
    links: PublicLinks,
    terms: Terms,
    progress: Callable[[int], None] = lambda done: None,
    visit: Callable[[Sequence[str]], Iterable[Finding]] = lambda addresses: (),
    further: Sequence[Finding] = (),
    alternatives: Sequence[Renderer] = (),
) -> Preflight:
    """Prove a package: render every recipient, then hold the results against the rules.

    alternatives: what renders further variants, from 1.
    visit: sees whether addresses lead somewhere.
    further: what was found outside, such as a mail server that does not answer.

    Raises PackageMissing, PackageChanged, StoreUnavailable.
    """
    recipients = package.manifest.recipients
    shares = Shares(terms.domain_rates)
    crowds = Crowds(package.manifest.plan.local_time)
    passing = shares.counting(crowds.counting(package.recipients()))
    variants = Variants.of(package.manifest.plan, (renderer, *alternatives))
    findings, sizes = prove_all(variants.prove, passing, progress=progress)
    paced = shares.slowest
    at_once = crowds.largest(recipients)
    duration = predicted_duration(at_once, terms.allowed_rate, terms.connections, paced)
    findings += further
    findings += check_recipients(recipients)
    findings += check_quota(recipients, terms.quota)
    findings += _check_account(package, terms)
    findings += check_duration(duration, by_account=terms.allowed_rate != terms.rate, paced=paced)
    findings += check_zones(crowds)
    findings += check_public_url(links.base_url)
    findings += check_sizes(sizes, terms.server_limit)
    addresses: dict[str, None] = {}

    def read(renderer: Renderer, recipient: Recipient) -> Iterator[Finding]:
        sample = sample_of(package, renderer, links, recipient)
        addresses.update(dict.fromkeys(followable(sample)))
        for check in _OF_THE_CONTENT:
            yield from check(sample)
        yield from check_tracking(sample, read_page(renderer.plain(recipient).html))

    findings += variants.judged(read)
    findings += visit(tuple(addresses))
    return Preflight(
        findings=sorted(findings, key=lambda finding: -finding.severity),
        recipients=recipients,
        sizes=sizes,
        duration=duration,
        quota=terms.allowed_quota,
    )


def _check_account(package: Package, terms: Terms) -> Iterator[Finding]:
    account, manifest = terms.account, package.manifest
    if account is not None:
        yield from check_account(account, manifest.plan.sender.address, manifest.recipients)
        yield from check_sandbox(account, (each.address.wire for each in package.recipients()))
