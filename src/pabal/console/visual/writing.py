"""The words of a block, as they are shown in a field in which people write, and back.

A template tag is a chip there, which is moved and deleted as a whole. What an element or a
chip is in the source goes along with it, so that it comes back as it was.
"""

import re
from html import escape, unescape
from html.parser import HTMLParser

from pabal.console.visual.masking import Tag, escaped, masked

_MARKUP = re.compile(r"""<(/?)([A-Za-z][\w-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>|<""")
_SHOWN = frozenset(
    "a b strong i em u s small sub sup span br p ul ol li h1 h2 h3 h4 font center".split()
)
_MADE_BY_BROWSERS = {"strong": "strong", "b": "strong", "em": "em", "i": "em", "u": "u"}
_VOID, _LINE_END = "br", "<br />"
_LINES = frozenset({"div", "p"})


def rich_of(source: str) -> str | None:
    """Return HTML for the field, without any attribute of the source.

    None where the words have elements that cannot be kept together there.
    """
    if "<!--" in source:
        return None
    hidden = masked(source)
    pieces: list[str] = []
    opened: list[str] = []
    position = 0
    for found in _MARKUP.finditer(hidden.text):
        name = (found[2] or "").lower()
        if name not in _SHOWN or (found[1] and opened[-1:] != [name]):
            return None
        pieces.append(_words(source, hidden.tags, position, found.start()))
        if found[1]:
            opened.pop()
            pieces.append(f"</{name}>")
        else:
            opened += [name] if name != _VOID else []
            written = escape(source[found.start() : found.end()])
            pieces.append(f'<{name} data-source="{written}">')
        position = found.end()
    if opened:
        return None
    return "".join([*pieces, _words(source, hidden.tags, position, len(source))])


def source_of_rich(html: str) -> str:
    """Return the source for what stands in the field.

    What browsers put in beside words is left out, but for what people can ask for: bold,
    slanted, underlined, links, new lines.
    """
    reader = _Field()
    reader.feed(html)
    reader.close()
    written = "".join(reader.written).strip()
    return "" if written == _LINE_END else written  # what browsers leave in an empty field


def _words(source: str, tags: tuple[Tag, ...], begin: int, end: int) -> str:
    parts: list[str] = []
    for tag in tags:
        if begin <= tag.begin and tag.end <= end:
            parts += [_shown(source[begin : tag.begin]), _chip(source[tag.begin : tag.end])]
            begin = tag.end
    return "".join([*parts, _shown(source[begin:end])])


def _shown(text: str) -> str:
    return escape(unescape(text), quote=False)


def _chip(tag: str) -> str:
    inside = tag.strip("{}%#- \n").split("|")[0].strip()
    source = escape(tag)
    chip = f'<span class="chip" contenteditable="false" data-chip="{source}" title="{source}">'
    return f"{chip}{escape(inside)}</span>"


class _Field(HTMLParser):
    """Writes source while it reads what a browser has in the field."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self._ends: list[str] = []  # what closes each element that is open
        self._in_chip = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._in_chip:
            self._in_chip += tag != _VOID
            return
        if "data-chip" in given:
            self.written.append(given["data-chip"] or "")
            self._in_chip = 1
            return
        begin, end = self._markup(tag, given)
        self.written.append(begin)
        if tag != _VOID:
            self._ends.append(end)

    def handle_endtag(self, tag: str) -> None:
        if self._in_chip:
            self._in_chip -= 1
        elif tag != _VOID and self._ends:
            self.written.append(self._ends.pop())

    def handle_data(self, data: str) -> None:
        if not self._in_chip:
            self.written.append(escaped(data).replace("\xa0", "&nbsp;"))

    def _markup(self, tag: str, given: dict[str, str | None]) -> tuple[str, str]:
        known = given.get("data-source") or ""
        if tag in _SHOWN and known.lower().startswith(f"<{tag}"):
            return known, f"</{tag}>"
        if tag == _VOID:
            return _LINE_END, ""
        if tag in _MADE_BY_BROWSERS:
            name = _MADE_BY_BROWSERS[tag]
            return f"<{name}>", f"</{name}>"
        if tag == "a" and given.get("href"):
            return f'<a href="{escaped(given["href"] or "", chr(34))}">', "</a>"
        return (_LINE_END if tag in _LINES and self.written else "", "")
