"""`pabal domain`: the domains that mails are from, their records and their keys."""

from typing import TYPE_CHECKING

import click
from rich.cells import cell_len, set_cell_size

from pabal.cli.command import command, open_workshop
from pabal.cli.domain_check import check_domains
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.pipeline.local.wiring import Workshop, wall_clock

if TYPE_CHECKING:
    from pabal.authentication.records import DnsRecord
    from pabal.console.domains.models import DkimKey, SendingDomain

commands = click.Group()
domain = click.Group("domain", help=_("Domains that mails are from: records, keys, checks."))
commands.add_command(domain)

_named = click.argument("name", metavar="DOMAIN")
_as_zone = click.option("--zone", is_flag=True, help=_("Print lines for a zone file, only."))


@command(domain, "add", _("Add a sending domain; make its keys; print the records to publish."))
@_named
@click.option(
    "--transport",
    type=click.Choice(["smtp", "ses"]),
    default="smtp",
    help=_("How its mails leave: by your mail server, or by Amazon SES."),
)
@click.option("--spf", default="", help=_("Who sends, as terms of SPF: ip4:192.0.2.1 include:…"))
@click.option("--bounce-domain", default="", help=_("Domain of the envelope sender."))
@click.option("--bounce-host", default="", help=_("Host that takes mail for the bounce domain."))
@click.option("--reports", default="", help=_("Address for DMARC's reports."))
@click.option("--selector", default="pabal", help=_("What the keys' selectors begin with."))
@click.option("--region", default="", help=_("SES: region, such as ap-northeast-2."))
@click.option("--token", "tokens", multiple=True, help=_("SES: each of the three DKIM tokens."))
@_as_zone
def add(
    output: Output,
    name: str,
    transport: str,
    spf: str,
    tokens: tuple[str, ...],
    zone: bool,
    **options: str,
) -> None:
    workshop = open_workshop()
    from pabal.console.campaigns.drafting import used_bounce_domain
    from pabal.console.domains.adding import Wanted, add_domain, checked_domain
    from pabal.console.domains.models import SendingDomain

    chosen = SendingDomain.Transport(transport)
    terms = tuple(spf.split())
    if not terms and chosen is SendingDomain.Transport.SMTP:
        terms = _likely_senders(workshop)
    options["bounce_domain"] = options["bounce_domain"] or used_bounce_domain(checked_domain(name))
    wanted = Wanted(name=name, transport=chosen, spf=terms, tokens=tokens, **options)
    added = add_domain(wanted, keyring=workshop.keyring, now=wall_clock())
    _show(output, added, zone)


@command(domain, "list", _("Show the sending domains."))
def list_domains(output: Output) -> None:
    open_workshop()
    from pabal.console.domains.models import SendingDomain

    rows = list(SendingDomain.objects.order_by("name"))
    output.table(
        [_("Domain"), _("Transport"), _("Bounces to"), _("Selectors")],
        [
            (row.name, row.get_transport_display(), row.bounce_domain, _selectors(row))
            for row in rows
        ],
    )
    output.result([_as_json(row) for row in rows])


@command(domain, "show", _("Print the records that a sending domain publishes, and its keys."))
@_named
@_as_zone
def show(output: Output, name: str, zone: bool) -> None:
    open_workshop()
    from pabal.console.domains.adding import find_domain

    _show(output, find_domain(name), zone)


@command(domain, "rotate", _("Make the next keys; repeated once they are published, use them."))
@_named
@click.option("--force", is_flag=True, help=_("Do not look whether they are published."))
def rotate(output: Output, name: str, force: bool) -> None:
    workshop = open_workshop()
    from pabal.console.domains.adding import find_domain
    from pabal.console.domains.errors import KeysElsewhere
    from pabal.console.domains.keys import State, change_over, in_state, make_pair

    found = find_domain(name)
    if found.tokens:
        raise KeysElsewhere(domain=found.name)
    made = list(in_state(found, State.NEXT))
    if not made:
        make_pair(found, State.NEXT, keyring=workshop.keyring, now=wall_clock())
        output.say(_("Publish the next keys' records. They do not sign yet."))
        _show(output, found)
        output.say(_("Then: `pabal domain rotate {domain}`").format(domain=found.name))
        return
    if not force:
        _require_published(workshop, found, made)
    change_over(found, now=wall_clock())
    output.say(_("The next keys sign from now on. Leave the old records in the DNS for a week."))
    _show(output, found)
    output.say(_("Then: `pabal domain retire {domain}`").format(domain=found.name))


