"""What the page shows of a mail: its blocks in order, and the fields of the chosen one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

from django.utils.functional import Promise

from pabal.console.visual.defaults import inherited
from pabal.console.visual.kinds import CONTENT, Field, Input, kind_of
from pabal.console.visual.marking import is_marked
from pabal.console.visual.masking import masked, unescaped
from pabal.console.visual.tree import BRANCH, Node
from pabal.console.visual.writing import rich_of

_EXCERPT = 40  # characters
_HEX = re.compile("#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
_ENDS = "{}%- \n"
_MARKUP = re.compile("<[^>]*>?|>")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    """value: HTML where the field is one for words. otherwise: what holds where it is empty."""

    field: Field
    value: str
    otherwise: str = ""

    @property
    def colour(self) -> str:
        """What a browser's field for colours can show."""
        found = _HEX.fullmatch(self.value or self.otherwise)
        digits = found[1] if found else "000000"
        return f"#{digits if len(digits) == 6 else ''.join(each * 2 for each in digits)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBlock:
    """excerpt: by which people know it again. is_fixed: it cannot be moved.

    is_shown: the canvas has it, if the reader's mail has.
    """

    number: int
    label: str | Promise
    excerpt: str
    is_fixed: bool
    is_shown: bool
    children: Sequence["ShownBlock"]


def shown_fields(source: str, node: Node) -> Sequence[ShownField]:
    kept = {each.name: unescaped(each.span.of(source)) for each in node.attributes}
    of_all = inherited(source, node)
    return [
        _content(source, node, each)
        if each.name == CONTENT
        else ShownField(
            field=each,
            value=kept.get(each.name, ""),
            otherwise=of_all.get(each.name, each.default),
        )
        for each in kind_of(node.name).fields
        if each.name == CONTENT or not node.has_logic_in_head
    ]


def shown_block(source: str, node: Node) -> ShownBlock:
    return ShownBlock(
        number=node.number,
        label=kind_of(node.name).label,
        excerpt=_excerpt(source, node),
        is_fixed=node.name in ("mj-body", BRANCH),
        is_shown=is_marked(node),
        children=[shown_block(source, each) for each in node.children],
    )


def _content(source: str, node: Node, field: Field) -> ShownField:
    inner = node.inner.of(source)
    rich = rich_of(inner) if field.input is Input.WORDS else None
    if rich is not None:
        return ShownField(field=field, value=rich)
    as_source = Field(name=field.name, label=field.label, input=Input.SOURCE)
    return ShownField(field=as_source, value=inner)


def _excerpt(source: str, node: Node) -> str:
    if node.name == BRANCH:
        return node.head.of(source).strip(_ENDS)
    if node.children or kind_of(node.name).fields == ():
        return ""
    alt = next((each.span.of(source) for each in node.attributes if each.name == "alt"), "")
    words = unescape(_words(node.inner.of(source))) or unescaped(alt)
    return words if len(words) <= _EXCERPT else f"{words[:_EXCERPT]}…"


def _words(inner: str) -> str:
    """Without elements; a tag as the name of what it prints."""
    parts: list[str] = []
    position = 0
    for tag in masked(inner).tags:
        says = "" if tag.inside else inner[tag.begin : tag.end].strip(_ENDS).split("|")[0].strip()
        parts += [inner[position : tag.begin], says]
        position = tag.end
    words = _MARKUP.sub("", "".join([*parts, inner[position:]]))
    return " ".join(words.split())
