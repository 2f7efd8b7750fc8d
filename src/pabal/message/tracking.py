"""Tracked links and the image that shows an open, put into a mail once a campaign.

A link becomes `/c/<seal>/<number>`: the seal names the delivery and is one for all links of
a mail, and where a number leads is kept with the campaign, so that no address has a target
in it that somebody could exchange. Left as they are written: what a customer's values are
part of, since that is no campaign's address but a person's; whatever is for leaving; links
that show an address, which would seem to lie; and all that is no http or https.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from itertools import zip_longest

from pabal.domain.target import target_of
from pabal.domain.tracking import Tracking
from pabal.message.compiled import CLICKS, OPENS, SEAL
from pabal.message.shield import VOID_ELEMENTS, Shielded
from pabal.message.tags import Tag, Text

_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_END_OF_BODY = re.compile(r"</body\s*>(?!.*</body)", re.IGNORECASE | re.DOTALL)
_SHOWS_ADDRESS = re.compile(
    r"(?:https?://\S+|www\.\S+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?)", re.IGNORECASE
)
_LEAVES = re.compile(
    r"unsubscri|opt-?out|수신\s*(?:을\s*)?거부|구독\s*(?:을\s*)?(?:취소|해지)", re.IGNORECASE
)
_IN_TEXT = re.compile(r"https?://[!-;=?-~]+")
_ENDS_A_SENTENCE = ".,;:!?\"'"


@dataclass(slots=True)
class Numbering:
    """The links of a campaign, each target once."""

    targets: list[str] = field(default_factory=list[str])

    def number(self, target: str) -> int:
        """Return the number of a target, from 1."""
        if target not in self.targets:
            self.targets.append(target)
        return self.targets.index(target) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Shielded HTML with marks where a tracked mail differs; `restored` takes both back."""

    html: str
    shielded: Shielded

    def restored(self, pieces: Iterable[Text | Tag]) -> list[Text | Tag]:
        """Put what prints the seal in the place of the marks."""
        mark = re.compile(rf"{self.shielded.mark}(?:link(\d{{5}})|(open))")
        done: list[Text | Tag] = []
        for piece in pieces:
            done += _unmarked(piece, mark) if isinstance(piece, Text) else [piece]
        return done


def mark_html(html: str, shielded: Shielded, tracking: Tracking, numbering: Numbering) -> Marked:
    """Mark what is tracked in shielded HTML that is otherwise finished."""
    if tracking.sees_clicks:
        html = _with_links_marked(html, shielded.mark, numbering)
    if tracking.sees_opens:
        html = _with_image(html, shielded.mark)
    return Marked(html=html, shielded=shielded)


def track_text(
    pieces: Iterable[Text | Tag], tracking: Tracking, numbering: Numbering
) -> list[Text | Tag]:
    """Track the addresses in a text part that somebody has written."""
    pieces = list(pieces)
    if not tracking.sees_clicks:
        return pieces
    done: list[Text | Tag] = []
    for piece, following in zip_longest(pieces, pieces[1:]):
        if isinstance(piece, Tag):
            done.append(piece)
        else:
            done += _text_with_links(piece, isinstance(following, Tag), numbering)
    return done


def _with_links_marked(html: str, mark: str, numbering: Numbering) -> str:
    reader = _Reader(html)
    reader.feed(html)
    reader.close()
    done, position = "", 0
    for anchor in reader.anchors:
        for href in anchor.hrefs(html):
            written = href[2] or href[3] or href[4] or ""
            target = _tracked_target(written, anchor.shown, mark)
            if target is not None:
                number = numbering.number(target)
                done += f'{html[position : href.start()]}href="{mark}link{number:05d}"'
                position = href.end()
    return done + html[position:]


def _tracked_target(written: str, shown: str, mark: str) -> str | None:
    address = unescape(written)
    if mark in address.lower() or _LEAVES.search(shown) or _LEAVES.search(address):
        return None
    return None if _SHOWS_ADDRESS.fullmatch(shown.strip()) else target_of(address)


def _with_image(html: str, mark: str) -> str:
    """Put the image at the end of what is shown: who sees it has got that far."""
    image = f'<img src="{mark}open" alt="" width="1" height="1" style="display:block">'
    end = _END_OF_BODY.search(html)
    return f"{html[: end.start()]}{image}{html[end.start() :]}" if end else html + image


def _unmarked(text: Text, mark: re.Pattern[str]) -> Iterator[Text | Tag]:
    position = 0
    for match in mark.finditer(text.text):
        yield Text(text=text.text[position : match.start()])
        yield from _printed(OPENS, "") if match[2] else _printed(CLICKS, f"/{int(match[1])}")
        position = match.end()
    yield Text(text=text.text[position:], line=text.line)


def _printed(begins: str, ends: str) -> Iterator[Text | Tag]:
    for name in (begins, SEAL):
        yield Tag(inside=name, is_statement=False, line=1, column=1)
    yield Text(text=ends)


def _text_with_links(text: Text, is_followed: bool, numbering: Numbering) -> Iterator[Text | Tag]:
    written, position = text.text, 0
    for match in _IN_TEXT.finditer(written):
        address = _without_end_of_sentence(match[0])
        target = None if _may_go_on(written, match.end(), is_followed) else target_of(address)
        if target is None or _LEAVES.search(address):
            continue
        yield Text(text=written[position : match.start()])
        yield from _printed(CLICKS, f"/{numbering.number(target)}")
        position = match.start() + len(address)
    yield Text(text=written[position:], line=text.line)


def _may_go_on(written: str, end: int, is_followed: bool) -> bool:
    """Whether what stands behind belongs to the address: a value, or letters of any script."""
    return is_followed if end == len(written) else written[end].isalnum()


def _without_end_of_sentence(address: str) -> str:
    stripped = address.rstrip(_ENDS_A_SENTENCE)
    while stripped.endswith(")") and stripped.count(")") > stripped.count("("):
        stripped = stripped[:-1].rstrip(_ENDS_A_SENTENCE)
    return stripped


@dataclass(slots=True, kw_only=True)
class _Anchor:
    """A start tag that leads somewhere, and what its reader sees of it."""

    begin: int
    end: int
    shown: str = ""

    def hrefs(self, html: str) -> Iterator[re.Match[str]]:
        """Its attributes of that name: of several, a customer's values choose one."""
        attributes = _ATTRIBUTE.finditer(html, self.begin, self.end)
        return (found for found in attributes if found[1].lower() == "href")


class _Reader(HTMLParser):
    """Finds the links; what stands in comments and in style sheets is none."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.anchors: list[_Anchor] = []
        self._lines = [0, *(match.end() for match in re.finditer("\n", html))]
        self._open: _Anchor | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("a", "area"):
            return
        line, column = self.getpos()
        begin = self._lines[line - 1] + column
        anchor = _Anchor(begin=begin, end=begin + len(self.get_starttag_text() or ""))
        self.anchors.append(anchor)
        if tag not in VOID_ELEMENTS:
            self._open = anchor

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.shown += data
