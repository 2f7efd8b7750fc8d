"""`pabal init`: the database, the keys, and the first sender and list."""

import click

from pabal.cli.command import command
from pabal.cli.errors import NotInitialised
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.configuration.settings import load_settings
from pabal.ledger.errors import LedgerUnavailable
from pabal.pipeline.local.wiring import Workshop

commands = click.Group()


@command(commands, "init", _("Make the database and the keys; safe to repeat."))
def init(output: Output) -> None:
    workshop = Workshop(load_settings())
    initialise(workshop)
    settings = workshop.settings
    output.say(_("Ready in {home}.").format(home=settings.home.resolve()))
    output.say(_("Next: `pabal sender add`, `pabal list add`, `pabal import`."))
    output.result({"home": str(settings.home.resolve()), "initialised": True})


def initialise(workshop: Workshop) -> None:
    """Create or update the database, the keys and the owner's account.

    Raises LedgerUnavailable: the database cannot be reached or written.
    """
    from django.core.management import call_command
    from django.db import DatabaseError

    from pabal.console.config.start import setup

    workshop.settings.home.mkdir(parents=True, exist_ok=True)
    _ = workshop.keyring
    setup()
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise LedgerUnavailable(reason=str(error).strip()) from error
    _make_owner()


def require_database() -> None:
    """Raises NotInitialised: the database lacks tables that this Pabal needs."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.utils import OperationalError

    name = str(connection.settings_dict["NAME"])
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except OperationalError as error:
        raise LedgerUnavailable(reason=str(error).strip()) from error
    if pending:
        raise NotInitialised(database=name)


def _make_owner() -> None:
    from pabal.console.accounts.models import Role, User

    if not User.objects.exists():
        owner = User(email="owner@localhost", role=Role.OWNER)
        owner.set_unusable_password()
        owner.save()
