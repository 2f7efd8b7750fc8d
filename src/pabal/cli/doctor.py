"""`pabal doctor`: tries what an installation needs, and says what to mend."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import click

from pabal.cli.cloud_looks import looks_at_stack
from pabal.cli.command import command
from pabal.cli.database import database_errors, require_database
from pabal.cli.domain_look import domain_states
from pabal.cli.language import _
from pabal.cli.measuring import MOST_KILOBYTES, MOST_MAILS, Wishes, measure_server
from pabal.cli.output import FAILED, Output
from pabal.cli.preflight import check_server
from pabal.configuration.settings import Settings, load_settings
from pabal.domain.errors import Explained, SettingsError
from pabal.domain.sending_account import SendingAccount
from pabal.pipeline.local.wiring import Workshop, wall_clock
from pabal.preflight.checks.ses import check_standing
from pabal.preflight.finding import Severity
from pabal.telemetry.access import is_loopback
from pabal.telemetry.metrics import PATH
from pabal.transport.smtp.measuring import MOST_CONNECTIONS

commands = click.Group()

_TOLERATED = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried. remedy: "" where all is well."""

    name: str
    well: bool
    found: str
    remedy: str = ""


@command(commands, "doctor", _("Try configuration, database, mail server and clock."))
@click.option("--smtp", is_flag=True, help=_("Measure the mail server, and propose settings."))
@click.option("--to", default="", help=_("With --smtp: your own address."))
@click.option("--from", "sender", default="", help=_("With --smtp: who it is from."))
@click.option(
    "--connections",
    type=click.IntRange(1, MOST_CONNECTIONS),
    help=_("With --smtp: try so many at once."),
)
@click.option(
    "--mails",
    type=click.IntRange(0, MOST_MAILS),
    default=0,
    help=_("With --smtp: send so many real mails to --to."),
)
@click.option(
    "--size",
    type=click.IntRange(1, MOST_KILOBYTES),
    default=100,
    show_default=True,
    help=_("Size of each of these mails in KB."),
)
@click.option("--yes", is_flag=True, help=_("Send the mails without asking."))
def doctor(output: Output, smtp: bool, **wishes: Any) -> None:
    if smtp:
        measure_server(output, Wishes(**wishes))
    elif any(wishes[name] for name in ("to", "sender", "connections", "mails", "yes")):
        raise click.UsageError(_("This option needs --smtp."))
    else:
        examine(output)


def examine(output: Output) -> None:
    """Try everything, and end with an exit status that is not 0 where something is wrong."""
    checks = list(_examine(Workshop(load_settings())))
    for check in checks:
        mark, style = ("✓", "green") if check.well else ("✗", "red")
        output.say(f"{mark} {check.name}: {check.found}", style=style)
        if check.remedy:
            output.say(f"  → {check.remedy}")
    well = all(check.well for check in checks)
    output.result(
        {
            "well": well,
            "checks": [
                {"name": c.name, "well": c.well, "found": c.found, "remedy": c.remedy}
                for c in checks
            ],
        }
    )
    if not well:
        raise SystemExit(FAILED)


def _examine(workshop: Workshop) -> Iterator[Check]:
    settings = workshop.settings
    yield Check(_("configuration"), True, str(settings.home.resolve()))
    yield _tried(_("keys"), lambda: _keys(workshop))
    yield _tried(_("database"), lambda: _database(workshop))
    yield _server(workshop)
    yield from _cloud(workshop)
    yield from _dkim(workshop)
    yield from _metrics(settings)
    yield from _domains(workshop)
    yield _clock()


def _tried(name: str, look: Callable[[], str]) -> Check:
    try:
        with database_errors():
            return Check(name, True, look())
    except Explained as error:
        return Check(name, False, error.explain(_), error.advise(_))


def _keys(workshop: Workshop) -> str:
    return _("{count} keys, the newest is number {newest}").format(
        count=len(workshop.keyring.masters), newest=workshop.keyring.newest
    )


def _database(workshop: Workshop) -> str:
    from pabal.console.config.start import setup

    setup()
    require_database()
    ledger = workshop.open_ledger()
    try:
        used = ledger.quota_used(now=workshop.clock())
    finally:
        ledger.close()
    return _("answers; {used} of {limit} mails sent in 24 hours").format(
        used=used, limit=workshop.settings.daily_limit
    )


def _server(workshop: Workshop) -> Check:
    if workshop.settings.transport == "ses":
        return _ses(workshop)
    name = _("mail server")
    found = check_server(workshop)
    if found:
        return Check(name, False, found[0].explain(_), found[0].advise(_))
    smtp = workshop.smtp()
    return Check(name, True, f"{smtp.host}:{smtp.port} {smtp.security.value}")


