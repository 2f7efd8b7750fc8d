"""Who asked for a tracked link or image: a person, a proxy for one, or a machine.

Each request is sorted by what it shows of itself, once, and nothing else of it is kept: no
address and no user agent. What only several requests together show is found in all that is
known of a delivery, so that the order in which they are told is no matter.
"""

import enum
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pabal.domain.event import EventKind
from pabal.domain.identity import DeliveryId

TOO_SOON = timedelta(seconds=5)
AT_ONCE = timedelta(seconds=10)
# Different links that nobody clicks so fast, by hand.
SEVERAL = ((2, timedelta(seconds=1)), (3, AT_ONCE))
ANY_LINK = 0  # stands for all links of a mail; a link's own number is from 1


class Actor(enum.Enum):
    """Who asked."""

    PERSON = "person"
    PROXY = "proxy"  # fetches for a person, as far as anybody can tell
    MACHINE = "machine"


class Sign(enum.Enum):
    """What a request shows of who made it; kept as text."""

    HEAD = "head"
    PREFETCH = "prefetch"
    SCANNER = "scanner"
    SCRIPT = "script"
    APPLE = "apple"
    GMAIL_AHEAD = "gmail ahead"
    GMAIL = "gmail"
    YAHOO = "yahoo"
    SOON = "soon"
    BROWSER = "browser"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an HTTP request says of whoever makes it.

    purposes: the values of Sec-Purpose, Purpose, X-Purpose and X-Moz.
    """

    method: str
    agent: str
    purposes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A request for a tracked link or image of a delivery's mail.

    kind: OPENED or CLICKED. link: its number; ANY_LINK for an image, or where none is known.
    """

    delivery: DeliveryId
    kind: EventKind
    sign: Sign
    at: datetime
    link: int = ANY_LINK


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """All hits of a delivery that are alike: the first, the last, and how many."""

    kind: EventKind
    link: int
    sign: Sign
    first_at: datetime
    last_at: datetime
    times: int

    def with_another(self, at: datetime) -> "Hits":
        return Hits(
            kind=self.kind,
            link=self.link,
            sign=self.sign,
            first_at=min(self.first_at, at),
            last_at=max(self.last_at, at),
            times=self.times + 1,
        )

    @classmethod
    def of(cls, hit: Hit) -> "Hits":
        at, sign = hit.at, hit.sign
        return cls(kind=hit.kind, link=hit.link, sign=sign, first_at=at, last_at=at, times=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """Deliveries of a campaign by what was opened or clicked and by whom; each counts once.

    counts: by kind, link and actor; ANY_LINK stands for the mail.
    """

    counts: Mapping[tuple[EventKind, int, Actor], int]

    def count(self, kind: EventKind, actor: Actor, link: int = ANY_LINK) -> int:
        return self.counts.get((kind, link, actor), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How requests with a sign are counted. name: in docs/tracking.md, where its source is."""

    name: str
    actor: Actor


RULES: Mapping[Sign, Rule] = {
    Sign.HEAD: Rule(name="asks without fetching", actor=Actor.MACHINE),
    Sign.PREFETCH: Rule(name="says that it fetches ahead", actor=Actor.MACHINE),
    Sign.SCANNER: Rule(name="names a mail filter", actor=Actor.MACHINE),
    Sign.SCRIPT: Rule(name="is no browser", actor=Actor.MACHINE),
    Sign.APPLE: Rule(name="Apple Mail Privacy Protection", actor=Actor.MACHINE),
    Sign.GMAIL_AHEAD: Rule(name="Gmail ahead of its reader", actor=Actor.MACHINE),
    Sign.GMAIL: Rule(name="Gmail's image proxy", actor=Actor.PROXY),
    Sign.YAHOO: Rule(name="Yahoo's image proxy", actor=Actor.PROXY),
    Sign.SOON: Rule(name="sooner than a person", actor=Actor.MACHINE),
    Sign.BROWSER: Rule(name="nothing else is known", actor=Actor.PERSON),
}
# Found in all hits of a delivery, among the clicks that would count as a person's.
SCANS = (
    Rule(name="several links at once", actor=Actor.MACHINE),
    Rule(name="behind one that asks without fetching", actor=Actor.MACHINE),
)

_SCANNERS = re.compile(
    r"barracuda|mimecast|proofpoint|urldefense|ironport|fireeye|trellix|symantec|messagelabs"
    r"|forcepoint|trend ?micro|sophos|cloudmark|hornetsecurity|spamtitan|retarus|safelinks"
    r"|zscaler|avanan|ms-office-url|virustotal|urlscan",
    re.IGNORECASE,
)
# A telephone that is called Cubot says so in its user agent and is none.
_SCRIPTS = re.compile(
    r"(?<!cu)bot(?![a-z])|crawl|spider|slurp|yeti/|daumoa|preview|headless|facebookexternalhit"
    r"|whatsapp"
    r"|^(?:curl|wget|python|go-http-client|java|okhttp|libwww|ruby|php|node|axios|apache-http)",
    re.IGNORECASE,
)
_GMAIL_AHEAD = re.compile(r"Chrome/42\.0\.2311\.135 .*Edge/12\.246 Mozilla/5\.0")
_LONGEST = 512  # characters of a user agent that are looked at
_MAY_BE_SOON = frozenset({Sign.GMAIL, Sign.YAHOO, Sign.BROWSER})


def sign_of(kind: EventKind, request: Request) -> Sign:
    """Sort a request. Nothing that it says can make it more of a person than it seems."""
    agent = request.agent[:_LONGEST].strip()
    if request.method == "HEAD":
        return Sign.HEAD
    if any("prefetch" in each.lower() or "preview" in each.lower() for each in request.purposes):
        return Sign.PREFETCH
    if kind is EventKind.OPENED and (proxy := _proxy(agent)):
        return proxy
    if _SCANNERS.search(agent):
        return Sign.SCANNER
    return Sign.SCRIPT if not agent or _SCRIPTS.search(agent) else Sign.BROWSER


def after_sending(hit: Hit, accepted_at: datetime | None) -> Hit:
    """Sort a hit anew, knowing when the server took the mail; None where nobody knows."""
    if accepted_at is None or hit.sign not in _MAY_BE_SOON or hit.at - accepted_at >= TOO_SOON:
        return hit
    return Hit(delivery=hit.delivery, kind=hit.kind, sign=Sign.SOON, at=hit.at, link=hit.link)


def told_apart(found: Iterable[Hits]) -> Iterator[tuple[Hits, Actor]]:
    """Say by whom each of a delivery's hits were. found: all that are known."""
    hits = list(found)
    scans = _beginnings_of_scans(hits)
    return ((each, _actor(each, scans)) for each in hits)


def actors(found: Iterable[Hits]) -> Mapping[tuple[EventKind, int], Actor]:
    """Say who has opened a mail and clicked its links, the nearest to a person of each.

    By kind and link; ANY_LINK stands for the mail. Asking without fetching is neither.
    """
    seen: dict[tuple[EventKind, int], Actor] = {}
    for each, actor in told_apart(found):
        if each.sign is Sign.HEAD:
            continue
        for key in {(each.kind, each.link), (each.kind, ANY_LINK)}:
            seen[key] = min(seen.get(key, actor), actor, key=_BY_NEARNESS.index)
    return seen


_BY_NEARNESS = tuple(Actor)


def _proxy(agent: str) -> Sign | None:
    if agent == "Mozilla/5.0":
        return Sign.APPLE
    if "GoogleImageProxy" in agent:
        return Sign.GMAIL
    if "YahooMailProxy" in agent:
        return Sign.YAHOO
    return Sign.GMAIL_AHEAD if _GMAIL_AHEAD.search(agent) else None


def _actor(hits: Hits, scans: Sequence[datetime]) -> Actor:
    actor = RULES[hits.sign].actor
    if actor is Actor.PERSON and hits.kind is EventKind.CLICKED:
        moments = (hits.first_at, hits.last_at)
        return Actor.MACHINE if all(_is_within(moment, scans) for moment in moments) else actor
    return actor


def _is_within(moment: datetime, scans: Sequence[datetime]) -> bool:
    place = bisect_right(scans, moment)
    return place > 0 and moment - scans[place - 1] <= AT_ONCE


def _beginnings_of_scans(hits: Sequence[Hits]) -> Sequence[datetime]:
    """When somebody asked without fetching, or began to click several links at once."""
    asked = {at for each in hits if each.sign is Sign.HEAD for at in (each.first_at, each.last_at)}
    clicks = sorted(
        (at, each.link)
        for each in hits
        if each.kind is EventKind.CLICKED and each.sign is not Sign.HEAD
        for at in {each.first_at, each.last_at}
    )
    at_once = {at for place, (at, _) in enumerate(clicks) if _are_several(clicks, place)}
    return sorted(asked | at_once)


def _are_several(clicks: Sequence[tuple[datetime, int]], first: int) -> bool:
    """Whether a click begins several of different links. One link is few rows, however often."""
    begun, _ = clicks[first]
    links: set[int] = set()
    for at, link in clicks[first : first + 2 * len(Sign) * len(SEVERAL)]:
        links.add(link)
        if any(len(links) >= count and at - begun <= span for count, span in SEVERAL):
            return True
    return False
