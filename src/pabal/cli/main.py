"""`pabal`: finds the command, imports it, and speaks the user's language."""

import importlib
import logging
import os

import click

from pabal import __version__
from pabal.cli.language import _, choose_language, speak

_COMMANDS = {
    "init": "pabal.cli.installation",
    "doctor": "pabal.cli.doctor",
    "domain": "pabal.cli.domain",
    "sender": "pabal.cli.audience",
    "list": "pabal.cli.audience",
    "topic": "pabal.cli.audience",
    "consent": "pabal.cli.consent",
    "subscriber": "pabal.cli.subscriber",
    "import": "pabal.cli.importing",
    "campaign": "pabal.cli.campaign",
    "why": "pabal.cli.why",
    "retention": "pabal.cli.retention",
    "keys": "pabal.cli.keys",
    "feedback": "pabal.cli.feedback",
    "aws": "pabal.cli.aws.command",
    "serve": "pabal.cli.serve",
    "worker": "pabal.cli.serve",
    "mailbox": "pabal.cli.serve",
    "sign-in": "pabal.cli.serve",
    "demo": "pabal.cli.demo.command",
    "fill": "pabal.cli.fill",
}


class _Commands(click.Group):
    """Commands by name; a module is imported when its command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        commands: click.Group = importlib.import_module(_COMMANDS[cmd_name]).commands
        return commands.get_command(ctx, cmd_name)


def main() -> None:
    """Run the command that the arguments name."""
    speak(choose_language(_wanted_language(), os.environ))
    # Commands say themselves what they have to say; those that keep running set up a log.
    logging.getLogger("pabal").addHandler(logging.NullHandler())
    commands_group().main(prog_name="pabal")


def commands_group() -> click.Group:
    """Return the group of all commands, in the language that is spoken now."""
    version = click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_version,
        help=_("Show the version."),
    )
    return _Commands(
        "pabal", help=_("Bulk e-mail that a small company runs itself."), params=[version]
    )


def _wanted_language() -> str:
    """Read before the settings are, so that their errors are translated too."""
    wanted = os.environ.get("PABAL_LANGUAGE", "")
    if not wanted:
        from dotenv import dotenv_values

        wanted = dotenv_values(".env").get("PABAL_LANGUAGE") or ""
    return wanted


def _show_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"pabal {__version__}")
        ctx.exit()
