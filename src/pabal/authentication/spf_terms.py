"""The grammar of SPF records (RFC 7208 4.6.1, 12): a text into its terms, without the DNS."""

import enum
import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

_TERM = re.compile(
    r"([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::([^/ ]\S*)|(/\S+))?", re.IGNORECASE
)
_ALL = re.compile(r"[+?~-]?all", re.IGNORECASE)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)=(\S*)")
_LENGTHS = re.compile(r"(.*?)(?:/(0|[1-9]\d?))?(?://(0|[1-9]\d{0,2}))?")
_MACRO = re.compile(r"%(?:\{[slodiphv]\d*r?[-.+,/_=]*\}|[%_-])", re.IGNORECASE)
_DOMAIN_SPEC = re.compile(r"[\x21-\x24\x26-\x7e]*\.(?=[^.]*[a-z-])[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


class Verdict(enum.Enum):
    """What a record says of an address (RFC 7208 2.6); UNSURE where only a real mail tells."""

    PASS = "pass"  # noqa: S105 - a word of the RFC
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    BROKEN = "permerror"
    UNSURE = "unsure"


_QUALIFIERS = {
    "": Verdict.PASS,
    "+": Verdict.PASS,
    "-": Verdict.FAIL,
    "~": Verdict.SOFTFAIL,
    "?": Verdict.NEUTRAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A term as it is written: a mechanism, or a redirect.

    verdict: of a match. target: the domain that it asks for. networks: of ip4 and ip6.
    lengths: of the prefixes of IPv4 and IPv6 addresses that are found.
    """

    text: str
    name: str
    verdict: Verdict = Verdict.PASS
    target: str = ""
    lengths: tuple[int, int] = (32, 128)
    networks: tuple[Network, ...] = ()

    @property
    def has_macros(self) -> bool:
        return _MACRO.search(self.target) is not None

    def network(self, address: str) -> Network:
        length = self.lengths[ip_address(address).version == 6]
        return ip_network(f"{address}/{length}", strict=False)


def is_spf(text: str) -> bool:
    """Whether a text is an SPF record (RFC 7208 4.5)."""
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def reached_terms(text: str) -> list[str]:
    """The terms that an evaluation may come to: none behind “all”, no redirect beside it (6.1).

    Wrong ones stay, wherever they are: receivers read the whole record first (4.6).
    """
    mechanisms: list[str] = []
    modifiers: list[str] = []
    for term in text.split()[1:]:
        (modifiers if _MODIFIER.fullmatch(term) else mechanisms).append(term)
    ends = [at for at, term in enumerate(mechanisms) if _ALL.fullmatch(term)]
    reached = mechanisms[: ends[0] + 1] if ends else mechanisms
    redirects, explanations = _named(modifiers, "redirect="), _named(modifiers, "exp=")
    beyond = [*mechanisms[len(reached) :], *redirects, *explanations]
    wrong = [term for term in beyond if parse_term(term, "domain.example") is None]
    if len(redirects) > 1 or len(explanations) > 1:
        wrong.append(" ".join([*redirects, *explanations]))  # twice is wrong (6)
    return [*reached, *wrong, *([] if ends or wrong else redirects)]


def _named(modifiers: list[str], name: str) -> list[str]:
    return [term for term in modifiers if term.lower().startswith(name)]


def parse_term(text: str, domain: str) -> Written | None:
    """Read a term of a domain's record; None: it is against the grammar."""
    modifier = _MODIFIER.fullmatch(text)
    if modifier:
        target = modifier[2].lower().rstrip(".")
        return Written(text=text, name="redirect", target=target) if _is_target(target) else None
    mechanism = _TERM.fullmatch(text)
    if not mechanism:
        return None
    qualifier, name = _QUALIFIERS[mechanism[1]], mechanism[2].lower()
    value = f"{mechanism[3] or ''}{mechanism[4] or ''}"
    if name == "all":
        return None if value else Written(text=text, name=name, verdict=qualifier)
    if name in ("ip4", "ip6"):
        return _network_term(text, name, qualifier, value)
    return _domain_term(text, name, qualifier, value, domain)


def _network_term(text: str, name: str, qualifier: Verdict, value: str) -> Written | None:
    if re.search(r"/0\d", value):
        return None
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        return None
    if network.version != int(name[2]):
        return None
    return Written(text=text, name=name, verdict=qualifier, networks=(network,))


def _domain_term(
    text: str, name: str, qualifier: Verdict, value: str, domain: str
) -> Written | None:
    lengths = _LENGTHS.fullmatch(value) if name in ("a", "mx") else None
    target = lengths[1] if lengths else value
    v4, v6 = (int(lengths[2] or 32), int(lengths[3] or 128)) if lengths else (32, 128)
    if name in ("include", "exists") and not target:
        return None
    target = (target or domain).lower().rstrip(".")
    if not _is_target(target) or v4 > 32 or v6 > 128:
        return None
    return Written(text=text, name=name, verdict=qualifier, target=target, lengths=(v4, v6))


def _is_target(target: str) -> bool:
    """Whether it can be a domain-spec (RFC 7208 7.1): it ends with a top label, or a macro."""
    plain = _MACRO.sub("m", target)
    if any(macro.end() == len(target) for macro in _MACRO.finditer(target)):
        plain = f"{plain}.m"
    return "%" not in plain and _DOMAIN_SPEC.fullmatch(plain) is not None
