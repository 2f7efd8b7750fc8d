"""Whether receivers will believe who a mail is from: SPF, DKIM, DMARC, names of servers.

Alone a fault of SPF or DKIM is a warning, since DMARC needs one of the two (RFC 9989 4.4);
mails that would not pass at all are an error. Gmail and Outlook.com want both from whoever
sends 5,000 mails a day.
"""

import enum
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pabal.authentication.examination import Examination
from pabal.authentication.lookups import Trouble
from pabal.authentication.server import ReverseName
from pabal.preflight.checks.dkim import check_dkim
from pabal.preflight.checks.dmarc import check_dmarc
from pabal.preflight.checks.spf import check_spf
from pabal.preflight.finding import Finding, Severity


class Strictness(enum.Enum):
    """What is made of what is found; the values of PABAL_DOMAIN_CHECK."""

    ON = "on"
    STRICT = "strict"
    WARN = "warn"
    OFF = "off"


# RFC 6761, RFC 2606: names that nobody can have.
_RESERVED = ("example", "test", "localhost", "invalid", "example.com", "example.net", "example.org")


def is_reserved(domain: str) -> bool:
    return any(f".{domain}".endswith(f".{name}") for name in _RESERVED)


def judge_examination(seen: Examination) -> list[Finding]:
    """Explain all that was found of a domain, worst first."""
    findings = [
        *check_dmarc(seen),
        *check_spf(seen),
        *check_dkim(seen),
        *_bounces(seen),
        *(finding for server in seen.servers for finding in _reverse(server)),
        *_unanswered(seen),
    ]
    return sorted(findings, key=lambda finding: -finding.severity)


def for_campaign(
    findings: Iterable[Finding], strictness: Strictness, *, trial: bool
) -> list[Finding]:
    """Keep what concerns a campaign that is about to start, as severe as was chosen.

    trial: mails cannot leave this machine, or nobody can own the domain.
    """
    grave = [each for each in findings if each.severity > Severity.NOTE]
    if strictness is Strictness.STRICT:
        return [_at(each, Severity.ERROR) if each.code in _UNSURE else each for each in grave]
    if trial:
        return [_at(each, Severity.NOTE) for each in grave if each.severity is Severity.ERROR]
    most = Severity.WARNING if strictness is Strictness.WARN else Severity.ERROR
    return [_at(each, min(each.severity, most)) for each in grave]


def not_asked(domain: str, strictness: Strictness) -> Finding:
    """Return the finding for a domain that was not looked up: never a silent pass."""
    if strictness is Strictness.OFF:
        return Finding(
            code="domain-check-off",
            severity=Severity.NOTE,
            message="Nobody looked whether mails from {domain} would pass DMARC.",
            remedy="PABAL_DOMAIN_CHECK is off. `pabal domain check {domain}` looks now.",
            rule="docs/rules.md S18",
            details={"domain": domain},
        )
    return Finding(
        code="domain-not-asked",
        severity=Severity.NOTE,
        message="This is a trial: the DNS was not asked about {domain}.",
        remedy="Before real use: `pabal domain add`, then `pabal domain check`.",
        rule="docs/rules.md S18",
        details={"domain": domain},
    )


def _at(finding: Finding, severity: Severity) -> Finding:
    return replace(finding, severity=severity)


def _bounces(seen: Examination) -> Iterator[Finding]:
    answer, wanted = seen.bounces, seen.sending.bounce_host
    if answer.trouble is None and answer.records in ((), ("",)):
        yield Finding(
            code="bounces-lost",
            severity=Severity.WARNING,
            message="{bounce_domain} takes no mail: bounces are lost, and some receivers refuse.",
            remedy="Publish an MX record for it.",
            rule="RFC 5321 5.1",
            details={"bounce_domain": seen.sending.bounce_domain},
        )
    elif answer.trouble is None and answer.records != (wanted,) and wanted:
        yield _elsewhere(seen)


def _elsewhere(seen: Examination) -> Finding:
    """SES: mail-from: with another MX, or a second one, the domain counts as not verified."""
    return Finding(
        code="bounces-elsewhere",
        severity=Severity.WARNING,
        message="Mail for {bounce_domain} goes to {hosts}, and not to {wanted} alone.",
        remedy="Leave one MX record: 10 {wanted}.",
        rule="SES: mail-from",
        details={
            "bounce_domain": seen.sending.bounce_domain,
            "hosts": ", ".join(seen.bounces.records[:3]),
            "wanted": seen.sending.bounce_host,
        },
    )


def _reverse(server: ReverseName) -> Iterator[Finding]:
    details = {"address": server.address, "names": ", ".join(server.names[:3])}
    if server.unanswered:
        return
    if not server.names:
        yield Finding(
            code="no-reverse-name",
            severity=Severity.WARNING,
            message="The server {address} has no name (PTR); Gmail, Yahoo and Naver want one.",
            remedy="Ask whoever gave you the address to set its reverse DNS.",
            rule="Gmail: 81126",
            details=details,
        )
    elif not server.confirmed:
        yield Finding(
            code="reverse-name-not-confirmed",
            severity=Severity.WARNING,
            message="The server {address} calls itself {names}, which does not lead back to it.",
            remedy="Let that name have this address, or correct the reverse DNS.",
            rule="Gmail: 81126",
            details=details,
        )


# What nobody knows

_TROUBLES = {
    Trouble.SILENT: Finding(
        code="dns-silent",
        severity=Severity.WARNING,
        message="The DNS does not answer about {names}: this could not be checked.",
        remedy="Try again; look at the network, or name other servers in PABAL_DNS_SERVERS.",
    ),
    Trouble.FAILED: Finding(
        code="dns-failed",
        severity=Severity.WARNING,
        message="The DNS reports a failure about {names}: this could not be checked.",
        remedy="Try again; if it stays, whoever runs these names' servers has to look (SERVFAIL).",
    ),
    Trouble.GARBLED: Finding(
        code="dns-garbled",
        severity=Severity.WARNING,
        message="What the DNS answers about {names} cannot be read, or leads in a circle.",
        remedy="Look at these names' records, above all at their CNAMEs.",
    ),
}
_UNSURE = frozenset({"dmarc-unsure", *(finding.code for finding in _TROUBLES.values())})


def _unanswered(seen: Examination) -> Iterator[Finding]:
    for trouble, finding in _TROUBLES.items():
        names = sorted({answer.name for answer in seen.unanswered if answer.trouble is trouble})
        if names:
            more = f" (+{len(names) - 3})" if len(names) > 3 else ""
            yield replace(finding, details={"names": ", ".join(names[:3]) + more})
