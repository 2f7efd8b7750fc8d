"""`pabal keys`: the installation's master keys, from which all its secrets derive."""

import click

from pabal.cli.command import command
from pabal.cli.language import _
from pabal.cli.output import Output
from pabal.configuration.keyring import Keyring, load_keyring, rotate_keyring
from pabal.configuration.settings import load_settings

commands = click.Group()


@commands.group("keys", help=_("The keys that sign links and seal secrets."))
def keys() -> None: ...


@command(keys, "list", _("Show the numbers of the keys, never the keys."))
def list_keys(output: Output) -> None:
    _show(output, load_keyring(load_settings().home))


@command(keys, "rotate", _("Add a key, which signs from now on. Older links stay valid."))
def rotate(output: Output) -> None:
    """Processes that run read the keys when they start; the pages read them for every link."""
    _show(output, rotate_keyring(load_settings().home))
    output.say(_("Copy the file `keys` to every host, then restart the workers."))


def _show(output: Output, keyring: Keyring) -> None:
    numbers = sorted(keyring.masters)
    output.table(
        ["#", ""],
        [
            (number, _("signs") if number == keyring.newest else _("verifies older links"))
            for number in numbers
        ],
    )
    output.result({"keys": numbers, "signs": keyring.newest})
