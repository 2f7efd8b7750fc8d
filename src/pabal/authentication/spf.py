"""SPF records as trees of terms, with what each costs (RFC 7208).

Libraries judge one mail from one address and stop at the first match or the eleventh
look-up. An owner has to see the whole tree, and above all the one that is too large.
"""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_network

from pabal.authentication.lookups import Answer, Kind, Lookups
from pabal.authentication.spf_terms import (
    Network,
    Verdict,
    Written,
    is_spf,
    parse_term,
    reached_terms,
)

Address = IPv4Address | IPv6Address

MOST_LOOKUPS = 10  # RFC 7208 4.6.4: terms that ask
MOST_VOIDS = 2  # of them, answered with nothing
MOST_HOSTS = 10  # of one mx
_WALKED = 40  # terms that ask, after which a tree is not worth more questions

_ASKING = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
_EVERYONE: tuple[Network, ...] = (ip_network("0.0.0.0/0"), ip_network("::/0"))


class SpfTrouble(enum.Enum):
    """Why a record or a term cannot be used. All but the last two are a permerror."""

    MISSING = "missing"
    SEVERAL = "several"
    SYNTAX = "syntax"
    LOOP = "loop"
    MANY_HOSTS = "many hosts"
    UNANSWERED = "unanswered"
    NOT_WALKED = "not walked"


