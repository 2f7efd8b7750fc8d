"""The language of the terminal: Korean unless it says otherwise."""

import gettext
import os
from collections.abc import Mapping
from pathlib import Path

CATALOGUE = "django"  # one catalogue for pages and commands, where Django expects it
_LOCALES = Path(__file__).parent.parent / "locale"


def choose_language(setting: str, environ: Mapping[str, str]) -> str:
    """Return "ko" or "en". A terminal without a language (C, POSIX) gets Korean."""
    if setting in ("ko", "en"):
        return setting
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return "en" if value.lower().startswith("en") else "ko"
    return "ko"


def speak(language: str) -> None:
    """Make `_`, and click's own words, speak this language from now on."""
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(CATALOGUE, str(_LOCALES))
    gettext.textdomain(CATALOGUE)


def _(text: str) -> str:
    """Translate; "" stays "", which gettext would answer with the catalogue's header."""
    return gettext.gettext(text) if text else ""


def words_of_click() -> tuple[str, ...]:
    """Name what click itself says, so that the catalogue has it: click looks there too."""
    return (
        _("Usage:"),
        _("Options"),
        _("Commands"),
        _("Show this message and exit."),
        _("required"),
        _("Aborted!"),
        _("Error: {message}"),
        _("Try '{command} {option}' for help."),
        _("Missing argument"),
        _("Missing option"),
        _("Missing command."),
        _("No such option {name!r}."),
        _("No such command {name!r}."),
        _("Invalid value: {message}"),
        _("Invalid value for {param_hint}: {message}"),
        _("{value!r} is not a valid {number_type}."),
        _("{value} is not in the range {range}."),
        _("default: {default}"),
        _("Error: invalid input"),
        _("Option {name!r} does not take a value."),
    )
