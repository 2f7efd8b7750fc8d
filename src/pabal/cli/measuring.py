"""`pabal doctor --smtp`: measure the mail server, and propose settings."""

import asyncio
from dataclasses import dataclass, replace

import click

from pabal.cli.command import open_workshop
from pabal.cli.database import database_errors
from pabal.cli.diagnosis import Diagnosis
from pabal.cli.errors import DatabaseUnavailable, NoSender, NotInitialised, NoTrialSender
from pabal.cli.language import _
from pabal.cli.lookup import find_sender
from pabal.cli.measured import diagnosis_as_json, show_diagnosis
from pabal.cli.output import FAILED, TRY_AGAIN, Output
from pabal.cli.trial_mail import trial_mails
from pabal.configuration.settings import load_settings
from pabal.domain.address import Address, parse_address
from pabal.domain.errors import Unavailable
from pabal.pipeline.local.wiring import Workshop, wall_clock
from pabal.transport.port import Envelope
from pabal.transport.smtp.measured import Measured, Plan
from pabal.transport.smtp.measuring import IMPATIENT, MOST_CONNECTIONS, measure
from pabal.transport.smtp.providers import provider_of
from pabal.transport.smtp.settings import SmtpSettings

MOST_MAILS = 100
MOST_KILOBYTES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line says. to, sender: "" where not. size: KB.

    connections: None for as many as the settings have.
    """

    to: str
    sender: str
    connections: int | None
    mails: int
    size: int
    yes: bool


def measure_server(output: Output, wishes: Wishes) -> None:
    """Measure, show, and end with an exit status that is not 0 where no mail could be sent."""
    if wishes.mails and not wishes.to:
        raise click.UsageError(_("--mails needs --to: an address of your own."))
    workshop = Workshop(load_settings())
    if workshop.settings.transport == "ses":
        raise click.UsageError(_("--smtp measures a mail server, and mails go to Amazon SES."))
    server = replace(workshop.smtp(), timeouts=IMPATIENT)
    plan = _plan(wishes, server)
    if plan.mails and not wishes.yes:
        _ask(output, wishes, server)
    measured = _measure(output, server, plan)
    diagnosis = Diagnosis.of(measured, plan, server=server, policy=workshop.policy)
    show_diagnosis(output, diagnosis)
    output.result(diagnosis_as_json(diagnosis))
    if diagnosis.trouble is not None and diagnosis.proposal is None:
        raise SystemExit(TRY_AGAIN if isinstance(diagnosis.trouble, Unavailable) else FAILED)


def _plan(wishes: Wishes, server: SmtpSettings) -> Plan:
    recipient = parse_address(wishes.to) if wishes.to else None
    sender = _sender(wishes.sender)
    size_bytes = wishes.size * 1000
    mails = trial_mails(
        wishes.mails,
        sender=sender,
        recipient=recipient or sender,
        size_bytes=size_bytes,
        now=wall_clock(),
    )
    return Plan(
        envelope=Envelope(
            sender=sender.wire,
            recipient=recipient.wire if recipient else "",
            needs_smtputf8=any(each and each.needs_smtputf8 for each in (sender, recipient)),
        ),
        size_bytes=size_bytes,
        connections=_connections(wishes.connections or server.connections, server),
        mails=mails,
    )


def _connections(wished: int, server: SmtpSettings) -> int:
    """A limit that is documented is not tried."""
    provider = provider_of(server.host)
    documented = provider.connections if provider else None
    return min(wished, documented or MOST_CONNECTIONS, MOST_CONNECTIONS)


def _sender(wished: str) -> Address:
    """Who campaigns are from, where nobody else is wished for. Raises NoTrialSender."""
    if wished:
        return parse_address(wished)
    try:
        with database_errors():
            open_workshop()
            return parse_address(find_sender(None).address)
    except (NoSender, NotInitialised, DatabaseUnavailable) as error:
        raise NoTrialSender from error


def _ask(output: Output, wishes: Wishes, server: SmtpSettings) -> None:
    """Let somebody agree to real mails; a program says so beforehand."""
    if output.as_json:
        raise click.UsageError(_("--json with --mails needs --yes."))
    click.confirm(
        _("Send {count} mails of {size} KB through {server} to {recipient}?").format(
            count=wishes.mails, size=wishes.size, server=server.server, recipient=wishes.to
        ),
        abort=True,
    )


def _measure(output: Output, server: SmtpSettings, plan: Plan) -> Measured:
    if output.as_json or not output.console.is_terminal:
        return asyncio.run(measure(server, plan))
    with output.console.status(_("Measuring {server}").format(server=server.server)):
        return asyncio.run(measure(server, plan))
