"""Freeze a campaign and prove it: what commands, pages and workers do before the first mail."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from pabal.domain.errors import InputError, SettingsError
from pabal.domain.identity import CampaignId
from pabal.domain.sending_account import SendingAccount
from pabal.message.render import Renderer
from pabal.package.package import Package
from pabal.pipeline.local.wiring import Workshop
from pabal.pipeline.ports import CampaignSource
from pabal.pipeline.steps.prepare import Prepared, prepare
from pabal.preflight.checks.consent import check_grounds, check_left_out
from pabal.preflight.checks.delivery import server_trouble
from pabal.preflight.checks.experiment import check_experiment
from pabal.preflight.finding import Finding
from pabal.preflight.run import Preflight, run_preflight
from pabal.preflight.spam import check_spam, is_installed
from pabal.transport.smtp.probe import probe

_SES_TAKES = 40_000_000 * 3 // 4  # bytes of a mail, which go in base64. SES: quotas

LookAtSender = Callable[[str, str], Sequence[Finding]]


def freeze(workshop: Workshop, source: CampaignSource, campaign: CampaignId) -> Prepared:
    """Prepare a campaign as it is now. Raises what `prepare` does."""
    return prepare(
        campaign,
        source=source,
        store=workshop.store,
        limits=workshop.limits,
        now=workshop.clock(),
    )


def prove(
    workshop: Workshop,
    prepared: Prepared,
    *,
    look_at_sender: LookAtSender,
    progress: Callable[[int], None] = lambda done: None,
) -> Preflight:
    """Run every check over a campaign that was prepared.

    look_at_sender: asks whether receivers will believe mails from a domain with these
    bounces; it knows the console's sending domains.
    Raises what the package and its keys raise.
    """
    manifest = prepared.manifest
    package = workshop.package(manifest.plan.id, manifest.digest)
    trouble, server_limit, account = look_at_server(workshop)
    ledger = workshop.open_sending_ledger()
    try:
        terms = replace(workshop.terms(ledger, account), server_limit=server_limit)
    finally:
        ledger.close()
    renderer, *alternatives = workshop.renderers(package)
    sender = manifest.plan.sender
    return run_preflight(
        package,
        renderer,
        links=workshop.links,
        terms=terms,
        progress=progress,
        visit=workshop.check_addresses,
        further=[
            *trouble,
            *check_grounds(prepared.grounds, are_confirmed=workshop.settings.notices),
            *check_left_out({why.value: n for why, n in prepared.excluded.items()}),
            *look_at_sender(sender.domain, sender.bounce_domain),
            *check_experiment(manifest, is_on_aws=workshop.settings.sends_on_aws),
            *_weigh(workshop, package, renderer),
        ],
        alternatives=alternatives,
    )


def look_at_server(
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


def _weigh(workshop: Workshop, package: Package, renderer: Renderer) -> Iterable[Finding]:
    """Show a spam filter one mail, where there are both and the operator wants it."""
    if not (workshop.settings.check_spam and is_installed() and package.manifest.recipients):
        return ()
    try:
        mail = renderer.render(package.recipient(0), date=workshop.clock())
    except InputError:
        return ()  # said of every recipient whom it concerns
    return check_spam(b"".join(mail.buffers))
