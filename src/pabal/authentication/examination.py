"""A sending domain as receivers see it: all that the DNS says, in one value."""

import enum
from collections.abc import Container
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network

from pabal.authentication.dkim import ExpectedKey, KeyState, PublishedKey, look_for
from pabal.authentication.dmarc import TreeWalk, aligned, walk
from pabal.authentication.lookups import Answer, Lookups
from pabal.authentication.server import ReverseName, reverse, takes_mail
from pabal.authentication.spf import SpfRecord, read_spf, verdict
from pabal.authentication.spf_terms import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How mails of a domain leave.

    domain: of From. bounce_domain: of the envelope sender.
    keys: what signs them, as far as we know; empty where the mail server may sign.
    spf: the terms that name who sends, such as ip4:192.0.2.1; empty where nobody has said.
    bounce_host: the only MX that the bounce domain ought to have; "" for any.
    """

    domain: str
    bounce_domain: str
    keys: tuple[ExpectedKey, ...] = ()
    spf: tuple[str, ...] = ()
    bounce_host: str = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        """The single addresses among the terms, written the shortest way."""
        values = (term.split(":", 1)[1] for term in self.spf if term.startswith(("ip4:", "ip6:")))
        return tuple(str(ip_address(value)) for value in values if "/" not in value)


class Passing(enum.Enum):
    """Whether mails pass, as far as the DNS tells."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was found.

    spf_aligned, dkim_aligned: with From's domain (RFC 9989 4.4); None where it is not known.
    bounces: the answer for where bounces go.
    unanswered: the questions that nobody knows the answer to.
    """

    sending: Sending
    spf: SpfRecord
    spf_aligned: bool | None
    keys: tuple[PublishedKey, ...]
    dkim_aligned: bool | None
    dmarc: TreeWalk
    bounces: Answer
    servers: tuple[ReverseName, ...]
    unanswered: tuple[Answer, ...] = ()

    @property
    def spf_passes(self) -> Passing:
        if self.spf_aligned is False or self.spf.broken:
            return Passing.NO
        if self.spf_aligned is None or self.spf.unanswered:
            return Passing.UNSURE
        return self._listed()

    def _listed(self) -> Passing:
        listed = {term.text.lower().lstrip("+") for term in self.spf.all_terms()}
        found = [self._lets_in(term.lower(), listed) for term in self.sending.spf]
        if not found or Passing.UNSURE in found:
            return Passing.UNSURE
        return Passing.NO if Passing.NO in found else Passing.YES

    def _lets_in(self, term: str, listed: Container[str]) -> Passing:
        """Whether the record has the same term, or lets its first address in some other way."""
        name, _, value = term.partition(":")
        if term in listed:
            return Passing.YES
        if name not in ("ip4", "ip6"):
            return Passing.NO
        found = verdict(self.spf, ip_network(value, strict=False).network_address)
        if found is Verdict.UNSURE:
            return Passing.UNSURE
        return Passing.YES if found is Verdict.PASS else Passing.NO

    @property
    def dkim_passes(self) -> Passing:
        """One good signature is enough (RFC 9989 4.4.1), if all receivers can verify it."""
        signing = [key for key in self.keys if key.expected.signs]
        if not signing or self.dkim_aligned is None:
            return Passing.UNSURE
        if any(key.verified_by_all for key in signing):
            return Passing.YES if self.dkim_aligned else Passing.NO
        silent = any(key.state is KeyState.UNANSWERED for key in signing)
        return Passing.UNSURE if silent else Passing.NO

    @property
    def passes(self) -> Passing:
        """Whether mails pass DMARC."""
        both = {self.spf_passes, self.dkim_passes}
        if Passing.YES in both:
            return Passing.YES
        return Passing.UNSURE if Passing.UNSURE in both else Passing.NO


def examine(sending: Sending, lookups: Lookups) -> Examination:
    """Look everything up. Blocks, for as long as the look-ups' budget allows."""
    before = len(lookups.unanswered)
    dmarc = walk(sending.domain, lookups)
    examination = Examination(
        sending=sending,
        spf=read_spf(sending.bounce_domain, lookups),
        spf_aligned=_spf_aligned(sending, dmarc, lookups),
        keys=tuple(look_for(key, lookups) for key in sending.keys),
        dkim_aligned=_dkim_aligned(sending, dmarc, lookups),
        dmarc=dmarc,
        bounces=takes_mail(sending.bounce_domain, lookups),
        servers=tuple(reverse(address, lookups) for address in sending.addresses),
    )
    return replace(examination, unanswered=tuple(lookups.unanswered[before:]))


def _spf_aligned(sending: Sending, dmarc: TreeWalk, lookups: Lookups) -> bool | None:
    strict = dmarc.policy is not None and dmarc.policy.strict_spf
    return aligned(sending.bounce_domain, sending.domain, strict=strict, lookups=lookups)


def _dkim_aligned(sending: Sending, dmarc: TreeWalk, lookups: Lookups) -> bool | None:
    strict = dmarc.policy is not None and dmarc.policy.strict_dkim
    signed = {key.name.partition("._domainkey.")[2] for key in sending.keys}
    found = [aligned(each, sending.domain, strict=strict, lookups=lookups) for each in signed]
    return None if None in found else all(found)
