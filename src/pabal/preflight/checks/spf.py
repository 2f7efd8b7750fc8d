"""SPF: one record, small enough, that lets our servers send."""

from collections.abc import Iterator
from dataclasses import replace

from pabal.authentication.examination import Examination, Passing
from pabal.authentication.spf import MOST_LOOKUPS, MOST_VOIDS, SpfRecord, SpfTrouble, Term
from pabal.authentication.spf_terms import Verdict
from pabal.preflight.finding import Finding, Severity

_LONG = 450  # octets; RFC 7208 3.4


def check_spf(seen: Examination) -> Iterator[Finding]:
    record = seen.spf
    for where, term, trouble in record.troubles():
        if trouble not in (SpfTrouble.UNANSWERED, SpfTrouble.NOT_WALKED):
            yield _spf_trouble(record, where, term, trouble, seen.sending.spf)
    yield from _spf_limits(record)
    yield from _spf_manners(record)
    # Without a policy every name is an organization of its own; that is said elsewhere.
    if seen.spf_aligned is False and seen.dmarc.policy is not None:
        yield Finding(
            code="spf-not-aligned",
            severity=Severity.WARNING,
            message="SPF cannot help {domain}: it speaks for {bounce_domain}, another domain.",
            remedy="Use a bounce domain below the domain in From: `pabal sender add`.",
            rule="RFC 9989 4.4; docs/rules.md S18",
            details={"domain": seen.sending.domain, "bounce_domain": seen.sending.bounce_domain},
        )
    elif seen.spf_aligned and not record.broken and seen.spf_passes is Passing.NO:
        yield Finding(
            code="spf-not-us",
            severity=Severity.WARNING,
            message="The SPF record of {bounce_domain} does not let {servers} send.",
            remedy="Add it in front of “all”.",
            rule="RFC 7208 5; docs/rules.md S17",
            details={
                "bounce_domain": record.domain,
                "servers": " ".join(seen.sending.spf),
            },
        )


_SPF_TROUBLES = {
    SpfTrouble.MISSING: Finding(
        code="spf-missing",
        severity=Severity.WARNING,
        message="{where} has no SPF record.",
        remedy='Publish TXT {where} "{wanted}".',
        rule="RFC 7208 4.5; docs/rules.md S17",
    ),
    SpfTrouble.SEVERAL: Finding(
        code="spf-several",
        severity=Severity.WARNING,
        message="{where} has several SPF records; receivers then take none.",
        remedy="Put their terms into one.",
        rule="RFC 7208 4.5; docs/rules.md S17",
    ),
    SpfTrouble.SYNTAX: Finding(
        code="spf-syntax",
        severity=Severity.WARNING,
        message="The SPF record of {where} cannot be read at “{term}”.",
        remedy="Correct the term; one wrong term makes the whole record useless.",
        rule="RFC 7208 4.6; docs/rules.md S17",
    ),
    SpfTrouble.LOOP: Finding(
        code="spf-circle",
        severity=Severity.WARNING,
        message="The SPF record of {where} leads in a circle at “{term}”.",
        remedy="Take that term out.",
        rule="RFC 7208 4.6.4; docs/rules.md S17",
    ),
    SpfTrouble.MANY_HOSTS: Finding(
        code="spf-many-hosts",
        severity=Severity.WARNING,
        message="“{term}” in the SPF record of {where} finds more than 10 mail hosts.",
        remedy="Name the addresses with ip4: and ip6: instead.",
        rule="RFC 7208 4.6.4; docs/rules.md S17",
    ),
}
_INCLUDE_MISSING = Finding(
    code="spf-include-missing",
    severity=Severity.WARNING,
    message="The SPF record of {domain} includes {where}, which has none; that breaks it.",
    remedy="Take the term out, or ask that provider for the right name.",
    rule="RFC 7208 5.2; docs/rules.md S17",
)


def _spf_trouble(
    top: SpfRecord,
    where: SpfRecord,
    term: Term | None,
    trouble: SpfTrouble,
    wanted: tuple[str, ...],
) -> Finding:
    below = trouble is SpfTrouble.MISSING and where is not top
    finding = _INCLUDE_MISSING if below else _SPF_TROUBLES[trouble]
    record = " ".join(["v=spf1", *(wanted or ("ip4:…",)), "~all"])
    details: dict[str, object] = {"where": where.domain, "wanted": record, "domain": top.domain}
    return replace(finding, details={**details, "term": _cut(term.text) if term else ""})


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


def _spf_limits(record: SpfRecord) -> Iterator[Finding]:
    if record.lookups > MOST_LOOKUPS:
        yield Finding(
            code="spf-too-many-lookups",
            severity=Severity.WARNING,
            message="The SPF record of {domain} needs {count} look-ups; receivers stop at {most}.",
            remedy="Take out includes that you do not use, and name addresses with ip4: and ip6:.",
            rule="RFC 7208 4.6.4; docs/rules.md S17",
            details={"domain": record.domain, "count": record.lookups, "most": MOST_LOOKUPS},
        )
    if record.voids > MOST_VOIDS:
        yield Finding(
            code="spf-void-lookups",
            severity=Severity.WARNING,
            message="{count} look-ups of the SPF record of {domain} find nothing; {most} may.",
            remedy="Take out the names that do not exist any more.",
            rule="RFC 7208 4.6.4; docs/rules.md S17",
            details={"domain": record.domain, "count": record.voids, "most": MOST_VOIDS},
        )


def _spf_manners(record: SpfRecord) -> Iterator[Finding]:
    if any(term.name == "all" and term.verdict is Verdict.PASS for term in record.terms):
        yield Finding(
            code="spf-open",
            severity=Severity.WARNING,
            message="The SPF record of {domain} lets everybody send in its name.",
            remedy="End it with ~all.",
            rule="RFC 7208 5.1; docs/rules.md S17",
            details={"domain": record.domain},
        )
    if any(term.name == "ptr" for term in record.all_terms()):
        yield Finding(
            code="spf-ptr",
            severity=Severity.NOTE,
            message="The SPF record of {domain} uses ptr, which many receivers do not look at.",
            remedy="Name the addresses with ip4: and ip6: instead.",
            rule="RFC 7208 5.5",
            details={"domain": record.domain},
        )
    if len(record.text) > _LONG:
        yield Finding(
            code="spf-long",
            severity=Severity.NOTE,
            message="The SPF record of {domain} has {count} octets; {most} are safe.",
            remedy="Move some of its terms behind an include.",
            rule="RFC 7208 3.4",
            details={"domain": record.domain, "count": len(record.text), "most": _LONG},
        )
