"""`pabal feedback`: read what comes back, serve it, or show what a mail is taken for."""

import asyncio
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pabal.cli.cloud import ledger_there
from pabal.cli.command import command, open_workshop
from pabal.cli.errors import AddressInUse, FileUnreadable, NoBounceMailbox, NotPaused
from pabal.cli.foreground import stop_on_signals, with_ledger
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.cli.words import EVENTS, REGARDS, SORTS, WEIGHTS, say_share
from pabal.configuration.settings import load_settings
from pabal.domain.address import parse_address
from pabal.domain.bouncing import weigh
from pabal.domain.event import FeedbackEvent, Proof
from pabal.domain.reputation import PROVIDER_LIMITS, Harm
from pabal.domain.suppression import EVERYTHING, Reason
from pabal.feedback.letter import Letter
from pabal.feedback.reading import read_letter
from pabal.feedback.roads.lmtp import LmtpServer
from pabal.feedback.roads.maildir import Maildir
from pabal.ledger.port import Ledger
from pabal.pipeline.local.wiring import Workshop, wall_clock
from pabal.pipeline.steps.feedback import Collected, Reader
from pabal.telemetry.log import configure_logging

if TYPE_CHECKING:
    from pabal.console.reports.rates import DayRate

commands = click.Group()


@commands.group("feedback", help=_("Bounces and complaints: what comes back."))
def feedback() -> None: ...


@command(feedback, "read", _("Visit the bounce mailbox once."))
@click.option("--from", "url", default="", help=_("Another mailbox than PABAL_BOUNCE_URL."))
def read(output: Output, url: str) -> None:
    workshop = open_workshop()
    place = url or workshop.settings.bounce_url
    if not place:
        raise NoBounceMailbox
    road, reader = workshop.road(place), _reader(workshop)
    collected = with_ledger(workshop, lambda ledger: reader.collect(road, ledger))
    output.table(["#", ""], _as_rows(collected))
    output.result(asdict(collected))


@command(feedback, "show", _("Show what a mail is taken for, and why. Changes nothing."))
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
def show(output: Output, path: Path) -> None:
    workshop = Workshop(load_settings())
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FileUnreadable(path=path, reason=str(error.strerror)) from error
    reading = read_letter(Letter(raw=raw, found_at=wall_clock()), workshop.seals)
    output.heading(_("Taken for: {sort}").format(sort=SORTS[reading.sort]))
    if reading.leaver is not None:
        output.table(["", ""], [(_("delivery"), reading.leaver)])
    for event in reading.events:
        output.table(["", ""], _facts(event))
    events = [_as_json(event) for event in reading.events]
    output.result({"sort": reading.sort.value, "events": events, "leaver": reading.leaver})


@command(
    feedback, "rates", _("Show bounces and complaints by day, as mailbox providers judge them.")
)
@click.option("--days", type=click.IntRange(1, 366), default=7, help=_("How many days to show."))
@click.option(
    "--by",
    "chosen",
    type=click.Choice(["sender", "recipient", "campaign"]),
    default="sender",
    help=_("Whose mails to put together: a sending domain's, a recipient domain's, a campaign's."),
)
def show_rates(output: Output, days: int, chosen: str) -> None:
    workshop = open_workshop()
    from pabal.console.reports.rates import By, rates

    since = wall_clock() - timedelta(days=days)
    least = workshop.settings.pause_mails
    by = By(chosen)
    there = ledger_there(workshop.settings)
    seen = with_ledger(
        workshop, lambda ledger: rates(ledger, by, since=since, least=least, there=there)
    )
    if there is not None and by is By.RECIPIENT:
        output.say(_("Without what AWS has sent, which is not counted by recipient domain."))
    whose = {By.SENDER: _("From"), By.RECIPIENT: _("To"), By.CAMPAIGN: _("campaign")}[by]
    titles = [_("Day"), whose, _("Sent") + "#", _("Bounced") + "#", _("Reported") + "#", ""]
    output.table(titles, [_rate_as_row(each) for each in seen])
    for title, harm in ((_("Bounced"), Harm.BOUNCES), (_("Reported"), Harm.COMPLAINTS)):
        limits = (f"{each.who} {say_share(each.share)}" for each in PROVIDER_LIMITS[harm])
        output.say(_("Limits of providers, {what}: {limits}").format(
            what=title, limits=", ".join(limits)
        ))  # fmt: skip
    name = "campaign" if by is By.CAMPAIGN else "domain"
    output.result([_rate_as_json(each, name) for each in seen])


