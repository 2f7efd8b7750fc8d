"""`pabal consent`: what somebody agreed to, and whether the log of it is whole."""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
from rich.progress import Progress, TextColumn

from pabal.cli.command import command, open_workshop
from pabal.cli.errors import UnknownSubscriber
from pabal.cli.language import _
from pabal.cli.output import FAILED, Output
from pabal.domain.address import parse_address
from pabal.domain.consent import Basis, Break, BrokenLink, ConsentAction
from pabal.domain.suppression import EVERYTHING

if TYPE_CHECKING:
    from pabal.console.audience.showing import Shown
    from pabal.console.audience.verifying import Unrecorded, Verification

commands = click.Group()

_ACTIONS = {ConsentAction.GRANTED: _("granted"), ConsentAction.WITHDRAWN: _("withdrawn")}
_BASES = {Basis.CONSENT: _("consent"), Basis.TRANSACTION: _("transaction")}
_BREAKS = {
    Break.CHANGED: _("it was changed after it was written"),
    Break.MISPLACED: _("the record before it was taken away or put in"),
}


@commands.group("consent", help=_("Who agreed to what, and the proof of it."))
def consent() -> None: ...


@command(consent, "verify", _("Follow the log of consent and say whether it is whole."))
def verify(output: Output) -> None:
    open_workshop()
    from pabal.console.audience.verifying import verify_consents

    terminal = output.console.is_terminal and not output.as_json
    with Progress(
        TextColumn("{task.description} {task.completed:,.0f}"), transient=True, disable=not terminal
    ) as bar:
        task = bar.add_task(_("Reading records"), total=None)
        verification = verify_consents(lambda records: bar.update(task, completed=records))
    _tell(output, verification)
    output.result(_verification_as_json(verification))
    if not verification.is_whole:
        raise SystemExit(FAILED)


@command(consent, "show", _("Show everything that is known of an address's consent."))
@click.argument("address")
def show(output: Output, address: str) -> None:
    workshop = open_workshop()
    from pabal.console.audience.showing import dossier

    identity = parse_address(address).identity
    found = dossier(identity)
    if found is None:
        raise UnknownSubscriber(address=identity)
    zone = ZoneInfo(workshop.settings.time_zone)
    output.heading(_("{address}, subscriber {number}").format(
        address=found.subscriber.email, number=found.subscriber.pk
    ))  # fmt: skip
    for shown in found.records:
        output.say()
        output.table(["", ""], _facts(shown, zone))
    for each in found.memberships:
        output.say(
            _("List {name}: {status}").format(name=each.list.name, status=each.get_status_display())
        )
    output.result(
        {
            "address": identity,
            "subscriber": found.subscriber.pk,
            "records": [_record_as_json(shown) for shown in found.records],
            "lists": {each.list.name: each.status for each in found.memberships},
        }
    )


@command(consent, "overdue", _("Say whose consent should have been confirmed before it came here."))
@click.option("--tell", "decision", flag_value="tell", help=_("Send them the confirmation."))
@click.option(
    "--told", "decision", flag_value="told", help=_("Note that they were told elsewhere.")
)
def overdue(output: Output, decision: str | None) -> None:
    open_workshop()
    from pabal.console.audience.overdue import overdue_confirmations, owe_overdue, settle_overdue

    if decision == "tell":
        people = owe_overdue()
        output.say(_("{people} people are told by the next worker.").format(people=f"{people:,}"))
    elif decision == "told":
        people = settle_overdue()
        output.say(_("Noted for {people} people.").format(people=f"{people:,}"))
    else:
        people = overdue_confirmations().count()
        output.say(
            _("{people} people agreed more than two years before they came here.").format(
                people=f"{people:,}"
            )
        )
        if people:
            output.say(_("Were they told since? `--told` notes it, `--tell` tells them."))
    output.result({"people": people, "decision": decision})


def _tell(output: Output, found: "Verification") -> None:
    if found.broken is not None:
        output.say(_broken(found.broken), style="red")
        output.say(_("The {count} records before it fit.").format(count=f"{found.records - 1:,}"))
    elif found.unrecorded is not None:
        output.say(_unrecorded(found.unrecorded), style="red")
    else:
        output.say(
            _("{records} records of {chains} people: every one fits.").format(
                records=f"{found.records:,}", chains=f"{found.chains:,}"
            )
        )


def _broken(broken: BrokenLink) -> str:
    return _("Record {number}, of subscriber {subscriber}, does not fit: {why}").format(
        number=broken.link.number, subscriber=broken.link.subscriber, why=_BREAKS[broken.why]
    )


def _unrecorded(unrecorded: "Unrecorded") -> str:
    return _(
        "Subscriber {subscriber} and list {list}: the membership says what no record shows; "
        "records were taken away, or the membership was changed"
    ).format(subscriber=unrecorded.subscriber, list=unrecorded.list)


def _verification_as_json(found: "Verification") -> dict[str, object]:
    answer: dict[str, object] = {
        "whole": found.is_whole,
        "records": found.records,
        "people": found.chains,
    }
    if found.broken is not None:
        link = found.broken.link
        answer["broken"] = {
            "record": link.number,
            "subscriber": link.subscriber,
            "why": found.broken.why.value,
        }
    if found.unrecorded is not None:
        answer["unrecorded"] = {
            "subscriber": found.unrecorded.subscriber,
            "list": found.unrecorded.list,
        }
    return answer


def _facts(shown: "Shown", zone: ZoneInfo) -> list[tuple[str, str]]:
    record = shown.record
    facts = [
        (_("What"), _ACTIONS[record.action]),
        (_("About"), shown.about or (_("everything") if record.purpose == EVERYTHING else "")),
        (_("When"), f"{record.happened_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"),
        (_("Recorded"), f"{shown.recorded_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"),
        (_("How"), record.source),
        (_("Wording"), record.wording),
        (_("Asked from"), record.origin),
        (_("Record"), shown.digest),
    ]
    if record.action is ConsentAction.GRANTED:
        expiry = f"{shown.expires_at.astimezone(zone):%Y-%m-%d %H:%M}" if shown.expires_at else ""
        facts[2:2] = [
            (_("Basis"), _BASES[record.basis]),
            (_("Holds until"), expiry or _("it is withdrawn")),
        ]
    return [(name, text) for name, text in facts if text]


def _record_as_json(shown: "Shown") -> dict[str, object]:
    record = shown.record
    return {
        "action": record.action.value,
        "purpose": record.purpose,
        "about": shown.about,
        "basis": record.basis.value,
        "expires_at": shown.expires_at.isoformat() if shown.expires_at else None,
        "happened_at": record.happened_at.isoformat(),
        "recorded_at": shown.recorded_at.isoformat(),
        "source": record.source,
        "wording": record.wording,
        "origin": record.origin,
        "digest": shown.digest,
    }
