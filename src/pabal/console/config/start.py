"""How anything but a web server starts Django: the commands and the worker."""

import os


def setup() -> None:
    """Load the settings and the apps. Safe to call twice.

    Raises SettingsRefused: a setting has a value that is not allowed.
    """
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pabal.console.config.settings")
    django.setup()