@command(feedback, "resume", _("Mail an address again that was paused or bounced."))
@click.argument("address")
def resume(output: Output, address: str) -> None:
    identity = parse_address(address).identity
    open_workshop()
    from django.db import transaction

    from pabal.console.audience.suppressing import joined_ledger

    with transaction.atomic():  # as pages do it, so that AWS is told as well
        _lift(joined_ledger(), identity)
    output.say(
        _("{address} is mailed again; the next bounce counts as before.").format(address=identity)
    )
    output.result({"address": identity, "resumed": True})


def _lift(ledger: Ledger, identity: str) -> None:
    """Raises NotPaused: nothing that came back has stopped it, or the person did."""
    stop = ledger.suppressions([identity], [EVERYTHING]).get(identity)
    if stop is None or stop.reason not in (Reason.PAUSED, Reason.BOUNCE):
        raise NotPaused(address=identity)
    ledger.lift(identity, EVERYTHING)


@command(feedback, "serve", _("Take bounces from the mail server by LMTP, until stopped."))
@click.option("--lmtp", "address", required=True, help=_("Where to listen: host:port."))
def serve(output: Output, address: str) -> None:
    configure_logging(as_json=output.as_json)
    asyncio.run(_serve(output, open_workshop(), address))


async def _serve(output: Output, workshop: Workshop, address: str) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    try:
        server = LmtpServer(address, partial(_take, workshop))
        await server.start()
    except (OSError, ValueError, OverflowError) as error:
        raise AddressInUse(address=address, reason=str(error)) from error
    output.say(_("Listening for LMTP on {address}.").format(address=server.address))
    await stop.wait()
    await server.close()


def _take(workshop: Workshop, raw: bytes, recipient: str) -> None:
    """Apply a mail, or keep it durably for a person. Raises Unavailable."""
    reader = _reader(workshop)
    if not with_ledger(workshop, lambda ledger: reader.take(raw, recipient, ledger, Collected())):
        kept = Maildir(workshop.settings.home / "feedback")
        kept.deliver(raw, moment=wall_clock().timestamp())


def _reader(workshop: Workshop) -> Reader:
    from pabal.console.adapters import OrmAudience

    return workshop.reader(OrmAudience())


def _as_rows(collected: Collected) -> list[tuple[int, str]]:
    return [
        (collected.applied, _("applied and removed")),
        (collected.left, _("asked to leave the list; done and removed")),
        (collected.alarms, _("of them about us: reputation, policy or authentication")),
        (collected.unproven, _("bounces and complaints that prove no delivery of ours; kept")),
        (collected.automatic, _("automatic answers; kept")),
        (collected.other, _("for a person; kept")),
        (collected.refused, _("not read; kept")),
    ]


def _rate_as_row(rate: "DayRate") -> tuple[object, ...]:
    toll = rate.toll
    shares = (say_share(toll.bounce_share), say_share(toll.complaint_share))
    return (rate.day, rate.of or "–", f"{toll.sent:,}", *shares, REGARDS[rate.regard])


def _rate_as_json(rate: "DayRate", name: str) -> dict[str, object]:
    return {
        "day": rate.day.isoformat(),
        name: rate.of,
        **asdict(rate.toll),
        "bounce_share": rate.toll.bounce_share,
        "complaint_share": rate.toll.complaint_share,
        "regard": rate.regard.value,
    }


def _facts(event: FeedbackEvent) -> list[tuple[str, str]]:
    proofs = {
        Proof.SEALED: _("proved by our own seal"),
        Proof.NAMED: _("only named, which proves nothing"),
        Proof.NONE: _("none is named"),
    }
    reply = " ".join(filter(None, (str(event.reply.code or ""), event.reply.enhanced)))
    return [
        (_("what"), f"{EVENTS[event.kind]} {event.label}".strip()),
        (_("delivery"), f"{event.delivery or '–'} ({proofs[event.proof]})"),
        (_("address"), event.address or "–"),
        (_("reply"), f"{reply} {event.reply.text}".strip() or "–"),
        (_("when"), f"{event.at:%Y-%m-%d %H:%M:%S %Z}"),
        (_("means"), WEIGHTS[weigh(event)]),
    ]


def _as_json(event: FeedbackEvent) -> dict[str, object]:
    return {
        "id": event.id,
        "event": event.kind.value,
        "source": event.source.value,
        "label": event.label,
        "delivery": event.delivery,
        "proof": event.proof.value,
        "address": event.address,
        "code": event.reply.code,
        "enhanced": event.reply.enhanced,
        "text": event.reply.text,
        "at": event.at.isoformat(),
        "weight": weigh(event).value,
    }
