"""The mail of a campaign with what part of its clickers each of its links had, drawn over it.

It is drawn by attributes and a style sheet: nothing in the mail's frame needs a script, nothing
of the mail moves. What is drawn is for eyes alone; the table beside it says the same.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

from pabal.console.campaigns.models import Campaign
from pabal.domain.engagement import ANY_LINK, Actor, Engagement
from pabal.domain.event import EventKind

LEVELS = 4  # of colour, the last for the most clicked

_NUMBER = re.compile(r"/(\d{1,5})")
_NAME = re.compile(r"<\w+")
_HREF = re.compile(r"""(?<=\s)href\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_LINKS = ("a", "area")
# Yellow to red on any background: the frame around a link is seen beside the label's own dark.
_COLOURS = ("#8a6d00", "#a65300", "#b3361b", "#9c0d38")
_STYLE = (
    "<style>a[data-clicks]{position:relative!important;outline-style:solid!important;"
    "outline-width:3px!important;outline-offset:1px!important}"
    "a[data-clicks]::after{content:attr(data-clicks);position:absolute;right:-6px;top:-13px;"
    "z-index:9;padding:1px 6px;border-radius:9px;color:#fff;white-space:nowrap;"
    "font:bold 12px/16px sans-serif;letter-spacing:0;text-decoration:none;text-indent:0}"
    + "".join(
        f'a[data-heat="{level}"]{{outline-color:{colour}!important}}'
        f'a[data-heat="{level}"]::after{{background:{colour}}}'
        for level, colour in enumerate(_COLOURS, 1)
    )
    + "</style>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkShare:
    """A link of a campaign. share: of all people who clicked anything in the mail, 0 to 1.

    level: of its colour, from 1; 0 where nobody clicked.
    """

    number: int
    target: str
    people: int
    machines: int
    share: float
    level: int


def link_shares(campaign: Campaign, seen: Engagement) -> Sequence[LinkShare]:
    """Return the campaign's links, those that most people clicked first."""
    clickers = seen.count(EventKind.CLICKED, Actor.PERSON, ANY_LINK)
    people = {
        number: seen.count(EventKind.CLICKED, Actor.PERSON, number)
        for number in range(1, len(campaign.links) + 1)
    }
    most = max(people.values(), default=0)
    shares = [
        LinkShare(
            number=number,
            target=target,
            people=people[number],
            machines=seen.count(EventKind.CLICKED, Actor.MACHINE, number),
            share=people[number] / clickers if clickers else 0.0,
            level=-(-LEVELS * people[number] // most) if most else 0,
        )
        for number, target in enumerate(campaign.links, 1)
    ]
    return sorted(shares, key=lambda each: -each.people)


def with_shares(html: str, shares: Sequence[LinkShare], *, clicks: str) -> str:
    """Draw the shares into a mail's HTML, and let its links lead where they led.

    clicks: what the address of a tracked link begins with.
    """
    known = {each.number: each for each in shares}
    done, position = "", 0
    for begin, end, number in _tracked_links(html, clicks):
        if number in known:
            done += html[position:begin] + _drawn(html[begin:end], known[number])
            position = end
    return _STYLE + done + html[position:]


def _drawn(tag: str, link: LinkShare) -> str:
    tag = _HREF.sub(lambda _: f'href="{escape(link.target)}"', tag, count=1)
    marks = f' data-clicks="{link.share:.0%}" data-heat="{max(link.level, 1)}"'
    return _NAME.sub(lambda name: name[0] + marks, tag, count=1)


def _tracked_links(html: str, clicks: str) -> Iterator[tuple[int, int, int]]:
    """Say where each start tag of a tracked link begins and ends, and its link's number."""
    reader = _Reader(html)
    reader.feed(html)
    reader.close()
    for begin, end, attributes in reader.links:
        href = attributes.get("href") or ""
        number = _NUMBER.fullmatch(href[href.rfind("/") :]) if href.startswith(clicks) else None
        if number:
            yield begin, end, int(number[1])


class _Reader(HTMLParser):
    """Finds start tags of links; what stands in comments is none."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[tuple[int, int, Mapping[str, str | None]]] = []
        self._lines = [0, *(match.end() for match in re.finditer("\n", html))]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LINKS:
            line, column = self.getpos()
            begin = self._lines[line - 1] + column
            end = begin + len(self.get_starttag_text() or "")
            self.links.append((begin, end, dict(reversed(attrs))))