@command(domain, "retire", _("Forget the keys that were replaced."))
@_named
@click.option("--now", "early", is_flag=True, help=_("Even within a week of their replacement."))
def retire(output: Output, name: str, early: bool) -> None:
    open_workshop()
    from pabal.console.domains.adding import find_domain
    from pabal.console.domains.keys import retire as retire_keys

    found = find_domain(name)
    names = retire_keys(found, now=wall_clock(), early=early)
    output.say(_("Take these out of the DNS, or publish “v=DKIM1; p=” there:"))
    for each in names:
        output.say(f"  {each}")
    output.result({"domain": found.name, "retired": names})


@command(domain, "remove", _("Forget a sending domain and its keys."))
@_named
@click.option("--force", is_flag=True, help=_("Even if senders use it."))
def remove(output: Output, name: str, force: bool) -> None:
    open_workshop()
    from pabal.console.campaigns.models import SenderIdentity
    from pabal.console.domains.adding import find_domain
    from pabal.console.domains.errors import DomainInUse

    found = find_domain(name)
    users = SenderIdentity.objects.filter(address__iendswith=f"@{found.name}")
    if users.exists() and not force:
        raise DomainInUse(domain=found.name, senders=", ".join(map(str, users)))
    found.delete()
    output.say(_("{domain} is removed.").format(domain=found.name))
    output.result({"domain": found.name, "removed": True})


@command(domain, "check", _("Look up what the DNS says, and explain what is wrong."))
@click.argument("name", metavar="[DOMAIN]", required=False)
def check(output: Output, name: str | None) -> None:
    check_domains(open_workshop(), name, output)


def _likely_senders(workshop: Workshop) -> tuple[str, ...]:
    from pabal.authentication.senders import likely_senders

    return likely_senders(workshop.mail_host, workshop.lookups())


def _require_published(workshop: Workshop, found: "SendingDomain", keys: "list[DkimKey]") -> None:
    from pabal.authentication.dkim import KeyState, look_for
    from pabal.console.domains.errors import KeysNotPublished

    lookups = workshop.lookups()
    seen = [look_for(key.expected, lookups) for key in keys]
    missing = [each.expected.name for each in seen if each.state is not KeyState.PUBLISHED]
    if missing:
        raise KeysNotPublished(domain=found.name, names=", ".join(missing))


def _show(output: Output, found: "SendingDomain", zone: bool = False) -> None:
    from pabal.console.domains.adding import records

    to_publish = records(found)
    output.result(_as_json(found))
    if zone:
        for record in to_publish:
            output.say(record.zone_line())
        return
    output.heading(_("Records of {domain}").format(domain=found.name))
    heading = (_("For"), _("Name"), _("Type"), _("Value"))
    rows = [(_purpose(each), each.name, each.kind, each.value) for each in to_publish]
    for line in _aligned([heading, *rows]):
        output.say(line)
    if not found.tokens:
        output.heading(_("Keys"))
        output.table(
            [_("Selector"), _("State"), _("Since")],
            [
                (key.selector, key.get_state_display(), f"{key.since:%Y-%m-%d %H:%M} UTC")
                for key in found.keys.all()
            ],
        )
    output.say(_("Then: `pabal domain check {domain}`").format(domain=found.name))


def _aligned(rows: list[tuple[str, str, str, str]]) -> list[str]:
    """A table whose last column is never cut: these values are copied."""
    widths = [max(cell_len(row[column]) for row in rows) for column in range(3)]
    return [
        "  ".join([*map(set_cell_size, row[:3], widths), row[3]])  # by columns, not characters
        for row in rows
    ]


def _purpose(record: "DnsRecord") -> str:
    from pabal.authentication.records import Purpose

    return {
        Purpose.DKIM: _("DKIM key"),
        Purpose.SPF: _("SPF: who sends"),
        Purpose.BOUNCES: _("way back for bounces"),
        Purpose.DMARC: _("DMARC: to begin with"),
        Purpose.REPORTS: _("leave for reports"),
    }[record.purpose]


def _selectors(found: "SendingDomain") -> str:
    if found.tokens:
        return _("kept by SES")
    return ", ".join(f"{key.selector} ({key.get_state_display()})" for key in found.keys.all())


def _as_json(found: "SendingDomain") -> dict[str, object]:
    from pabal.authentication.records import split_text
    from pabal.console.domains.adding import records

    return {
        "domain": found.name,
        "transport": found.transport,
        "spf": found.spf.split(),
        "bounce_domain": found.bounce_domain,
        "reports": found.reports,
        "keys": [
            {"selector": key.selector, "state": key.state, "since": key.since.isoformat()}
            for key in found.keys.all()
        ],
        "records": [
            {
                "purpose": each.purpose.value,
                "name": each.name,
                "type": each.kind,
                "value": each.value,
                "strings": split_text(each.value) if each.kind == "TXT" else [],
            }
            for each in records(found)
        ],
    }
