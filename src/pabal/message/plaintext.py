"""The plain-text part, made of the HTML part.

Made once a campaign, of shielded HTML, and a template itself: statements stay where they
stand (also those in attributes and comments, so that no block stays open), `{{ }}` where
it is text or the target of a link.
"""

import re
from html.parser import HTMLParser

from pabal.message.shield import VOID_ELEMENTS, Shielded
from pabal.message.tags import Tag, Text

_BLOCKS = frozenset(
    "address article aside blockquote center dd div dl dt figure footer form header hr li main"
    " nav ol section table tbody tfoot thead tr ul".split()
)
_PARAGRAPHS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "p"})
_CELLS = frozenset({"td", "th"})
_SILENT = frozenset({"script", "style", "template", "title"})
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*hidden")
_SPACE = re.compile(r"\s+")

Attributes = list[tuple[str, str | None]]


def text_of_html(html: str, shielded: Shielded) -> list[Text | Tag]:
    """Return the text of shielded HTML, as pieces of a template."""
    reader = _Reader(shielded)
    reader.feed(html)
    reader.close()
    return reader.written


class _Reader(HTMLParser):
    def __init__(self, shielded: Shielded) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[Text | Tag] = []
        self._shielded = shielded
        self._has_begun = False
        self._line_is_open = False
        self._blank_line_due = False
        self._glue = ""  # what stands before the next text on this line
        self._silent: list[str] = []  # open elements, from the outermost that is not shown
        self._links: list[tuple[str, int]] = []  # target, and how much was written before it

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        self._keep_statements(self.get_starttag_text() or "")
        if self._silent or _is_hidden(tag, attrs):
            if tag not in VOID_ELEMENTS:
                self._silent.append(tag)
        elif tag == "a":
            self._links.append((_attribute(attrs, "href"), len(self.written)))
        elif tag == "img":
            self._write_text(_attribute(attrs, "alt"))
        elif tag in _CELLS:
            self._glue = " | " if self._line_is_open else ""
        else:
            self._break(tag)
            if tag == "li":
                self._write("- ")

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID_ELEMENTS:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag in self._silent:
                while self._silent.pop() != tag:
                    pass
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag not in VOID_ELEMENTS:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._silent:
            self._keep_statements(data)
        else:
            self._write_text(data)

    def handle_comment(self, data: str) -> None:
        pieces = list(self._shielded.scan(f"<!--{data}-->"))
        is_tag = not any(isinstance(piece, str) and piece for piece in pieces)
        if is_tag and not self._silent:
            self._write_text(f"<!--{data}-->")
        else:
            self._keep_statements(data)

    def _keep_statements(self, markup: str) -> None:
        for piece in self._shielded.scan(markup):
            if isinstance(piece, int) and self._shielded.tags[piece].is_statement:
                self.written.append(self._shielded.tags[piece])

    def _write_text(self, text: str) -> None:
        """Write what may have tags in it, with its white space collapsed."""
        for piece in self._shielded.scan(text):
            if isinstance(piece, str):
                collapsed = _SPACE.sub(" ", piece)
                if collapsed.startswith(" "):
                    self._glue = self._glue or " "
                self._write(collapsed.strip(" "))
                if collapsed.endswith(" ") and collapsed != " ":
                    self._glue = " "
            elif self._shielded.tags[piece].is_statement:
                self.written.append(self._shielded.tags[piece])
            else:
                self._write(self._shielded.tags[piece])

    def _write(self, piece: str | Tag) -> None:
        if not piece:
            return
        if self._line_is_open:
            self.written.append(Text(text=self._glue))
        elif self._blank_line_due and self._has_begun:
            self.written.append(Text(text="\n"))
        self._blank_line_due = False
        self._line_is_open = self._has_begun = True
        self._glue = ""
        self.written.append(Text(text=piece) if isinstance(piece, str) else piece)

    def _break(self, element: str) -> None:
        if element not in _BLOCKS and element not in _PARAGRAPHS and element != "br":
            return
        if self._line_is_open:
            self.written.append(Text(text="\n"))
        self._line_is_open = False
        self._glue = ""
        self._blank_line_due = self._blank_line_due or element in _PARAGRAPHS

    def _end_link(self, target: str, before: int) -> None:
        """Write the target behind the link's text, unless it is the text."""
        shown = "".join(p.text for p in self.written[before:] if isinstance(p, Text)).strip()
        if target.startswith(("#", "javascript:", "mailto:", "tel:")) or target in ("", shown):
            return
        has_text = len(self.written) > before
        self._glue = " " if has_text and self._line_is_open else self._glue
        self._write_text(f"({target})" if has_text else target)


def _is_hidden(tag: str, attrs: Attributes) -> bool:
    if tag in _SILENT or any(name == "hidden" for name, _ in attrs):
        return True
    return _HIDDEN.search(_attribute(attrs, "style").lower()) is not None


def _attribute(attrs: Attributes, name: str) -> str:
    return next((value or "" for key, value in attrs if key == name), "")
