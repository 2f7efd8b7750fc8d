"""The mail server's URL as Django wants it."""

from typing import Any

from pabal.transport.smtp.settings import Security, smtp_settings


def email_settings(url: str) -> dict[str, Any]:
    """Return Django's EMAIL_* for the server that campaigns go to.

    Empty where the URL cannot be used: whoever sends a campaign is told why.
    """
    try:
        server = smtp_settings(url)
    except ValueError:
        return {}
    return {
        "EMAIL_HOST": server.host,
        "EMAIL_PORT": server.port,
        "EMAIL_HOST_USER": server.username,
        "EMAIL_HOST_PASSWORD": server.password,
        "EMAIL_USE_TLS": server.security is Security.STARTTLS,
        "EMAIL_USE_SSL": server.security is Security.TLS,
    }
