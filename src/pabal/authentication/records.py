"""The records that a sending domain has to publish, as values and as lines of a zone file."""

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pabal.authentication.dkim import ExpectedKey

_STRING_OCTETS = 255  # RFC 1035 3.3: of one character-string
_TTL = 3600  # seconds


class Purpose(enum.Enum):
    """What a record is for."""

    DKIM = "dkim"
    SPF = "spf"
    BOUNCES = "bounces"
    DMARC = "dmarc"
    REPORTS = "reports"


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord:
    """A record to publish. kind: TXT, MX or CNAME. value: as a person types it, unquoted."""

    purpose: Purpose
    name: str
    kind: str
    value: str

    def zone_line(self) -> str:
        """Write the record for a zone file (RFC 1035 5.1)."""
        data = " ".join(map(_quoted, split_text(self.value))) if self.kind == "TXT" else self.value
        dot = "." if self.kind in ("MX", "CNAME") else ""
        return f"{self.name}. {_TTL} IN {self.kind} {data}{dot}"


def split_text(text: str) -> list[str]:
    """Cut a text into strings of at most 255 octets, between characters."""
    parts, part, octets = [""], "", 0
    for character in text:
        size = len(character.encode())
        if octets + size > _STRING_OCTETS:
            parts[-1], part, octets = part, "", 0
            parts.append("")
        part += character
        octets += size
    parts[-1] = part
    return parts


def _quoted(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What decides about a domain's records, when its mails go out by a mail server.

    spf: terms that name who sends, such as ip4:192.0.2.1.
    bounce_domain: of the envelope sender, by which SPF is checked.
    bounce_host: takes what comes back; "" where the bounce domain has its MX already.
    reports: address for DMARC's aggregate reports.
    """

    domain: str
    keys: tuple[ExpectedKey, ...]
    spf: tuple[str, ...]
    bounce_domain: str
    bounce_host: str
    reports: str


def records_of(publication: Publication) -> list[DnsRecord]:
    """List what to publish: DKIM, SPF, the way back for bounces, DMARC to begin with."""
    return [
        *_keys(publication.keys),
        _text(Purpose.SPF, publication.bounce_domain, spf_text(publication.spf)),
        *_way_back(publication.bounce_domain, publication.bounce_host),
        *dmarc_records(publication.domain, publication.reports),
    ]


def spf_text(terms: Iterable[str]) -> str:
    """“~all” and not “-all”: some receivers refuse at SPF's fail before DKIM is looked at."""
    return " ".join(["v=spf1", *terms, "~all"])


def _keys(keys: Iterable[ExpectedKey]) -> Iterator[DnsRecord]:
    for key in keys:
        kind, value = ("CNAME", key.target) if key.target else ("TXT", key.record)
        yield DnsRecord(purpose=Purpose.DKIM, name=key.name, kind=kind, value=value)


def _way_back(domain: str, host: str) -> Iterator[DnsRecord]:
    if host:
        yield DnsRecord(purpose=Purpose.BOUNCES, name=domain, kind="MX", value=f"10 {host}")


def dmarc_records(domain: str, reports: str) -> Iterator[DnsRecord]:
    """The policy that only watches (RFC 9989 8), and leave for reports to go elsewhere.

    RFC 9990 3: an address in another domain takes reports only if that domain says so.
    """
    policy = f"v=DMARC1; p=none; rua=mailto:{reports}"
    yield _text(Purpose.DMARC, f"_dmarc.{domain}", policy)
    host = reports.rpartition("@")[2].lower()
    if not f".{host}".endswith(f".{domain}"):
        yield _text(Purpose.REPORTS, f"{domain}._report._dmarc.{host}", "v=DMARC1")


def _text(purpose: Purpose, name: str, value: str) -> DnsRecord:
    return DnsRecord(purpose=purpose, name=name, kind="TXT", value=value)


def ses_keys(
    domain: str, tokens: Sequence[str], zone: str = "dkim.amazonses.com"
) -> tuple[ExpectedKey, ...]:
    """Easy DKIM: SES keeps and rotates the keys behind three CNAMEs (SES: dkim-easy)."""
    return tuple(
        ExpectedKey(name=f"{token}._domainkey.{domain}", target=f"{token}.{zone}")
        for token in tokens
    )


def ses_bounce_host(region: str) -> str:
    """The one MX of a custom MAIL FROM domain (SES: mail-from)."""
    return f"feedback-smtp.{region}.amazonses.com"


def ses_own_bounce_domain(region: str) -> str:
    """The domain of the envelope sender where no MAIL FROM domain is set (SES: mail-from)."""
    return "amazonses.com" if region == "us-east-1" else f"{region}.amazonses.com"


SES_SPF = ("include:amazonses.com",)
