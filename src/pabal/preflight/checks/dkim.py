"""DKIM: are the keys that sign to be seen, and do they speak for the domain?"""

from collections.abc import Iterator
from dataclasses import replace

from pabal.authentication.dkim import WANTED_BITS, KeyState, PublishedKey
from pabal.authentication.examination import Examination
from pabal.preflight.finding import Finding, Severity

_KEYS = {
    KeyState.MISSING: Finding(
        code="dkim-missing",
        severity=Severity.WARNING,
        message="The DKIM key {name} is not published.",
        remedy="Publish its {kind} record: `pabal domain show`.",
        rule="RFC 6376 3.6.1; docs/rules.md S15",
    ),
    KeyState.SEVERAL: Finding(
        code="dkim-several",
        severity=Severity.WARNING,
        message="{name} has several TXT records; a verifier may take any of them.",
        remedy="Leave the one that `pabal domain show` prints.",
        rule="RFC 6376 3.6.2.2; docs/rules.md S15",
    ),
    KeyState.REVOKED: Finding(
        code="dkim-revoked",
        severity=Severity.WARNING,
        message="The DKIM key {name} is revoked (p= is empty): what it signs is as if unsigned.",
        remedy="Publish the record that `pabal domain show` prints.",
        rule="RFC 6376 3.6.1; docs/rules.md S15",
    ),
    KeyState.BROKEN: Finding(
        code="dkim-broken",
        severity=Severity.WARNING,
        message="What stands at {name} is no key that a verifier can use.",
        remedy="Publish the record that `pabal domain show` prints; it is often cut at 255 octets.",
        rule="RFC 6376 3.6.1; docs/rules.md S15",
    ),
    KeyState.OTHER: Finding(
        code="dkim-other-key",
        severity=Severity.WARNING,
        message="What stands at {name} is not what mails are signed with.",
        remedy="Publish the record that `pabal domain show` prints.",
        rule="RFC 6376 3.6.1; docs/rules.md S15",
    ),
    KeyState.SHORT: Finding(
        code="dkim-too-short",
        severity=Severity.WARNING,
        message="The DKIM key {name} has {bits} bits; verifiers must not take less than 1024.",
        remedy="Make new ones with `pabal domain rotate`.",
        rule="RFC 8301 3.2; docs/rules.md S15",
    ),
}
_WEAK = Finding(
    code="dkim-weak",
    severity=Severity.WARNING,
    message="The DKIM key {name} has {bits} bits; 2048 are wanted.",
    remedy="Make new ones with `pabal domain rotate`.",
    rule="RFC 8301 3.2; docs/rules.md S15",
)
_TESTED = Finding(
    code="dkim-testing",
    severity=Severity.WARNING,
    message="The DKIM key {name} says t=y: verifiers treat its mails as if unsigned.",
    remedy="Take t=y out of the record.",
    rule="RFC 6376 3.6.1; docs/rules.md S15",
)


def _key(key: PublishedKey) -> Iterator[Finding]:
    expected = key.expected
    kind = "CNAME" if expected.target else "TXT"
    found = [_KEYS[key.state]] if key.state in _KEYS else []
    if key.bits is not None and key.bits < WANTED_BITS and key.state is KeyState.PUBLISHED:
        found.append(_WEAK)
    if key.testing:
        found.append(_TESTED)
    for finding in found:
        severity = finding.severity if expected.signs else Severity.NOTE
        details = {"name": expected.name, "kind": kind, "bits": key.bits}
        yield replace(finding, severity=severity, details=details)


def check_dkim(seen: Examination) -> Iterator[Finding]:
    for key in seen.keys:
        yield from _key(key)
    published = [key for key in seen.keys if key.expected.signs and key.state is KeyState.PUBLISHED]
    if published and not any(key.verified_by_all for key in published):
        yield Finding(
            code="dkim-without-rsa",
            severity=Severity.WARNING,
            message="Only Ed25519 signs for {domain}; many receivers verify nothing but RSA.",
            remedy="Publish the RSA key beside it: `pabal domain show`, or `pabal domain add`.",
            rule="RFC 8463 5; docs/rules.md S15",
            details={"domain": seen.sending.domain},
        )
    if seen.dkim_aligned is False and seen.dmarc.policy is not None:
        yield Finding(
            code="dkim-not-aligned",
            severity=Severity.WARNING,
            message="The DKIM keys do not speak for {domain}: its policy wants the same domain.",
            remedy="Give it keys of its own: `pabal domain add`.",
            rule="RFC 9989 4.4; docs/rules.md S18",
            details={"domain": seen.sending.domain},
        )
