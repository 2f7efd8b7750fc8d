"""Looking a sending domain up in the DNS: for preflight, for `doctor`, for `domain check`."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING

from pabal.authentication.examination import Examination, examine
from pabal.pipeline.local.wiring import Workshop
from pabal.preflight.checks.authentication import (
    Strictness,
    for_campaign,
    is_reserved,
    judge_examination,
    not_asked,
)
from pabal.preflight.finding import Finding

if TYPE_CHECKING:
    from pabal.authentication.lookups import Lookups


def check_campaign_domain(
    workshop: Workshop,
    domain: str,
    bounce_domain: str,
    lookups: "Lookups | None" = None,
) -> list[Finding]:
    """Find out whether a campaign's mails would pass DMARC, as severe as the settings say."""
    strictness = Strictness(workshop.settings.domain_check)
    trial = _is_trial(workshop, domain)
    stays_here = workshop.settings.keeps_mails or is_reserved(domain)
    if strictness is Strictness.OFF:
        return [not_asked(domain, strictness)]
    if trial and stays_here and strictness is not Strictness.STRICT:
        return [not_asked(domain, strictness)]
    from pabal.console.domains.sending import how_it_leaves

    sending = how_it_leaves(workshop, domain, bounce_domain)
    findings = judge_examination(examine(sending, lookups or workshop.lookups()))
    return for_campaign(findings, strictness, trial=trial)


def _is_trial(workshop: Workshop, domain: str) -> bool:
    """Whether mails stay on this machine, or nobody can own the domain they are from.

    With a database server it is no trial for the sake of its domain alone.
    """
    embedded = workshop.settings.database.startswith("sqlite:")
    host = workshop.mail_host
    return workshop.settings.keeps_mails or is_loopback(host) or (is_reserved(domain) and embedded)


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def domain_states(workshop: Workshop) -> list[tuple[str, Finding | None]]:
    """Name the worst finding for each domain that is known; None where all is well."""
    lookups = workshop.lookups()
    found: list[tuple[str, Finding | None]] = []
    for domain, bounce_domain in known_domains():
        findings = check_campaign_domain(workshop, domain, bounce_domain, lookups)
        found.append((domain, findings[0] if findings else None))
    return found


def known_domains() -> list[tuple[str, str]]:
    """The domains that senders mail from or that were added, with where their bounces go."""
    from pabal.console.campaigns.models import SenderIdentity
    from pabal.console.domains.models import SendingDomain

    senders = SenderIdentity.objects.values_list("address", "bounce_domain")
    used = {(address.rpartition("@")[2], bounce_domain) for address, bounce_domain in senders}
    rest = SendingDomain.objects.exclude(name__in=[domain for domain, _bounces in used])
    return sorted([*used, *rest.values_list("name", "bounce_domain")])


def looked_up(
    workshop: Workshop, pairs: list[tuple[str, str]]
) -> Iterator[tuple[Examination, list[Finding]]]:
    """Look domains up, one after the other, whatever the settings say about campaigns."""
    from pabal.console.domains.sending import how_it_leaves

    for domain, bounce_domain in pairs:
        sending = how_it_leaves(workshop, domain, bounce_domain)
        seen = examine(sending, workshop.lookups())
        yield seen, judge_examination(seen)