def _ses(workshop: Workshop) -> Check:
    name = "Amazon SES"
    try:
        account = workshop.account()
    except SettingsError as error:
        return Check(name, False, error.explain(_), error.advise(_))
    if account is None:
        return Check(name, True, "")
    trouble = next((each for each in check_standing(account)), None)
    if trouble is not None:
        return Check(name, False, trouble.explain(_), trouble.advise(_))
    return Check(name, True, _say_account(account))


def _say_account(account: SendingAccount) -> str:
    place = _("in the sandbox") if account.in_sandbox else _("in production")
    limit = _("any number") if account.per_day is None else f"{account.per_day:,}"
    return _("{place}; {rate} mails a second; {sent} of {limit} mails sent in 24 hours").format(
        place=place, rate=f"{account.per_second:g}", sent=f"{account.sent:,}", limit=limit
    )


def _cloud(workshop: Workshop) -> Iterator[Check]:
    """The parts of the pipeline on AWS, where there is one, and what waits to get there."""
    if workshop.settings.sends_on_aws or workshop.settings.is_stack_named:
        yield from (_tried(name, look) for name, look in looks_at_stack(workshop.settings))


def _dkim(workshop: Workshop) -> Iterator[Check]:
    """Show the record that belongs to the key, for every domain that mails are from."""
    if workshop.settings.dkim_key_file is None:
        return
    try:
        with database_errors():
            domains = _sender_domains()
    except Explained:
        return  # said above, of the database
    for domain in domains:
        yield _tried(f"DKIM {domain}", partial(_dkim_records, workshop, domain))


def _sender_domains() -> list[str]:
    """Those that have no keys of their own."""
    from pabal.console.campaigns.models import SenderIdentity
    from pabal.console.domains.adding import governing

    addresses = SenderIdentity.objects.values_list("address", flat=True)
    domains = {address.rpartition("@")[2] for address in addresses}
    return sorted(domain for domain in domains if governing(domain) is None)


def _dkim_records(workshop: Workshop, domain: str) -> str:
    signing = workshop.signing(domain)
    keys = signing.keys if signing else ()
    return _("publish {records}").format(
        records="; ".join(f'{key.dns_name} TXT "{key.dns_record}"' for key in keys)
    )


def _metrics(settings: Settings) -> Iterator[Check]:
    """Say where they are and who may read them."""
    readers = _("for readers on this machine")
    if settings.metrics_token:
        readers = _("for readers who know PABAL_METRICS_TOKEN")
    elif settings.base_url:
        readers = _("for nobody, since PABAL_BASE_URL is set and PABAL_METRICS_TOKEN is not")
    yield Check(_("metrics"), True, f"http://{settings.web_address}{PATH}, {readers}")
    if settings.metrics_address:
        yield _metrics_of_workers(settings)


def _metrics_of_workers(settings: Settings) -> Check:
    name, address = _("metrics of workers"), f"http://{settings.metrics_address}{PATH}"
    if settings.metrics_token or is_loopback(settings.metrics_address.rpartition(":")[0]):
        return Check(name, True, address)
    found = _("{address} refuses readers on other machines").format(address=address)
    return Check(name, False, found, _("Set PABAL_METRICS_TOKEN to let them read."))


def _domains(workshop: Workshop) -> Iterator[Check]:
    try:
        with database_errors():
            states = domain_states(workshop)
    except Explained:
        return  # said above, of the database
    for domain, worst in states:
        name = _("domain {domain}").format(domain=domain)
        found = worst.explain(_) if worst else _("mails pass DMARC")
        well = worst is None or worst.severity is not Severity.ERROR
        grave = worst is not None and worst.severity is not Severity.NOTE
        yield Check(name, well, found, worst.advise(_) if worst and grave else "")


def _clock() -> Check:
    """The database server's clock is the only other one at hand."""
    try:
        with database_errors():
            apart = _apart_from_database()
    except Explained:
        apart = None  # said above, of the database
    if apart is None:
        return Check(_("clock"), True, f"{wall_clock():%Y-%m-%d %H:%M:%S} UTC")
    remedy = "" if apart < _TOLERATED else _("Let both machines keep their time by NTP.")
    found = _("{seconds} s apart from the database's").format(seconds=round(apart.total_seconds()))
    return Check(_("clock"), apart < _TOLERATED, found, remedy)


def _apart_from_database() -> timedelta | None:
    from django.db import connection

    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        theirs: datetime = cursor.fetchone()[0]
    return abs(wall_clock() - theirs)
