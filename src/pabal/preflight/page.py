"""A rendered HTML part as its reader gets it: what can be seen, its links, its images."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from pabal.message.shield import VOID_ELEMENTS

_NEVER_SHOWN = frozenset({"head", "script", "style", "template", "title"})
_HIDDEN = re.compile(r"display:none|visibility:hidden|mso-hide:all|opacity:0(?:\.0*)?(?:;|$)")
_SIZE = re.compile(r"font-size:(\d+(?:\.\d+)?)")
_COLOUR = re.compile(r"(?:^|;)color:([^;!]+)")
_GROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;!]+)")
_SHORT_HEX = re.compile("#[0-9a-f]{3}")
_NAMED = {"white": "#ffffff", "black": "#000000"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """text: what is shown of it, an image's alternative text included."""

    target: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """alternative: None where the attribute is missing; "" says that it is decoration."""

    source: str
    alternative: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """text: what can be seen, white space collapsed. language: of the document, or ""."""

    text: str
    links: tuple[Link, ...]
    images: tuple[Image, ...]
    language: str
    title: str


def read_page(html: str) -> Page:
    """Read what a person sees who opens the mail. Any text will do; nothing is executed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Page(
        text=collapsed("".join(reader.shown)),
        links=tuple(
            Link(target=target, text=collapsed("".join(shown))) for target, shown in reader.links
        ),
        images=tuple(reader.images),
        language=reader.language,
        title=collapsed(reader.title),
    )


def collapsed(text: str) -> str:
    return " ".join(text.split())


@dataclass(slots=True, kw_only=True)
class _Element:
    """hidden: it or what it stands in. The others are as they apply to its own text.

    MJML gives its containers a font size of 0, which their children take back.
    """

    name: str
    hidden: bool = False
    size: float = 16.0
    colour: str = "#000000"
    ground: str = "#ffffff"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self.links: list[tuple[str, list[str]]] = []
        self.images: list[Image] = []
        self.language = self.title = ""
        self._open = [_Element(name="")]
        self._link: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        element = _child(self._open[-1], tag, attributes)
        if tag not in VOID_ELEMENTS:
            self._open.append(element)
        if tag == "html":
            self.language = attributes.get("lang", "")
        elif not element.hidden:
            self._show_element(tag, attributes)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID_ELEMENTS:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        names = [element.name for element in self._open]
        if tag in names[1:]:
            while self._open.pop().name != tag:
                pass
        if tag == "a":
            self._link = None
        self._show(" ")

    def handle_data(self, data: str) -> None:
        element = self._open[-1]
        if element.name == "title":
            self.title += data
        elif not element.hidden and element.size and element.colour != element.ground:
            self._show(data)

    def _show_element(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "a" and "href" in attributes:
            self._link = []
            self.links.append((attributes["href"].strip(), self._link))
        elif tag == "img":
            image = Image(source=attributes.get("src", ""), alternative=attributes.get("alt"))
            self.images.append(image)
            self._show_in_link(image.alternative or "")
        elif tag in ("br", "td", "th", "p", "div", "li", "tr"):
            self._show(" ")

    def _show(self, text: str) -> None:
        self.shown.append(text)
        self._show_in_link(text)

    def _show_in_link(self, text: str) -> None:
        if self._link is not None:
            self._link.append(text)


def _child(parent: _Element, tag: str, attributes: dict[str, str]) -> _Element:
    style = re.sub(r"\s+", "", attributes.get("style", "").lower())
    hides = tag in _NEVER_SHOWN or "hidden" in attributes or _HIDDEN.search(style) is not None
    size = _SIZE.search(style)
    ground = _found(_GROUND, style) or _colour(attributes.get("bgcolor", ""))
    return _Element(
        name=tag,
        hidden=parent.hidden or hides,
        size=float(size[1]) if size else parent.size,
        colour=_found(_COLOUR, style) or parent.colour,
        ground=ground or parent.ground,
    )


def _found(pattern: re.Pattern[str], style: str) -> str:
    match = pattern.search(style)
    return _colour(match[1]) if match else ""


def _colour(written: str) -> str:
    """Write a colour in one way, so that two can be compared; others stay as they are."""
    colour = written.strip().lower()
    if _SHORT_HEX.fullmatch(colour):
        return "#" + "".join(2 * digit for digit in colour[1:])
    return _NAMED.get(colour, colour)
