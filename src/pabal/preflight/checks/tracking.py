"""What a tracked mail leaves untracked, so that nobody looks for clicks that cannot come."""

from collections.abc import Iterator

from pabal.preflight.checks.links import is_ours
from pabal.preflight.checks.sample import Sample
from pabal.preflight.finding import Finding, Severity
from pabal.preflight.page import Page

_UNTRACKED = Finding(
    code="link-not-tracked",
    severity=Severity.NOTE,
    message="{count} links are not tracked; their clicks are not seen.",
    remedy=(
        "That is so for links with a customer's values in them, links that show their own "
        "address, and links for unsubscribing."
    ),
    rule="docs/tracking.md",
)


def check_tracking(sample: Sample, as_sent: Page) -> Iterator[Finding]:
    """Compare a mail as it is written with what is sent. as_sent: of the same recipient."""
    if not sample.plan.tracking.sees_clicks:
        return
    sent = {link.target for link in as_sent.links}
    untracked = [
        link.target
        for link in sample.page.links
        if link.target in sent
        and link.target.lower().startswith(("http://", "https://"))
        and not is_ours(sample, link.target)
    ]
    yield from _UNTRACKED.of(untracked)
