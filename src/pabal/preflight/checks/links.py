"""Where the mail's links lead, as far as it can be seen without following them."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from pabal.preflight.checks.sample import Sample
from pabal.preflight.finding import Finding, Severity

_NOT_FOLLOWED = ("mailto", "tel", "sms")
_LOCAL = re.compile(
    r"localhost|[^.]+|.*\.(?:localhost|local|internal|lan|home\.arpa)", re.IGNORECASE
)
# What the others hide behind; filters hold it against everybody.
_SHORTENERS = frozenset(
    "bit.ly tinyurl.com goo.gl t.co ow.ly is.gd buff.ly han.gl vo.la me2.do url.kr".split()
)
_HOST_IN_TEXT = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:/\S*)?", re.IGNORECASE)

PRIVATE = Finding(
    code="link-private",
    severity=Severity.ERROR,
    message="{count} links lead to a machine that customers cannot reach.",
    remedy="Use the address of your public site.",
)
_TROUBLES = (
    Finding(
        code="link-broken",
        severity=Severity.ERROR,
        message="{count} links lead nowhere: they are no whole https addresses.",
        remedy="Write the whole address, https:// in front.",
    ),
    PRIVATE,
    Finding(
        code="link-deceives",
        severity=Severity.WARNING,
        message="{count} links show one address and lead to another.",
        remedy="Show the address that the link leads to, or words: filters take it for phishing.",
    ),
    Finding(
        code="link-not-https",
        severity=Severity.WARNING,
        message="{count} links or images are not https.",
        remedy="Use https: browsers warn of the rest.",
    ),
    Finding(
        code="link-shortened",
        severity=Severity.WARNING,
        message="{count} links go through a shortener.",
        remedy="Link your own site: filters distrust what hides its target.",
    ),
)


def check_links(sample: Sample) -> Iterator[Finding]:
    """Look at every address in the HTML but our own."""
    found: dict[str, list[str]] = {}
    for link in sample.page.links:
        kind = _trouble(link.target, link.text) if not is_ours(sample, link.target) else ""
        found.setdefault(kind, []).append(link.target or link.text)
    for image in sample.page.images:
        kind = "" if image.source.lower().startswith("data:") else _trouble(image.source, "")
        found.setdefault(kind, []).append(image.source)
    for trouble in _TROUBLES:
        yield from trouble.of(found.get(trouble.code, ()))


def followable(sample: Sample) -> tuple[str, ...]:
    """Return the distinct addresses that are worth a visit: all but our own."""
    addresses = [
        *(link.target for link in sample.page.links),
        *(image.source for image in sample.page.images),
    ]
    return tuple(
        dict.fromkeys(
            address
            for address in addresses
            if address.lower().startswith(("http://", "https://")) and not is_ours(sample, address)
        )
    )


def is_ours(sample: Sample, address: str) -> bool:
    """Whether an address is one of our public pages, such as for unsubscribing."""
    ours, theirs = urlsplit(sample.unsubscribe), _split(address)
    return theirs is not None and (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)


def _trouble(address: str, shown: str) -> str:
    """Name what is wrong with an address; "" for nothing."""
    parts = _split(address)
    if parts is not None and parts.scheme in _NOT_FOLLOWED:
        return ""
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return "" if address.startswith("#") and len(address) > 1 else "link-broken"
    host = parts.hostname
    if _is_private(host):
        return "link-private"
    if _deceives(host, shown):
        return "link-deceives"
    if parts.scheme == "http":
        return "link-not-https"
    return "link-shortened" if host.removeprefix("www.") in _SHORTENERS else ""


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return _LOCAL.fullmatch(host) is not None


def _deceives(host: str, shown: str) -> bool:
    match = _HOST_IN_TEXT.fullmatch(shown.strip())
    if match is None:
        return False
    named = match[1].lower().removeprefix("www.")
    return not (host == named or host.endswith(f".{named}"))
