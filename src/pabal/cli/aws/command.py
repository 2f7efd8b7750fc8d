"""`pabal aws`: build, deploy, look at and mend the pipeline on AWS."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from pabal.cli.command import command, open_workshop
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.configuration.keyring import load_keyring
from pabal.configuration.settings import load_settings

commands = click.Group()
aws = click.Group("aws", help=_("The pipeline on AWS: build, deploy, look, mend."))
commands.add_command(aws)

_stack = click.option(
    "--stack", default="pabal", show_default=True, help=_("Name of the stack in CloudFormation.")
)
_QUEUES = {"send": "SendQueue", "feedback": "FeedbackQueue", "returns": "ReturnsQueue"}
_MEGA = 1e6


@command(aws, "build", _("Pack the functions' code for Lambda, and say how large it is."))
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help=_("Directory to fill instead of an archive; `sam build` asks for it."),
)
def build(output: Output, into: Path | None) -> None:
    from pabal.cli.aws.building import fill

    if into is not None:
        into.mkdir(parents=True, exist_ok=True)
        output.say(_("{size:.1f} MB in {path}").format(size=fill(into) / _MEGA, path=into))
        return
    archive = Path("build/aws/functions.zip")
    _built(output, archive)


@command(aws, "deploy", _("Build, and make or change the stack in your account."))
@_stack
@click.option("--domain", required=True, help=_("The domain that mails are from."))
@click.option("--public-url", default="", help=_("Where links in mails lead."))
@click.option("--alarm-email", default="", help=_("Whom alarms are sent to."))
def deploy(output: Output, stack: str, domain: str, public_url: str, alarm_email: str) -> None:
    from pabal.cli.aws import deploying

    settings = load_settings()
    load_keyring(settings.home)  # makes the keys where there are none
    with tempfile.TemporaryDirectory() as directory:
        archive = Path(directory) / "functions.zip"
        _built(output, archive)
        told = deploying.deploy(
            stack,
            archive,
            {
                "SendingDomain": domain,
                "PublicUrl": public_url,
                "AlarmEmail": alarm_email,
                "DailyLimit": str(settings.daily_limit),
                "Tracking": settings.tracking.value,
            },
        )
    deploying.keep_keys(told["Keys"], (settings.home / "keys").read_text())
    _show(output, told)


@command(aws, "status", _("Show the stack, the account of SES, and what waits in queues."))
@_stack
def status(output: Output, stack: str) -> None:
    from pabal.cli.aws import deploying

    _show(output, deploying.outputs(stack))


@command(aws, "settings", _("Print what the console needs in .env to send by this stack."))
@_stack
def settings(output: Output, stack: str) -> None:
    from pabal.cli.aws import deploying

    told = settings_for(deploying.outputs(stack))
    for name, value in told.items():
        output.say(f"{name}={value}")
    output.result(told)


@command(aws, "mirror", _("Tell the stack's ledger of every suppression that the console has."))
def mirror(output: Output) -> None:
    workshop = open_workshop()
    workshop.settings.stack()
    from pabal.console.cloud import note_every_stop

    count = note_every_stop()
    output.say(_("{count} suppressions are on their way; a worker tells them.").format(count=count))
    output.result({"suppressions": count})


@command(aws, "redrive", _("Put a dead-letter queue's messages back into their queue."))
@click.argument("queue", type=click.Choice(sorted(_QUEUES)))
@_stack
def redrive(output: Output, queue: str, stack: str) -> None:
    from pabal.cli.aws import deploying, mending

    count = mending.redrive(deploying.outputs(stack), _QUEUES[queue])
    output.say(_("{count} messages are back in their queue.").format(count=count))


@command(aws, "verify-recipient", _("In SES's sandbox: ask an address to confirm itself, or look."))
@click.argument("addresses", metavar="ADDRESS", nargs=-1)
def verify_recipient(output: Output, addresses: tuple[str, ...]) -> None:
    from pabal.cli.aws import mending

    for address in addresses:
        mending.verify(address)
    for name, is_verified in mending.verifications():
        output.say(f"{name}: {_('verified') if is_verified else _('not yet verified')}")


def _built(output: Output, archive: Path) -> None:
    from pabal.cli.aws.building import fill, pack

    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        unpacked = fill(Path(directory))
        packed = pack(Path(directory), archive)
    text = _("{packed:.1f} MB packed, {unpacked:.1f} MB unpacked: {path}")
    output.say(text.format(packed=packed / _MEGA, unpacked=unpacked / _MEGA, path=archive))


def _show(output: Output, told: Mapping[str, str]) -> None:
    from pabal.cli.aws.mending import lines_about

    for line in lines_about(told):
        output.say(line)
    if output.as_json:
        output.result(dict(told))


def settings_for(told: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of a console that sends by a stack, from the stack's outputs."""
    return {
        "PABAL_PIPELINE": "aws",
        "PABAL_TRANSPORT": "ses",
        "PABAL_AWS_REGION": told["Region"],
        "PABAL_AWS_TABLE": told["Table"],
        "PABAL_AWS_BUCKET": told["Bucket"],
        "PABAL_AWS_STATE_MACHINE": told["StateMachine"],
        "PABAL_AWS_RETURNS_QUEUE": told["ReturnsQueue"],
    }
