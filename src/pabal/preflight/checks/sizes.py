"""What a mail weighs, against the mail server and against Gmail."""

from collections.abc import Iterator

from pabal.preflight.checks.personalisation import Sizes
from pabal.preflight.finding import Finding, Severity

CLIPPED_ABOVE = 102_400  # bytes of HTML; Gmail hides what comes behind
_CLOSE_TO_IT = 92_160


def check_sizes(sizes: Sizes, server_limit: int | None) -> Iterator[Finding]:
    """server_limit: bytes that the mail server takes; None where it does not say."""
    if server_limit is not None and sizes.largest > server_limit:
        yield Finding(
            code="too-large-for-the-server",
            severity=Severity.ERROR,
            message="The largest mail is {size} bytes; the mail server takes {limit}.",
            remedy="Shorten the template or link its images.",
            rule="RFC 1870",
            details={"size": sizes.largest, "limit": server_limit},
        )
    if sizes.largest_html > CLIPPED_ABOVE:
        yield Finding(
            code="clipped",
            severity=Severity.WARNING,
            message="The HTML is {size} bytes; Gmail hides what lies behind {limit}.",
            remedy="Shorten the template, or put the sender and the unsubscribe link near its top.",
            rule="Gmail clipping",
            details={"size": sizes.largest_html, "limit": CLIPPED_ABOVE},
        )
    elif sizes.largest_html > _CLOSE_TO_IT:
        yield Finding(
            code="close-to-clipping",
            severity=Severity.NOTE,
            message="The HTML is {size} bytes, close to the {limit} at which Gmail clips.",
            remedy="Leave some room for longer names and values.",
            rule="Gmail clipping",
            details={"size": sizes.largest_html, "limit": CLIPPED_ABOVE},
        )
