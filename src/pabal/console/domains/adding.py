"""Adding and removing sending domains, and what each has to publish."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from pabal.authentication.dkim import ExpectedKey
from pabal.authentication.examination import Sending
from pabal.authentication.records import (
    SES_SPF,
    DnsRecord,
    Publication,
    records_of,
    ses_bounce_host,
    ses_keys,
)
from pabal.authentication.spf_terms import parse_term
from pabal.configuration.keyring import Keyring
from pabal.console.domains.errors import (
    BounceHostUnknown,
    DomainExists,
    DomainRefused,
    OptionRefused,
    SendersUnknown,
    TermRefused,
    TokensRefused,
    UnknownDomain,
)
from pabal.console.domains.keys import make_pair
from pabal.console.domains.models import DkimKey, SendingDomain
from pabal.domain.address import parse_address
from pabal.domain.errors import InputError

_TOKENS = 3  # SES: dkim-easy
_SHAPES = {
    "--token": (re.compile("[a-z0-9]{16,63}"), "hirjd4exampled5477y22yd23ettobi"),
    "--region": (re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d"), "ap-northeast-2"),
    "--selector": (re.compile("[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?"), "pabal"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A sending domain as an operator asks for it. "" and () for what is usual.

    spf: terms. bounce_host: the MX of a bounce domain that is not the domain itself.
    region, tokens: for Amazon SES only.
    """

    name: str
    transport: SendingDomain.Transport
    spf: tuple[str, ...] = ()
    bounce_domain: str = ""
    bounce_host: str = ""
    reports: str = ""
    selector: str = "pabal"
    region: str = ""
    tokens: tuple[str, ...] = ()


@transaction.atomic
def add_domain(wanted: Wanted, *, keyring: Keyring, now: datetime) -> SendingDomain:
    """Keep a sending domain; for a mail server with keys that sign from now on.

    Raises DomainRefused, OptionRefused, TokensRefused, TermRefused, SendersUnknown,
    BounceHostUnknown, DomainExists. AddressError: that for reports is none.
    """
    domain = _checked(wanted, now)
    if SendingDomain.objects.filter(name=domain.name).exists():
        raise DomainExists(domain=domain.name)
    domain.save()
    if wanted.transport is SendingDomain.Transport.SMTP:
        make_pair(domain, DkimKey.State.SIGNING, keyring=keyring, now=now)
    return domain


def _checked(wanted: Wanted, now: datetime) -> SendingDomain:
    name = checked_domain(wanted.name)
    by_ses = wanted.transport is SendingDomain.Transport.SES
    bounce_domain = checked_domain(wanted.bounce_domain or (f"bounce.{name}" if by_ses else name))
    bounce_host = ses_bounce_host(_matching("--region", wanted.region)) if by_ses else ""
    if not by_ses and bounce_domain != name:
        if not wanted.bounce_host:
            raise BounceHostUnknown(domain=bounce_domain)
        bounce_host = checked_domain(wanted.bounce_host)
    if by_ses and len(set(wanted.tokens)) != _TOKENS:
        raise TokensRefused(count=len(wanted.tokens))
    return SendingDomain(
        name=name,
        transport=wanted.transport.value,
        spf=" ".join(SES_SPF if by_ses else _terms(name, wanted.spf)),
        bounce_domain=bounce_domain,
        bounce_host=bounce_host,
        reports=parse_address(wanted.reports or f"dmarc@{name}").wire,
        selector=_matching("--selector", wanted.selector),
        region=wanted.region if by_ses else "",
        tokens=" ".join(_matching("--token", token) for token in wanted.tokens) if by_ses else "",
        created_at=now,
    )


def checked_domain(text: str) -> str:
    """Return a domain in lower case and IDNA. Raises DomainRefused."""
    try:
        return parse_address(f"x@{text.strip().rstrip('.')}").domain
    except InputError as error:
        raise DomainRefused(value=text) from error


def _matching(option: str, value: str) -> str:
    shape, example = _SHAPES[option]
    if not shape.fullmatch(value):
        raise OptionRefused(option=option, value=value, example=example)
    return value


def _terms(name: str, terms: Sequence[str]) -> Sequence[str]:
    for term in terms:
        written = parse_term(term, name)
        if written is None or written.name == "all":
            raise TermRefused(term=term)
    if not terms:
        raise SendersUnknown(domain=name)
    return terms


def find_domain(text: str) -> SendingDomain:
    """Raises UnknownDomain. DomainRefused: it cannot be one."""
    found = SendingDomain.objects.filter(name=checked_domain(text)).first()
    if found is None:
        names = ", ".join(SendingDomain.objects.order_by("name").values_list("name", flat=True))
        raise UnknownDomain(domain=text, names=names or "–")
    return found


def governing(domain: str) -> SendingDomain | None:
    """The sending domain whose keys sign for a domain: itself, or the nearest one above it."""
    labels = domain.split(".")
    names = [".".join(labels[start:]) for start in range(len(labels))]
    rows = {row.name: row for row in SendingDomain.objects.filter(name__in=names)}
    return next((rows[name] for name in names if name in rows), None)


def expected_keys(domain: SendingDomain) -> tuple[ExpectedKey, ...]:
    """The public keys that ought to be in the DNS."""
    if domain.tokens:
        return ses_keys(domain.name, domain.tokens.split())
    return tuple(row.expected for row in domain.keys.select_related("domain"))


def records(domain: SendingDomain) -> list[DnsRecord]:
    """What the domain has to publish, now."""
    return records_of(
        Publication(
            domain=domain.name,
            keys=expected_keys(domain),
            spf=tuple(domain.spf.split()),
            bounce_domain=domain.bounce_domain,
            bounce_host=domain.bounce_host,
            reports=domain.reports,
        )
    )


def sending_of(domain: str, bounce_domain: str) -> Sending:
    """How mails from a domain leave, with what is known of it."""
    known = governing(domain)
    if known is None:
        return Sending(domain=domain, bounce_domain=bounce_domain or domain)
    bounces = bounce_domain or known.bounce_domain
    return Sending(
        domain=domain,
        bounce_domain=bounces,
        keys=expected_keys(known),
        spf=tuple(known.spf.split()),
        bounce_host=known.bounce_host if bounces == known.bounce_domain else "",
    )
