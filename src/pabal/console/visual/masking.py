"""A source with its template tags hidden, of the same length: offsets mean the same in both."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import TemplateSyntaxError

from pabal.console.visual.errors import NotBlocks, NotClosed
from pabal.message.tags import lexed

_BEGINS = frozenset({"variable_begin", "block_begin", "comment_begin", "raw_begin"})
_ENDS = frozenset({"variable_end", "block_end", "comment_end", "raw_end"})
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_HIDDEN = "\ue000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """inside: of a `{% … %}`; "" for what only prints, or says nothing."""

    begin: int
    end: int
    inside: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    text: str
    tags: tuple[Tag, ...]


@lru_cache(maxsize=16)  # a change reads the same source several times
def masked(source: str) -> Masked:
    """Hide tags and comments, so that markup can be read without their quotes and brackets.

    Raises NotBlocks: a tag or a comment does not end.
    """
    tags = tuple(_tags(source))
    text = _COMMENT.sub(lambda found: _HIDDEN * len(found[0]), _without_tags(source, tags))
    if "<!--" in text:
        raise NotClosed(line=line_of(text, text.index("<!--")), what="<!--")
    return Masked(text=text, tags=tags)


def escaped(text: str, quote: str = "") -> str:
    """Write text as markup. Template tags in it stay as they are.

    quote: what ends the value of an attribute; "" for text between tags.
    Raises NotBlocks.
    """
    hidden = _without_tags(text, _tags(text))
    unsafe = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
    unsafe |= {'"': "&quot;"} if quote == '"' else {"'": "&#39;"} if quote else {}
    return "".join(
        unsafe.get(shown, written) if shown == written else written
        for shown, written in zip(hidden, text, strict=True)
    )


def unescaped(markup: str) -> str:
    """Return what markup says, with its template tags as they are. Raises NotBlocks."""
    position, parts = 0, list[str]()
    for tag in _tags(markup):
        parts += [html.unescape(markup[position : tag.begin]), markup[tag.begin : tag.end]]
        position = tag.end
    return "".join([*parts, html.unescape(markup[position:])])


def line_of(source: str, place: int) -> int:
    return source.count("\n", 0, place) + 1


def _without_tags(source: str, tags: Sequence[Tag]) -> str:
    parts, position = list[str](), 0
    for tag in tags:
        parts += [source[position : tag.begin], _HIDDEN * (tag.end - tag.begin)]
        position = tag.end
    return "".join([*parts, source[position:]])


def _tags(source: str) -> list[Tag]:
    begin = 0
    inside: list[str] = []
    found: list[Tag] = []
    kind = ""
    try:
        for piece, value, place in lexed(source):
            if piece in _BEGINS:
                begin, kind, inside = place, piece, ["raw" if piece == "raw_begin" else ""]
            elif piece in _ENDS:
                says = "".join(inside).strip() if kind in ("block_begin", "raw_begin") else ""
                found.append(Tag(begin=begin, end=place + len(value), inside=says))
                kind = ""
            elif kind != "raw_begin":
                inside.append(value)
    except TemplateSyntaxError as error:
        raise NotBlocks(line=error.lineno, reason=error.message or "") from None
    if kind:
        raise NotClosed(line=line_of(source, begin), what=source[begin : begin + 20])
    return found
