"""What all commands share: --json, settings, Django, and errors as sentences."""

import functools
from collections.abc import Callable
from typing import Any

import click

from pabal.cli.database import database_errors, require_database
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.configuration.keyring import load_keyring
from pabal.configuration.settings import load_settings
from pabal.domain.errors import Explained
from pabal.pipeline.local.wiring import Workshop


def command(group: click.Group, name: str, help_text: str) -> Callable[[Callable[..., None]], Any]:
    """Register a function as a command with --json; it gets `output` as its first argument."""

    def register(function: Callable[..., None]) -> Any:
        @functools.wraps(function)
        def run(as_json: bool, **arguments: Any) -> None:
            output = Output(as_json)
            try:
                with database_errors():
                    function(output, **arguments)
            except Explained as error:
                output.fail(error)

        option = click.option("--json", "as_json", is_flag=True, help=_("Answer in JSON."))
        return group.command(name, help=help_text)(option(run))

    return register


def open_workshop() -> Workshop:
    """Start Django and return the installation's parts.

    Raises SettingsRefused: a setting is wrong. NotInitialised: there is no database yet.
    """
    settings = load_settings()
    from pabal.console.config.start import setup

    setup()
    require_database()
    from pabal.console.adapters import OrmSigningKeys

    return Workshop(settings, OrmSigningKeys(load_keyring(settings.home)))
