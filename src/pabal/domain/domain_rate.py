"""How fast mails may go to some recipient domains, as the operator has set it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pabal.domain.address import AddressError, parse_address
from pabal.domain.rate import Rate

_UNITS = {"s": 1, "min": 60, "h": 3600}  # seconds
_RATE = re.compile(r"(\d+(?:\.\d+)?)/(s|min|h)")


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRate:
    """A rate that all mails to these domains share.

    domains: as in Address.domain; "*.example" stands for every domain below example.
    """

    domains: tuple[str, ...]
    rate: Rate

    @property
    def name(self) -> str:
        """What it is called in the ledger and in the log."""
        return ",".join(self.domains)


class DomainRates:
    """Finds the rate for a domain: its own, or the one set for the nearest domain above it."""

    def __init__(self, rates: Sequence[DomainRate] = ()) -> None:
        self._rates = tuple(rates)
        self._by_pattern: Mapping[str, DomainRate] = {
            pattern: each for each in rates for pattern in each.domains
        }

    def __bool__(self) -> bool:
        return bool(self._rates)

    def __iter__(self) -> Iterator[DomainRate]:
        return iter(self._rates)

    def of(self, domain: str) -> DomainRate | None:
        return next(filter(None, map(self._by_pattern.get, _patterns(domain))), None)


def _patterns(domain: str) -> Iterator[str]:
    """Yield what may stand for a domain, the nearest first."""
    yield domain
    above = domain.partition(".")[2]
    while above:
        yield f"*.{above}"
        above = above.partition(".")[2]


def parse_domain_rates(text: str) -> Sequence[DomainRate]:
    """Read rates such as "naver.com=5/s daum.net,hanmail.net=2/s *.example=100/min".

    Raises ValueError: says in English what is wrong with which part.
    """
    rates = [_domain_rate(part) for part in text.split()]
    seen = set[str]()
    for domain in (domain for each in rates for domain in each.domains):
        if domain in seen:
            raise ValueError(f"{domain} is there twice")
        seen.add(domain)
    return rates


def _domain_rate(part: str) -> DomainRate:
    names, _, rate = part.rpartition("=")
    matched = _RATE.fullmatch(rate)
    if not names or matched is None or not float(matched[1]):
        raise ValueError(f"“{part}” is not a domain, “=” and a rate above 0, such as 5/s")
    per_second = float(matched[1]) / _UNITS[matched[2]]
    return DomainRate(
        domains=tuple(map(_pattern, names.split(","))), rate=Rate(per_second=per_second)
    )


def _pattern(name: str) -> str:
    """Return a domain as addresses have it, so that the two can be compared."""
    star = "*." if name.startswith("*.") else ""
    try:
        # An address below it: "*.example" is allowed, and "example" is no domain for mail.
        below = parse_address(f"x@{name.replace('*', 'x', 1) if star else name}").domain
    except AddressError:
        raise ValueError(f"“{name}” is not a domain") from None
    return star + (below.removeprefix("x.") if star else below)