_NO_ERRORS = frozenset({SpfTrouble.UNANSWERED, SpfTrouble.NOT_WALKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A mechanism, or the redirect, with all that hangs below it.

    lookups, voids: counted with those below (RFC 7208 4.6.4).
    networks: which a match means, as far as addresses tell.
    record: of include and redirect.
    unsure: whether a match depends on more than the address.
    """

    text: str
    name: str
    verdict: Verdict
    lookups: int = 0
    voids: int = 0
    networks: tuple[Network, ...] = ()
    record: "SpfRecord | None" = None
    unsure: bool = False
    trouble: SpfTrouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfRecord:
    """The record of a domain. text: "" where there is none, or more than one."""

    domain: str
    text: str = ""
    terms: tuple[Term, ...] = ()
    trouble: SpfTrouble | None = None
    answer: Answer | None = None

    @property
    def lookups(self) -> int:
        return sum(term.lookups for term in self.terms)

    @property
    def voids(self) -> int:
        return sum(term.voids for term in self.terms)

    @property
    def exceeds(self) -> bool:
        return self.lookups > MOST_LOOKUPS or self.voids > MOST_VOIDS

    def troubles(self) -> Iterator[tuple["SpfRecord", Term | None, SpfTrouble]]:
        """Walk over all that is wrong in the tree: in which record, at which term."""
        if self.trouble is not None:
            yield self, None, self.trouble
        for term in self.terms:
            if term.trouble is not None:
                yield self, term, term.trouble
            if term.record is not None:
                yield from term.record.troubles()

    @property
    def broken(self) -> bool:
        """Whether receivers that read all of it answer with a permerror."""
        return self.exceeds or any(t not in _NO_ERRORS for *_, t in self.troubles())

    @property
    def unanswered(self) -> bool:
        return any(trouble is SpfTrouble.UNANSWERED for *_, trouble in self.troubles())

    def all_terms(self) -> Iterator[Term]:
        """Walk over the terms, and those below them."""
        for term in self.terms:
            yield term
            if term.record is not None:
                yield from term.record.all_terms()


def read_spf(domain: str, lookups: Lookups) -> SpfRecord:
    """Look the record of a domain up, and everything it leads to."""
    return _Walk(lookups).record(domain, above=())


def verdict(record: SpfRecord, address: Address) -> Verdict:
    """Say what a record means for mail from an address (RFC 7208 4.6, 5)."""
    if record.broken:
        return Verdict.BROKEN
    return _verdict(record, address)


def _verdict(record: SpfRecord, address: Address) -> Verdict:
    unsure = record.trouble is not None
    for term in record.terms:
        matches = _matches(term, address)
        if matches is None:
            unsure = True
        elif matches and term.name == "redirect" and term.record is not None:
            return _weigh(_verdict(term.record, address), unsure)
        elif matches:
            return _weigh(term.verdict, unsure)
    return _weigh(Verdict.NEUTRAL, unsure)


def _weigh(found: Verdict, unsure: bool) -> Verdict:
    """What was not sure above may have matched before."""
    return Verdict.UNSURE if unsure else found


def _matches(term: Term, address: Address) -> bool | None:
    if term.unsure or term.trouble in _NO_ERRORS:
        return None
    if term.name in ("all", "redirect"):
        return True
    if term.name == "include" and term.record is not None:
        below = _verdict(term.record, address)
        return None if below is Verdict.UNSURE else below is Verdict.PASS
    return any(address in network for network in term.networks)


@dataclass(slots=True)
class _Walk:
    """One walk over a tree; counts what it asks, so that it ends."""

    lookups: Lookups
    asked: int = 0

    def record(self, domain: str, above: tuple[str, ...]) -> SpfRecord:
        answer = self.lookups.texts(domain)
        if answer.trouble is not None:
            return SpfRecord(domain=domain, trouble=SpfTrouble.UNANSWERED, answer=answer)
        found = [text for text in answer.records if is_spf(text)]
        if len(found) != 1:
            trouble = SpfTrouble.SEVERAL if found else SpfTrouble.MISSING
            return SpfRecord(domain=domain, trouble=trouble, answer=answer)
        way = (*above, domain)
        terms = tuple(self._term(text, domain, way) for text in reached_terms(found[0]))
        return SpfRecord(domain=domain, text=found[0], terms=terms, answer=answer)

    def _term(self, text: str, domain: str, way: tuple[str, ...]) -> Term:
        written = parse_term(text, domain)
        if written is None:
            return Term(text=text, name="", verdict=Verdict.BROKEN, trouble=SpfTrouble.SYNTAX)
        term = Term(
            text=text, name=written.name, verdict=written.verdict, networks=written.networks
        )
        if written.name not in _ASKING:
            return term
        self.asked += 1
        term = replace(term, lookups=1)
        if self.asked > _WALKED:
            return replace(term, trouble=SpfTrouble.NOT_WALKED)
        if written.has_macros or written.name == "ptr":
            return replace(term, unsure=True)
        if written.name in ("include", "redirect"):
            return self._with_record(term, written.target, way)
        return self._with_networks(term, written)

    def _with_record(self, term: Term, domain: str, way: tuple[str, ...]) -> Term:
        if domain in way:
            return replace(term, trouble=SpfTrouble.LOOP)
        below = self.record(domain, way)
        void = int(below.answer is not None and below.answer.void)
        return replace(term, lookups=1 + below.lookups, voids=void + below.voids, record=below)

    def _with_networks(self, term: Term, written: Written) -> Term:
        if written.name != "mx":
            return self._with_addresses(term, written, [written.target])
        answer = self.lookups.ask(written.target, Kind.MX)
        if answer.trouble is not None:
            return replace(term, trouble=SpfTrouble.UNANSWERED)
        if len(answer.records) > MOST_HOSTS:
            return replace(term, trouble=SpfTrouble.MANY_HOSTS)
        hosts = [host for host in answer.records if host]
        return self._with_addresses(replace(term, voids=int(answer.void)), written, hosts)

    def _with_addresses(self, term: Term, written: Written, hosts: Sequence[str]) -> Term:
        answers = [answer for host in hosts for answer in self.lookups.addresses(host)]
        if any(answer.trouble is not None for answer in answers):
            return replace(term, trouble=SpfTrouble.UNANSWERED)
        found = [address for answer in answers for address in answer.records]
        if not found:
            return term if written.name == "mx" else replace(term, voids=1)
        if written.name == "exists":
            return replace(term, networks=_EVERYONE)
        return replace(term, networks=tuple(map(written.network, found)))
