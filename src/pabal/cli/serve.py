"""`pabal serve`, `worker`, `mailbox`, `sign-in`: what keeps running."""

import asyncio
import logging
import os
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import click
import uvloop

from pabal.cli.cloud import make_exchange
from pabal.cli.command import command, open_workshop
from pabal.cli.database import database_errors
from pabal.cli.domain_look import check_campaign_domain
from pabal.cli.errors import DatabaseUnavailable, FileUnreadable
from pabal.cli.foreground import stop_on_signals
from pabal.cli.installation import initialise_where_nothing_is
from pabal.cli.language import _
from pabal.cli.output import FAILED, Output
from pabal.cli.tidying import make_tidying
from pabal.cli.watching import shown_at_its_address, shown_through_the_pages
from pabal.configuration.settings import load_settings
from pabal.pipeline.local.checking import Checking
from pabal.pipeline.local.importing import Importing
from pabal.pipeline.local.noticing import Noticing
from pabal.pipeline.local.repeating import Repeating
from pabal.pipeline.local.rounds import Rounds
from pabal.pipeline.local.tidying import Tidying
from pabal.pipeline.local.wiring import Workshop, sleep_or_stop, wall_clock
from pabal.pipeline.local.worker import Worker
from pabal.telemetry.log import configure_logging
from pabal.transport.mailbox.script import FailureScript, read_script
from pabal.transport.mailbox.server import MailboxServer, running_mailbox
from pabal.transport.mailbox.store import MailboxStore

commands = click.Group()

Beside = Rounds | Noticing | Checking | Tidying | Importing | Repeating

_LOG = logging.getLogger("pabal.serve")
_UNTIL_NEXT_TRY = 2.0  # seconds


@command(commands, "serve", _("Run everything in one: pages, sending and, if unset, the mailbox."))
@click.option("--no-worker", is_flag=True, help=_("Only the pages; workers run elsewhere."))
def serve(output: Output, no_worker: bool) -> None:
    configure_logging(as_json=output.as_json)
    initialise_where_nothing_is(output, Workshop(load_settings()))
    workshop = _open_patiently()
    worker = None if no_worker else make_worker(workshop)
    with built_in_mailbox(workshop), pages_beside(worker, workshop) as web:
        announce(output, workshop)
        beside = make_rounds(workshop, worker) if worker else []
        uvloop.run(run_until_stopped(worker, web, beside))


@command(commands, "worker", _("Send due campaigns until stopped."))
def worker(output: Output) -> None:
    configure_logging(as_json=output.as_json)
    workshop = _open_patiently()
    worker = make_worker(workshop)
    beside = make_rounds(workshop, worker)
    with shown_at_its_address(worker, workshop.settings):
        uvloop.run(run_until_stopped(worker, None, beside))


@command(commands, "mailbox", _("Run the built-in mailbox alone: it keeps what it gets."))
@click.option(
    "--script",
    type=click.Path(exists=True, path_type=Path),
    help=_("Failures to answer with, as JSON, for trials."),
)
def mailbox(output: Output, script: Path | None) -> None:
    workshop = Workshop(load_settings())
    with running_mailbox_of(workshop, _read_script(script)) as server:
        output.say(_("The mailbox listens on {address}.").format(address=server.address))
        asyncio.run(run_until_stopped(None, None))


@command(commands, "sign-in", _("Print a link that signs you in to the pages, once."))
def sign_in(output: Output) -> None:
    link = sign_in_url(open_workshop())
    output.say(link)
    output.result({"url": link})


def _open_patiently() -> Workshop:
    """Wait for a database that is not there yet: both may have been started by one power switch.

    Raises SettingsRefused, NotInitialised.
    """
    while True:
        try:
            with database_errors():
                return open_workshop()
        except DatabaseUnavailable as error:
            _LOG.error("%s", error.explain(_))
        time.sleep(_UNTIL_NEXT_TRY)


def make_worker(workshop: Workshop) -> Worker:
    from pabal.console.adapters import OrmCampaignSource

    return Worker(workshop, OrmCampaignSource())


