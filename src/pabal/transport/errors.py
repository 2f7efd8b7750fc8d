"""Why a transport cannot be used at all; what a server says of one mail is an Outcome.

SettingsError
  ServerUnusable   the server answers, but not in a way that the settings allow
"""

from pabal.domain.errors import SettingsError


class ServerUnusable(SettingsError):
    code = "server-unusable"
    message = "The mail server {server} cannot be used: {reason}"
    remedy = (
        "Check PABAL_SMTP_URL, the login and the server's certificate; `pabal doctor` tries them."
    )
