"""Why the program does not start.

SettingsError
  SettingsRefused   a setting has a value that is not allowed
"""

from pabal.domain.errors import SettingsError


class SettingsRefused(SettingsError):
    code = "settings-refused"
    message = "The setting {name} cannot be “{value}”: {reason}"
    remedy = "Allowed: {allowed}. Set it in the environment or in .env."
