"""Preparing a campaign and showing what preflight found."""

import asyncio
from collections.abc import Iterable
from dataclasses import asdict, replace

from rich.progress import Progress

from pabal.cli.domain_look import check_campaign_domain
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.cli.words import EXCLUSIONS, SEVERITIES, say_bytes, say_duration
from pabal.domain.errors import InputError, SettingsError
from pabal.domain.identity import CampaignId
from pabal.domain.sending_account import SendingAccount
from pabal.message.render import Renderer
from pabal.package.package import Package
from pabal.pipeline.local.wiring import Workshop
from pabal.pipeline.ports import CampaignSource
from pabal.pipeline.steps.prepare import Prepared, prepare
from pabal.preflight.checks.delivery import server_trouble
from pabal.preflight.finding import Finding, Severity
from pabal.preflight.run import Preflight, run_preflight
from pabal.preflight.spam import check_spam, is_installed
from pabal.transport.smtp.probe import probe

_SES_TAKES = 40_000_000 * 3 // 4  # bytes of a mail, which go in base64. SES: quotas
_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def prepare_and_check(
    workshop: Workshop, source: CampaignSource, campaign: CampaignId, output: Output
) -> tuple[Prepared, Preflight]:
    """Freeze a campaign and prove it. Raises TemplateError and what the package raises."""
    prepared = prepare(
        campaign,
        source=source,
        store=workshop.store,
        limits=workshop.limits,
        now=workshop.clock(),
    )
    package = workshop.package(campaign, prepared.manifest.digest)
    trouble, server_limit, account = _look_at_server(workshop)
    ledger = workshop.open_ledger()
    try:
        terms = replace(workshop.terms(ledger, account), server_limit=server_limit)
    finally:
        ledger.close()
    renderer = workshop.renderer(package)
    with Progress(transient=True, disable=output.as_json or not output.console.is_terminal) as bar:
        task = bar.add_task(_("Rendering every mail"), total=prepared.manifest.recipients)
        checked = run_preflight(
            package,
            renderer,
            links=workshop.links,
            terms=terms,
            progress=lambda done: bar.update(task, completed=done),
            visit=workshop.check_addresses,
            further=[
                *trouble,
                *check_sender(workshop, prepared),
                *_weigh(workshop, package, renderer),
            ],
        )
    return prepared, checked


def _weigh(workshop: Workshop, package: Package, renderer: Renderer) -> Iterable[Finding]:
    """Show a spam filter one mail, where there are both and the operator wants it."""
    if not (workshop.settings.check_spam and is_installed() and package.manifest.recipients):
        return ()
    try:
        mail = renderer.render(package.recipient(0), date=workshop.clock())
    except InputError:
        return ()  # said of every recipient whom it concerns
    return check_spam(b"".join(mail.buffers))


def check_sender(workshop: Workshop, prepared: Prepared) -> list[Finding]:
    """Look whether receivers will believe who the mails are from."""
    sender = prepared.manifest.plan.sender
    return check_campaign_domain(workshop, sender.domain, sender.bounce_domain)


def check_server(workshop: Workshop) -> list[Finding]:
    """Greet the mail server, so that a campaign does not start against a closed door."""
    return _look_at_server(workshop)[0]


def _look_at_server(
    workshop: Workshop,
) -> tuple[list[Finding], int | None, SendingAccount | None]:
    """Return what is wrong with the mail server, how many bytes it takes, our account there."""
    try:
        account = workshop.account()
        if account is not None:
            return [], _SES_TAKES, account
        facts = asyncio.run(probe(workshop.smtp()))
    except SettingsError as error:
        return [server_trouble(error)], None, None
    return [], facts.extensions.size_limit_bytes, None


def show_preflight(output: Output, prepared: Prepared, checked: Preflight) -> None:
    """Print what will be sent, who is left out, and every finding with its remedy."""
    sizes, quota = checked.sizes, checked.quota
    output.heading(_("Preflight"))
    output.table(
        ["", ""],
        [
            (_("recipients"), f"{checked.recipients:,}"),
            (_("excluded"), _say_excluded(prepared)),
            (
                _("size of a mail"),
                _("smallest {smallest}, mean {mean}, largest {largest}").format(
                    smallest=say_bytes(sizes.smallest),
                    mean=say_bytes(sizes.mean),
                    largest=say_bytes(sizes.largest),
                ),
            ),
            (_("missing values"), _say_missing(checked)),
            (
                _("predicted duration"),
                _("about {duration} of 5 minutes").format(duration=say_duration(checked.duration)),
            ),
            (
                _("quota"),
                _("{left} of {limit} left in 24 hours").format(
                    left=f"{quota.remaining:,}", limit=f"{quota.limit:,}"
                ),
            ),
        ],
    )
    for finding in checked.findings:
        show_finding(output, finding)
    if checked.passed:
        output.say(_("Nothing stands in the way."), style="green")


def preflight_as_json(prepared: Prepared, checked: Preflight) -> dict[str, object]:
    return {
        "passed": checked.passed,
        "digest": prepared.manifest.digest,
        "recipients": checked.recipients,
        "excluded": {reason.value: n for reason, n in prepared.excluded.items()},
        "sizes": asdict(checked.sizes) | {"mean": checked.sizes.mean},
        "predicted_seconds": checked.duration.total_seconds(),
        "quota": {"limit": checked.quota.limit, "remaining": checked.quota.remaining},
        "findings": [finding_as_json(finding) for finding in checked.findings],
    }


def finding_as_json(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "severity": finding.severity.name.lower(),
        "message": finding.explain(_),
        "remedy": finding.advise(_),
        "rule": finding.rule,
        "count": finding.count,
        "rows": finding.rows,
    }


def _say_excluded(prepared: Prepared) -> str:
    if not prepared.excluded:
        return "0"
    reasons = ", ".join(f"{EXCLUSIONS[reason]} {n:,}" for reason, n in prepared.excluded.items())
    few = sum(prepared.excluded.values()) <= 5
    who = "; ".join(f"{each.address} {each.detail}".strip() for each in prepared.examples)
    return f"{reasons} ({who})" if few else reasons


def _say_missing(checked: Preflight) -> str:
    missing = [finding for finding in checked.findings if finding.code == "missing-value"]
    if not missing:
        return _("none")
    return ", ".join(f"{finding.details['name']}: {finding.count:,}" for finding in missing)


def show_finding(output: Output, finding: Finding) -> None:
    mark = SEVERITIES[finding.severity]
    rule = f"  [{finding.rule}]" if finding.rule else ""
    output.say(f"{mark}: {finding.explain(_)}{rule}", style=_STYLES[finding.severity])
    output.say(f"  → {finding.advise(_)}")
    if finding.rows:
        more = finding.count - len(finding.rows)
        rest = _(" and {count} more").format(count=f"{more:,}") if more > 0 else ""
        output.say("  " + ", ".join(finding.rows) + rest)
