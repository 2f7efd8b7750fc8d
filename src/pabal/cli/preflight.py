"""Preparing a campaign and showing what preflight found."""

from dataclasses import asdict
from functools import partial

from rich.progress import Progress

from pabal.cli.domain_look import check_campaign_domain
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.cli.words import EXCLUSIONS, SEVERITIES, TRACKINGS, say_bytes, say_duration
from pabal.domain.grounds import Age
from pabal.domain.identity import CampaignId
from pabal.pipeline.local.proving import freeze, look_at_server, prove
from pabal.pipeline.local.wiring import Workshop
from pabal.pipeline.ports import CampaignSource
from pabal.pipeline.steps.prepare import Prepared
from pabal.preflight.finding import Finding, Severity
from pabal.preflight.run import Preflight

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def prepare_and_check(
    workshop: Workshop, source: CampaignSource, campaign: CampaignId, output: Output
) -> tuple[Prepared, Preflight]:
    """Freeze a campaign and prove it. Raises TemplateError and what the package raises."""
    prepared = freeze(workshop, source, campaign)
    with Progress(transient=True, disable=output.as_json or not output.console.is_terminal) as bar:
        task = bar.add_task(_("Rendering every mail"), total=prepared.manifest.recipients)
        checked = prove(
            workshop,
            prepared,
            look_at_sender=partial(check_campaign_domain, workshop),
            progress=lambda done: bar.update(task, completed=done),
        )
    return prepared, checked


def check_server(workshop: Workshop) -> list[Finding]:
    """Greet the mail server, so that a campaign does not start against a closed door."""
    return look_at_server(workshop)[0]


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
            (_("recorded of readers"), TRACKINGS[prepared.manifest.plan.tracking]),
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
        "tracking": prepared.manifest.plan.tracking.value,
        "recipients": checked.recipients,
        "excluded": {reason.value: n for reason, n in prepared.excluded.items()},
        "grounds": {
            "consent": {age.value: prepared.grounds.consents.get(age, 0) for age in Age},
            "transaction": prepared.grounds.transactions,
        },
        "sizes": asdict(checked.sizes) | {"mean": checked.sizes.mean},
        "predicted_seconds": checked.duration.total_seconds(),
        "quota": {"limit": checked.quota.limit, "remaining": checked.quota.remaining},
        "findings": [finding_as_json(finding) for finding in checked.findings],
    }


def finding_as_json(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "variant": finding.details.get("variant"),
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
    letter = finding.details.get("variant")
    of = _("Variant {letter}:").format(letter=letter) + " " if letter else ""
    output.say(f"{mark}: {of}{finding.explain(_)}{rule}", style=_STYLES[finding.severity])
    output.say(f"  → {finding.advise(_)}")
    if finding.rows:
        more = finding.count - len(finding.rows)
        rest = _(" and {count} more").format(count=f"{more:,}") if more > 0 else ""
        output.say("  " + ", ".join(finding.rows) + rest)