def make_rounds(workshop: Workshop, worker: Worker) -> list[Beside]:
    """Return what works beside the sending: checks, imports, notices, tidying, bounces if any.

    Raises SettingsRefused: PABAL_BOUNCE_URL cannot be used. StackNotNamed.
    """
    from pabal.console.adapters import OrmAudience, OrmImports

    settings = workshop.settings
    always: list[Beside] = [
        make_checking(workshop),
        Importing(workshop, OrmImports(settings.home)),
        make_noticing(workshop),
        make_tidying(workshop),
        *make_exchange(workshop),
    ]
    if not settings.bounce_url:
        return always
    rounds = Rounds(
        workshop.road(settings.bounce_url),
        workshop.reader(OrmAudience()),
        workshop.open_ledger,
        interval=timedelta(seconds=settings.bounce_seconds),
        measures=worker.measures,
    )
    return [*always, rounds]


def make_checking(workshop: Workshop) -> Checking:
    """Return what does the checks that are asked for in the pages."""
    from pabal.console.adapters import OrmCampaignSource, OrmChecks

    look = partial(check_campaign_domain, workshop)
    return Checking(workshop, OrmChecks(), OrmCampaignSource(), look_at_sender=look)


def make_noticing(workshop: Workshop) -> Noticing:
    """Return what puts the notices about consent on their way."""
    from pabal.console.adapters import OrmCampaignSource, OrmNotices

    return Noticing(workshop, OrmNotices(), OrmCampaignSource())


def sign_in_url(workshop: Workshop) -> str:
    """Make a one-time link for the owner, for the address on which the pages are served."""
    from pabal.console.accounts.models import Role, User
    from pabal.console.accounts.signing_in import sign_in_link

    owner = User.objects.filter(role=Role.OWNER, is_active=True).earliest("pk")
    return f"http://{workshop.settings.web_address}{sign_in_link(owner, wall_clock())}"


def announce(output: Output, workshop: Workshop) -> None:
    output.say()
    output.say(_("Pabal runs at http://{address}").format(address=workshop.settings.web_address))
    output.say(_("Sign in, once, within ten minutes: {url}").format(url=sign_in_url(workshop)))
    output.say(_("Ctrl-C ends it."))


@contextmanager
def built_in_mailbox(workshop: Workshop) -> Generator[None]:
    """Run the built-in mailbox, unless another mail server is set."""
    if workshop.settings.smtp_url or workshop.settings.transport == "ses":
        yield
        return
    with running_mailbox_of(workshop, FailureScript()):
        yield


@contextmanager
def running_mailbox_of(workshop: Workshop, failures: FailureScript) -> Generator[MailboxServer]:
    """Run the installation's mailbox in a thread. Raises MailboxAddressRefused."""
    settings = workshop.settings
    store = MailboxStore(settings.home / "mailbox")
    with running_mailbox(
        store, now=wall_clock, address=settings.mailbox_address, script=failures
    ) as server:
        yield server


def _read_script(path: Path | None) -> FailureScript:
    if path is None:
        return FailureScript()
    try:
        return read_script(path)
    except (OSError, ValueError) as error:
        raise FileUnreadable(path=path, reason=str(error)) from error


@contextmanager
def pages_beside(worker: Worker | None, workshop: Workshop) -> Generator["subprocess.Popen[bytes]"]:
    """Run the pages, which also show what the worker beside them counts."""
    with (
        shown_through_the_pages(worker) as handed_over,
        web_server(workshop, handed_over) as web,
    ):
        yield web


@contextmanager
def web_server(
    workshop: Workshop, handed_over: Mapping[str, str]
) -> Generator["subprocess.Popen[bytes]"]:
    """Run the pages in a process of their own (cli/web.py); ends it on leaving."""
    host, _colon, port = workshop.settings.web_address.rpartition(":")
    arguments = [sys.executable, "-m", "pabal.cli.web", host, port, str(os.getpid())]
    environment = os.environ | handed_over
    process = subprocess.Popen(arguments, env=environment)  # noqa: S603 -- our own interpreter
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


async def run_until_stopped(
    worker: Worker | None,
    web: "subprocess.Popen[bytes] | None",
    beside: Sequence[Beside] = (),
) -> None:
    """Work until a signal comes, or the pages' process ends by itself."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    working = asyncio.create_task(worker.run(stop)) if worker else None
    others = [asyncio.create_task(each.run(stop)) for each in beside]
    while not stop.is_set() and not (working and working.done()):
        await sleep_or_stop(stop, 0.5)
        if web is not None and web.poll() is not None:
            stop.set()
    stop.set()
    await asyncio.gather(*others)
    if working is not None:
        await working
    if web is not None and web.poll():
        raise SystemExit(FAILED)
