"""Asking the DNS, with an end: every question gets an answer or a reason, in bounded time."""

import enum
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

import dns.exception
import dns.message
import dns.name
import dns.nameserver
import dns.rdata
import dns.resolver
import dns.reversename
from dns.rdtypes.ANY.TXT import TXT

_PATIENCE = 4.0  # seconds for one question, over all servers and tries
_TRIES = 3  # that fit in
_BUDGET = 15.0  # seconds for all questions of one examination
_IN_VAIN = 2  # questions, behind which nobody is taken to be there who answers any
_KEPT = 300  # seconds at most, whatever the record's own TTL promises
_KEPT_NOTHING = 30
_KEPT_ANSWERS = 2_000
_UDP_BYTES = 1232  # DNS flag day 2020: what passes without fragments; TCP for the rest


class Kind(enum.Enum):
    """The types of records that are asked for."""

    TXT = "TXT"
    A = "A"
    AAAA = "AAAA"
    MX = "MX"
    PTR = "PTR"
    CNAME = "CNAME"


class Trouble(enum.Enum):
    """Why a question has no answer."""

    SILENT = "silent"  # nobody answered in time
    FAILED = "failed"  # SERVFAIL, REFUSED, no server at all
    GARBLED = "garbled"  # an answer that cannot be read, or a CNAME that leads in a circle


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the DNS said.

    records: TXT as text with its strings joined, where whatever is not printable UTF-8 is
    written as \\xNN; MX, by preference, PTR and CNAME as names in lower case without the
    last dot; a null MX (RFC 7505) as "".
    exists: whether the name does, with or without such records.
    trouble: why nothing can be said; None where there is an answer.
    """

    name: str
    kind: Kind
    records: tuple[str, ...] = ()
    exists: bool = True
    trouble: Trouble | None = None

    @property
    def void(self) -> bool:
        """Answered with nothing (RFC 7208 4.6.4)."""
        return self.trouble is None and not self.records


@dataclass(slots=True)
class Cache:
    """Answers that are still good; for any number of examinations in one process."""

    _kept: dict[tuple[str, Kind], tuple[float, Answer]] = field(
        default_factory=dict[tuple[str, Kind], tuple[float, Answer]]
    )

    def get(self, name: str, kind: Kind, now: float) -> Answer | None:
        until, answer = self._kept.get((name, kind), (now, None))
        return answer if until > now else None

    def put(self, answer: Answer, until: float) -> None:
        if len(self._kept) >= _KEPT_ANSWERS:
            self._kept.clear()
        self._kept[answer.name, answer.kind] = (until, answer)


class Lookups:
    """The questions of one examination. Blocks; never raises; ends within its budget.

    servers: IP addresses and ports; empty for the system's own.
    now: seconds that only go forward.
    patience, budget: seconds for one question, and for all together; what is asked later is
    answered SILENT. So is all but the first few where not one was answered.
    unanswered: all that was asked in vain.
    """

    def __init__(
        self,
        servers: Sequence[tuple[str, int]],
        *,
        now: Callable[[], float],
        cache: Cache | None = None,
        patience: float = _PATIENCE,
        budget: float = _BUDGET,
    ) -> None:
        self._resolver = _resolver(servers)
        self._resolver.timeout = patience / _TRIES
        self._patience = patience
        self._now = now
        self._cache = cache or Cache()
        self._end = now() + budget
        self._in_vain: int | None = 0
        self.unanswered: list[Answer] = []

    def ask(self, name: str, kind: Kind) -> Answer:
        answer = self._ask(name.lower().rstrip("."), kind)
        if answer.trouble is not None:
            self.unanswered.append(answer)
        return answer

    def _ask(self, name: str, kind: Kind) -> Answer:
        kept = self._cache.get(name, kind, self._now())
        if kept is not None:
            return kept
        left = self._end - self._now()
        if left <= 0 or self._in_vain == _IN_VAIN:
            return Answer(name=name, kind=kind, trouble=Trouble.SILENT)
        answer, seconds = self._resolve(name, kind, min(left, self._patience))
        self._count(answer)
        if answer.trouble is None or left >= self._patience:  # else it only came too late
            self._cache.put(answer, self._now() + seconds)
        return answer

    def _count(self, answer: Answer) -> None:
        """Note how many questions in a row nobody answered; None once somebody did."""
        if answer.trouble is not Trouble.SILENT:
            self._in_vain = None
        elif self._in_vain is not None:
            self._in_vain += 1

    def texts(self, name: str) -> Answer:
        return self.ask(name, Kind.TXT)

    def addresses(self, name: str) -> tuple[Answer, Answer]:
        """Ask for IPv4 and IPv6 addresses."""
        return self.ask(name, Kind.A), self.ask(name, Kind.AAAA)

    def _resolve(self, name: str, kind: Kind, seconds: float) -> tuple[Answer, float]:
        """Return the answer and for how many seconds it is good."""
        try:
            found = self._resolver.resolve(
                name, kind.value, search=False, raise_on_no_answer=False, lifetime=seconds
            )
        except dns.resolver.NXDOMAIN:
            return Answer(name=name, kind=kind, exists=False), _KEPT_NOTHING
        except dns.exception.DNSException as error:
            return Answer(name=name, kind=kind, trouble=_trouble(error)), _KEPT_NOTHING
        if found.rrset is None:
            return Answer(name=name, kind=kind), _KEPT_NOTHING
        records = tuple(_text(record) for record in _in_order(found.rrset))
        return Answer(name=name, kind=kind, records=records), min(found.rrset.ttl, _KEPT)


def reverse_name(address: str) -> str:
    """Return where the PTR record of an IP address stands."""
    return dns.reversename.from_address(address).to_text(omit_final_dot=True)


def _resolver(servers: Sequence[tuple[str, int]]) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=False)
    if servers:
        resolver.nameservers = [dns.nameserver.Do53Nameserver(*server) for server in servers]
    else:
        # Without a resolv.conf every question is answered FAILED, which says it all.
        with suppress(dns.exception.DNSException):
            resolver.nameservers = dns.resolver.Resolver().nameservers
    resolver.use_edns(0, 0, _UDP_BYTES)
    return resolver


def _trouble(error: dns.exception.DNSException) -> Trouble:
    if isinstance(error, dns.exception.Timeout):
        return Trouble.SILENT
    if isinstance(error, dns.resolver.NoNameservers):
        # One of the servers gave an answer, and dnspython's own reader refused it.
        tried = cast("list[tuple[object, ...]]", error.kwargs.get("errors", []))  # pyright: ignore[reportUnknownMemberType]
        return Trouble.GARBLED if any(_is_unreadable(each[3]) for each in tried) else Trouble.FAILED
    return Trouble.GARBLED


def _is_unreadable(error: object) -> bool:
    cut = isinstance(error, dns.message.Truncated)  # the whole was then asked for over TCP
    return isinstance(error, dns.exception.DNSException) and not cut


def _in_order(rrset: Iterable[dns.rdata.Rdata]) -> list[dns.rdata.Rdata]:
    """MX by preference; what has none as it came."""
    return sorted(rrset, key=lambda record: int(getattr(record, "preference", 0)))


def _text(record: dns.rdata.Rdata) -> str:
    if isinstance(record, TXT):
        return _printable(b"".join(record.strings))
    target = getattr(record, "exchange", None) or getattr(record, "target", None)
    if isinstance(target, dns.name.Name):
        return target.to_text(omit_final_dot=True).lower().rstrip(".")
    return record.to_text()


def _printable(octets: bytes) -> str:
    """What a stranger wrote is shown at a terminal: it must not steer it."""
    text = octets.decode("utf-8", errors="backslashreplace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
