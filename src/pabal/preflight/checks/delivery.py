"""Recipients, links and the mail server: can the mail leave, and can it be left?"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from pabal.domain.errors import SettingsError
from pabal.preflight.finding import Finding, Severity

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def check_recipients(recipients: int) -> Iterator[Finding]:
    if recipients == 0:
        yield Finding(
            code="no-recipients",
            severity=Severity.ERROR,
            message="Nobody is left to mail.",
            remedy="Choose another list, or look at who is excluded and why.",
        )


def check_public_url(public_url: str) -> Iterator[Finding]:
    """One-click unsubscribe needs https (RFC 8058 3.1); only a trial may do without."""
    parts = urlsplit(public_url)
    if parts.scheme == "https":
        return
    trial = parts.hostname in _LOOPBACK
    yield Finding(
        code="links-not-https",
        severity=Severity.NOTE if trial else Severity.ERROR,
        message="The unsubscribe links begin with {url}, which is not https.",
        remedy="Set PABAL_BASE_URL to the https address of your public pages before real use.",
        rule="RFC 8058 3.1; docs/rules.md S8",
        details={"url": public_url},
    )


def server_trouble(error: SettingsError) -> Finding:
    """Return the finding for a mail server that could not be reached or used."""
    return Finding(
        code=error.code,
        severity=Severity.ERROR,
        message=error.message,
        remedy=error.remedy,
        details=error.details,
    )
