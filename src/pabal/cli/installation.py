"""`pabal init`: the database, the keys, and the first sender and list."""

import click

from pabal.cli.command import command
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.configuration.keyring import load_keyring
from pabal.configuration.settings import load_settings
from pabal.pipeline.local.wiring import Workshop

commands = click.Group()


@command(commands, "init", _("Make the database and the keys; safe to repeat."))
def init(output: Output) -> None:
    workshop = Workshop(load_settings())
    initialise(workshop)
    settings = workshop.settings
    say_ready(output, workshop)
    output.say(_("Next: `pabal sender add`, `pabal list add`, `pabal import`."))
    output.result({"home": str(settings.home.resolve()), "initialised": True})


def initialise_where_nothing_is(output: Output, workshop: Workshop) -> None:
    """Spare whoever tries Pabal on their own machine a second command.

    A database that was set may be waited for, or shared with other hosts; one that is missing
    beside its keys was lost. Those are for `pabal init`, and so is what an older Pabal left.

    Raises SettingsRefused: the key file cannot be read.
    """
    settings = workshop.settings
    is_empty = not settings.home.exists() or not any(settings.home.iterdir())
    if is_empty and not settings.database_url:
        initialise(workshop)
        say_ready(output, workshop)


def say_ready(output: Output, workshop: Workshop) -> None:
    output.say(_("Ready in {home}.").format(home=workshop.settings.home.resolve()))


def initialise(workshop: Workshop) -> None:
    """Create or update the database, the keys and the owner's account.

    Raises SettingsRefused: the key file cannot be read.
    """
    from django.core.management import call_command

    from pabal.console.config.start import setup

    workshop.settings.home.mkdir(parents=True, exist_ok=True)
    load_keyring(workshop.settings.home)
    setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    _make_owner()


def _make_owner() -> None:
    from pabal.console.accounts.models import Role, User

    if not User.objects.exists():
        owner = User(email="owner@localhost", role=Role.OWNER)
        owner.set_unusable_password()
        owner.save()
