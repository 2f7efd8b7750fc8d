"""`pabal demo`: 200 customers, personalised, 100 KB each; a few fail, two come back."""

import csv
import os
import shutil
import socket
import sys
from importlib.resources import as_file, files
from pathlib import Path
from urllib.parse import quote

import click
import uvloop

from pabal.cli.campaign import conclude, send_here, start_campaign
from pabal.cli.command import command
from pabal.cli.demo.returning import BOX, show_what_comes_back
from pabal.cli.demo.shop import SENDER
from pabal.cli.errors import DemoWouldOverwrite
from pabal.cli.importing import import_bundled, show_import
from pabal.cli.installation import initialise
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.cli.serve import (
    announce,
    make_worker,
    pages_beside,
    run_until_stopped,
    running_mailbox_of,
)
from pabal.configuration.settings import Settings, load_settings
from pabal.domain.campaign import Kind
from pabal.message.source import Markup, Source
from pabal.pipeline.local.wiring import Workshop, wall_clock
from pabal.transport.mailbox.script import Failure, FailureScript

commands = click.Group()

_OURS = files("pabal.cli.demo")
_MARK = ".demo"
_WAITS = "1,2,4"  # seconds; 15, 45 and 120 are for real servers
_SUBJECT = (
    "{% if language == 'en' %}{{ name }}, {{ discount }}% off one more warm layer"
    "{% else %}{{ name }}님, {{ discount }}% 쿠폰과 함께 한 겹 더 따뜻하게{% endif %}"
)
_BUSY = "451 4.3.0 try again later"
_NO_SUCH_USER = "550 5.1.1 no such user"


@command(commands, "demo", _("Send a personalised mailing to 200 customers, and look at it."))
@click.option("--serve/--no-serve", default=None, help=_("Keep the pages open afterwards."))
def demo(output: Output, serve: bool | None) -> None:
    workshop = _fresh_workshop()
    output.say(
        _("Retries wait {waits} s here; by default they wait 15, 45 and 120 s.").format(
            waits=_WAITS.replace(",", ", ")
        )
    )
    initialise(workshop)
    campaign, addresses = _make_campaign(output), _addresses()
    with running_mailbox_of(workshop, _failures()):
        start_campaign(workshop, campaign, output)
        send_here(workshop, campaign, output)
        show_what_comes_back(
            output, workshop, campaign, bounces=addresses[20], complains=addresses[120]
        )
        conclude(workshop, campaign, output)
        if serve is None:
            serve = sys.stdin.isatty() and sys.stdout.isatty()
        if serve:
            _keep_open(output, workshop, campaign)


def _fresh_workshop() -> Workshop:
    """Settings of its own: whatever `.env` says, the demo mails nobody and touches nothing else."""
    home = load_settings().home
    if home.exists() and any(home.iterdir()) and not (home / _MARK).exists():
        raise DemoWouldOverwrite(home=home)
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (home / _MARK).touch()
    mailbox = f"127.0.0.1:{_free_port(8026)}"
    os.environ |= {
        "PABAL_HOME": str(home),
        "PABAL_DATABASE_URL": f"sqlite:///{home / 'pabal.sqlite3'}",
        "PABAL_SMTP_URL": f"smtp://{mailbox}?tls=none",
        "PABAL_MAILBOX_ADDRESS": mailbox,
        "PABAL_WEB_ADDRESS": f"127.0.0.1:{_free_port(8025)}",
        "PABAL_BOUNCE_URL": f"maildir://{quote(str(home.resolve() / BOX))}",
        "PABAL_RETRY_WAITS": _WAITS,
        "PABAL_DAILY_LIMIT": str(Settings.model_fields["daily_limit"].default),
    }
    return Workshop(load_settings())


def _make_campaign(output: Output) -> str:
    from pabal.console.campaigns.drafting import (
        add_list,
        add_sender_identity,
        add_topic,
        create_campaign,
    )

    now = wall_clock()
    sender = add_sender_identity(SENDER)
    audience = add_list("단골 고객", "신상품과 쿠폰을 먼저 알려 드립니다.", now=now)
    add_topic("신상품", "새로 들어온 옷을 가장 먼저 알려 드립니다.")
    coupons = add_topic("쿠폰과 할인", "회원 등급에 따른 쿠폰과 할인 소식입니다.")
    with as_file(_OURS / "customers.csv") as customers:
        show_import(output, import_bundled(customers, audience, "광고성 정보 수신동의"))
    made = create_campaign(
        name="가을 감사 쿠폰",
        kind=Kind.ADVERTISING,
        source=Source(
            subject=_SUBJECT,
            body=(_OURS / "promotion.mjml").read_text(encoding="utf-8"),
            markup=Markup.MJML,
        ),
        sender=sender,
        audience=audience,
        topic=coupons,
        now=now,
    )
    return made.pk


def _failures() -> FailureScript:
    """A few customers' servers are busy once or twice, one always, and one knows nobody."""
    addresses = _addresses()
    replies = {addresses[n]: Failure(replies=(_BUSY,)) for n in (11, 47, 101)}
    replies |= {addresses[n]: Failure(replies=(_BUSY, _BUSY)) for n in (63, 150)}
    replies[addresses[88]] = Failure(replies=(_BUSY,), always=True)
    replies[addresses[177]] = Failure(replies=(_NO_SUCH_USER,), always=True)
    return FailureScript(by_recipient=replies)


def _addresses() -> list[str]:
    text = (_OURS / "customers.csv").read_text(encoding="utf-8-sig")
    return [row["email"] for row in csv.DictReader(text.splitlines())]


def _keep_open(output: Output, workshop: Workshop, campaign: str) -> None:
    worker = make_worker(workshop)
    with pages_beside(worker, workshop) as web:
        announce(output, workshop)
        output.say(_("Unsubscribe somebody in the mailbox; the next campaign skips them:"))
        for arguments in (f"campaign copy {campaign}", "campaign send ID"):
            output.say(f"  {_environment(workshop)}{_program()} {arguments}")
        uvloop.run(run_until_stopped(worker, web))


def _environment(workshop: Workshop) -> str:
    """What another terminal has to set to work on the demo."""
    settings = workshop.settings
    words = [f"PABAL_HOME={settings.home}"]
    if settings.mailbox_address != Settings.model_fields["mailbox_address"].default:
        words.append(f"PABAL_MAILBOX_ADDRESS={settings.mailbox_address}")
    return " ".join(words) + " "


def _program() -> str:
    path = Path(sys.argv[0])
    return os.path.relpath(path) if path.name == "pabal" else "pabal"


def _free_port(wanted: int) -> int:
    """Return the wanted port, or any free one where somebody else has it."""
    for port in (wanted, 0):
        with socket.socket() as trial:
            # As servers do: a connection of yesterday does not keep the port.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(trial.getsockname()[1])
    raise AssertionError("no port is free on loopback")
