"""All checks over one prepared campaign, worst finding first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pabal.domain.links import PublicLinks
from pabal.domain.quota import Quota
from pabal.domain.rate import Rate
from pabal.message.render import Renderer
from pabal.package.package import Package
from pabal.preflight.checks.allowance import check_duration, check_quota, predicted_duration
from pabal.preflight.checks.content import check_law, check_sizes
from pabal.preflight.checks.delivery import check_public_url, check_recipients
from pabal.preflight.checks.personalisation import Sizes, prove_all
from pabal.preflight.finding import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the installation allows.

    connections: to the mail server at once.
    """

    quota: Quota
    rate: Rate | None
    connections: int


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


def run_preflight(
    package: Package,
    renderer: Renderer,
    *,
    links: PublicLinks,
    terms: Terms,
    progress: Callable[[int], None] = lambda done: None,
    further: Sequence[Finding] = (),
) -> Preflight:
    """Prove a package: render every recipient, then hold the results against the rules.

    further: what was found outside, such as a mail server that does not answer.

    Raises PackageMissing, PackageChanged, StoreUnavailable.
    """
    plan = package.manifest.plan
    recipients = package.manifest.recipients
    duration = predicted_duration(recipients, terms.rate, terms.connections)
    findings, sizes = prove_all(renderer.prove, package.recipients(), progress=progress)
    unsound = bool(findings)
    findings += further
    findings += check_recipients(recipients)
    findings += check_quota(recipients, terms.quota)
    findings += check_duration(duration)
    findings += check_public_url(links.base_url)
    findings += check_sizes(sizes)
    if recipients and not unsound:
        first = package.recipient(0)
        unsubscribe = links.unsubscribe(first.delivery(plan.id))
        findings += check_law(plan, renderer.plain(first), unsubscribe)
    return Preflight(
        findings=sorted(findings, key=lambda finding: -finding.severity),
        recipients=recipients,
        sizes=sizes,
        duration=duration,
        quota=terms.quota,
    )
