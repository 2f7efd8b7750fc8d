"""`pabal subscriber`: what somebody may ask of their own data, to have it and to have it gone."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pabal.cli.command import command, open_workshop
from pabal.cli.errors import FileUnwritable, UnknownSubscriber
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.cli.tidying import make_tidying
from pabal.domain.address import parse_address
from pabal.pipeline.local.wiring import wall_clock

if TYPE_CHECKING:
    from pabal.console.audience.erasing import Traces

commands = click.Group()


@commands.group("subscriber", help=_("What is known of a person: give it to them, or erase it."))
def subscriber() -> None: ...


@command(subscriber, "erase", _("Erase a person everywhere; show what would go without --yes."))
@click.argument("address")
@click.option("--yes", is_flag=True, help=_("Erase. It cannot be undone."))
def erase(output: Output, address: str, yes: bool) -> None:
    workshop = open_workshop()
    from pabal.console.audience import erasing

    identity, aliases = parse_address(address).identity, workshop.aliases
    found = erasing.traces(identity, aliases)
    if found.are_none and not found.is_erased:
        raise UnknownSubscriber(address=identity)
    if yes:
        erasing.erase(identity, aliases, now=wall_clock())
        make_tidying(workshop).forget()
    _show_traces(output, found, yes)
    output.result({"address": identity, "erased": yes, **_traces_as_json(found)})


@command(subscriber, "export", _("Write everything that is known of a person, as JSON."))
@click.argument("address")
@click.option(
    "--out",
    type=click.Path(path_type=Path, allow_dash=True),
    required=True,
    help=_("File to write; - for the terminal."),
)
def export(output: Output, address: str, out: Path) -> None:
    open_workshop()
    from pabal.console.disclosing import exporting

    identity = parse_address(address).identity
    known = exporting.export(identity, now=wall_clock())
    if known is None:
        raise UnknownSubscriber(address=identity)
    text = json.dumps(known, ensure_ascii=False, indent=2)
    if str(out) == "-":
        click.echo(text)
        return
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise FileUnwritable(path=out, reason=error.strerror) from error
    output.say(_("Written to {path}.").format(path=out))
    output.result({"address": identity, "file": str(out)})


def _show_traces(output: Output, found: "Traces", is_erased: bool) -> None:
    if found.are_none:
        output.say(_("This address was erased before; nothing is left of it."))
        return
    output.table(
        ["", "#"],
        [
            (_("attributes"), found.attributes),
            (_("lists"), found.lists),
            (_("records of consent, which stay without what names the person"), found.consents),
            (_("notices"), found.notices),
            (_("deliveries, which stay without the address"), found.deliveries),
            (_("events, which stay without the address"), found.events),
        ],
    )
    if is_erased:
        output.say(_("Erased. A keyed hash of the address keeps it from being mailed again."))
        output.say(
            _("Packages of campaigns that are on their way follow when they have ended (worker).")
        )
    else:
        output.say(_("Nothing was erased; --yes does it. It cannot be undone."))


def _traces_as_json(found: "Traces") -> dict[str, object]:
    return {
        "subscriber": found.subscriber,
        "erased_before": found.is_erased,
        "attributes": found.attributes,
        "lists": found.lists,
        "consents": found.consents,
        "notices": found.notices,
        "deliveries": found.deliveries,
        "events": found.events,
    }
