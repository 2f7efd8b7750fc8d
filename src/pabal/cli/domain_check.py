"""`pabal domain check`: what was found, with the cure, and the SPF tree."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pabal.authentication.examination import Examination, Passing
from pabal.authentication.spf import MOST_LOOKUPS, MOST_VOIDS, SpfRecord, Term
from pabal.cli.domain_look import is_loopback, known_domains, looked_up
from pabal.cli.errors import NoSender
from pabal.cli.language import _
from pabal.cli.measured import encryption
from pabal.cli.output import FAILED, Output
from pabal.cli.preflight import finding_as_json, show_finding
from pabal.domain.errors import SettingsError
from pabal.pipeline.local.wiring import Workshop
from pabal.preflight.checks.delivery import server_trouble
from pabal.preflight.finding import Finding, Severity
from pabal.transport.errors import ServerUnusable
from pabal.transport.smtp.probe import ServerFacts, probe
from pabal.transport.smtp.settings import Security, SmtpSettings

_PATIENCE = 15.0  # seconds for the mail server; a campaign waits longer
_SHOWN_TERMS = 20  # of one record that ask nothing; a flattened record has hundreds


def check_domains(workshop: Workshop, name: str | None, output: Output) -> None:
    """Look domains up and explain; exit status FAILED where mails would not pass.

    Raises DomainRefused. NoSender: none is named, and no sender uses one.
    """
    results: list[dict[str, object]] = []
    server = _look_at_server(workshop)
    failed = False
    for seen, findings in looked_up(workshop, _pairs(name)):
        explained = [*findings, *server.findings]
        _show(output, seen, explained, server)
        results.append(_as_json(seen, explained))
        failed = failed or any(each.severity is Severity.ERROR for each in explained)
    output.result({"well": not failed, "domains": results, "server": _server_as_json(server)})
    if failed:
        raise SystemExit(FAILED)


def _pairs(name: str | None) -> list[tuple[str, str]]:
    from pabal.console.domains.adding import checked_domain

    known = known_domains()
    if name is not None:
        domain = checked_domain(name)
        return [pair for pair in known if pair[0] == domain] or [(domain, "")]
    if not known:
        raise NoSender
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    """The mail server that the domains' mails go to.

    name: "" where it is not asked. facts: None where it could not be used.
    """

    name: str = ""
    facts: ServerFacts | None = None
    findings: Sequence[Finding] = ()


def _look_at_server(workshop: Workshop) -> _Server:
    """Ask whether the mail server can be used, and by TLS if it is on another machine.

    SES is always spoken to by TLS, and `pabal doctor` tries it.
    """
    if workshop.settings.keeps_mails or workshop.settings.transport == "ses":
        return _Server()
    smtp = workshop.smtp()
    try:
        facts = asyncio.run(asyncio.wait_for(probe(smtp), _PATIENCE))
    except TimeoutError:
        error = ServerUnusable(server=smtp.server, reason=_("it does not answer"))
        return _Server(name=smtp.server, findings=[server_trouble(error)])
    except SettingsError as error:
        return _Server(name=smtp.server, findings=[server_trouble(error)])
    bare = smtp.security is Security.NONE and not is_loopback(smtp.host)
    return _Server(name=smtp.server, facts=facts, findings=[_without_tls(smtp)] if bare else [])


def _without_tls(smtp: SmtpSettings) -> Finding:
    return Finding(
        code="server-without-tls",
        severity=Severity.WARNING,
        message="Mails go to the mail server {server} without TLS.",
        remedy="Take ?tls=none out of PABAL_SMTP_URL.",
        rule="RFC 8314 3",
        details={"server": smtp.server},
    )


def _show(output: Output, seen: Examination, findings: list[Finding], server: _Server) -> None:
    output.heading(seen.sending.domain)
    output.table(["", "", ""], [*_summary(seen), *_of_server(server)])
    _show_tree(output, seen.spf)
    for finding in findings:
        show_finding(output, finding)
    if not findings:
        output.say(_("Nothing is wrong."), style="green")


def _summary(seen: Examination) -> Iterator[tuple[str, str, str]]:
    policy = seen.dmarc.policy
    signing = ", ".join(
        key.expected.name.partition("._domainkey.")[0] for key in seen.keys if key.expected.signs
    )
    yield "DMARC", _PASSING[seen.passes], policy.text if policy else _("no record")
    yield "DKIM", _PASSING[seen.dkim_passes], signing or _("no key is known")
    yield "SPF", _PASSING[seen.spf_passes], seen.spf.text or _("no record")
    for server in seen.servers:
        known = Passing.UNSURE if server.unanswered else Passing.NO
        confirmed = Passing.YES if server.confirmed else known
        yield f"PTR {server.address}", _PASSING[confirmed], ", ".join(server.names[:3])


def _of_server(server: _Server) -> Iterator[tuple[str, str, str]]:
    if not server.name:
        return
    if server.facts is None:
        yield "TLS", _PASSING[Passing.UNSURE], server.name
        return
    encrypted = Passing.YES if server.facts.tls_version else Passing.NO
    yield "TLS", _PASSING[encrypted], f"{server.name}, {encryption(server.facts)}"


def _server_as_json(server: _Server) -> dict[str, object] | None:
    if not server.name:
        return None
    return {"server": server.name, "tls": server.facts and server.facts.tls_version}


_PASSING = {
    Passing.YES: _("passes"),
    Passing.NO: _("does not pass"),
    Passing.UNSURE: _("not known"),
}


def _show_tree(output: Output, record: SpfRecord) -> None:
    if not record.terms:
        return
    heading = _("SPF of {domain}: {lookups} of {most} look-ups, {voids} of {most_voids} in vain")
    output.say(
        heading.format(
            domain=record.domain,
            lookups=record.lookups,
            most=MOST_LOOKUPS,
            voids=record.voids,
            most_voids=MOST_VOIDS,
        )
    )
    for line in _tree_lines(record, "  "):
        output.say(line)


def _tree_lines(record: SpfRecord, indent: str) -> Iterator[str]:
    plain = 0
    for term in record.terms:
        plain += not term.lookups
        if term.lookups or plain <= _SHOWN_TERMS or term.name == "all":
            yield f"{indent}{_term_line(term)}"
        if term.record is not None:
            yield from _tree_lines(term.record, f"{indent}  ")
    if plain > _SHOWN_TERMS:
        yield indent + _("… and {count} more").format(count=plain - _SHOWN_TERMS)


def _term_line(term: Term) -> str:
    text = term.text if len(term.text) <= 100 else f"{term.text[:100]}…"
    return f"{text}  ({term.lookups})" if term.lookups else text


def _as_json(seen: Examination, findings: list[Finding]) -> dict[str, object]:
    policy = seen.dmarc.policy
    return {
        "domain": seen.sending.domain,
        "bounce_domain": seen.sending.bounce_domain,
        "passes": seen.passes.value,
        "dmarc": {
            "domain": policy.domain if policy else None,
            "record": policy.text if policy else None,
            "asked_for": seen.dmarc.asked_for or None,
            "organizational_domain": seen.dmarc.organizational,
        },
        "dkim": {
            "passes": seen.dkim_passes.value,
            "keys": [
                {
                    "name": key.expected.name,
                    "signs": key.expected.signs,
                    "state": key.state.value,
                    "bits": key.bits,
                }
                for key in seen.keys
            ],
        },
        "spf": {
            "passes": seen.spf_passes.value,
            "aligned": seen.spf_aligned,
            **_tree_as_json(seen.spf),
        },
        "servers": [
            {
                "address": each.address,
                "names": each.names,
                "confirmed": None if each.unanswered else each.confirmed,
            }
            for each in seen.servers
        ],
        "findings": [finding_as_json(finding) for finding in findings],
    }


def _tree_as_json(record: SpfRecord) -> dict[str, object]:
    return {
        "domain": record.domain,
        "record": record.text,
        "trouble": record.trouble.value if record.trouble else None,
        "lookups": record.lookups,
        "voids": record.voids,
        "terms": [
            {
                "term": term.text,
                "lookups": term.lookups,
                "voids": term.voids,
                "trouble": term.trouble.value if term.trouble else None,
                "record": _tree_as_json(term.record) if term.record else None,
            }
            for term in record.terms
        ],
    }
