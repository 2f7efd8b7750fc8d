"""MJML with template tags, read as a tree.

The tree says where each part stands, and no source is ever written from it: a change cuts
the old source and puts it together again, so what is not touched stays as it was, to the
byte. What cannot be read without a doubt is refused.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from pabal.console.visual.errors import (
    ClosesAnother,
    NoBody,
    NotBetweenBlocks,
    NotClosed,
    StrayBracket,
    TooDeep,
    Torn,
    UnknownBlock,
    WrongPlace,
)
from pabal.console.visual.masking import Masked, Tag, line_of, masked
from pabal.console.visual.tree import (
    BODY,
    BRANCH,
    CONTAINERS,
    CONTENT,
    LOGIC,
    Attribute,
    Node,
    Span,
    may_hold,
)

_BODY = re.compile(rf"<{BODY}\b")
ELEMENT = re.compile(r"""<(/?)([A-Za-z][\w-]*)((?:[^<>"']|"[^"]*"|'[^']*')*?)(/?)>|<""")
_ATTRIBUTE = re.compile(r"""(?<=\s)([A-Za-z][\w:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_DEEPEST = 60  # in each other; each is a call within a call
_OPENING, _ALTERNATIVE = frozenset({"if", "for"}), frozenset({"elif", "else"})


def read(source: str) -> Node:
    """Return the mail's body with everything in it.

    Raises NotBlocks: with the line, and why.
    """
    hidden = masked(source)
    begins = [found.start() for found in _BODY.finditer(hidden.text)]
    if len(begins) != 1:
        raise NoBody(line=1)
    for tag in hidden.tags:
        if tag.inside.split(maxsplit=1)[:1] == ["raw"]:
            raise NotBetweenBlocks(line=line_of(source, tag.begin), keyword="raw")
    return _Reader(source, hidden).read(begins[0])


def attributes_in(text: str, head: Span) -> tuple[Attribute, ...]:
    """Find the attributes of a start tag. text: the source with its template tags hidden."""
    return tuple(
        Attribute(
            name=found[1],
            span=Span(begin=found.start(group), end=found.end(group)),
            quote=text[found.end(group)],
        )
        for found in _ATTRIBUTE.finditer(text, head.begin, head.end)
        for group in (2 if found[2] is not None else 3,)
    )


@dataclass
class _Open:
    """What has begun and not ended yet."""

    number: int
    name: str
    begin: int
    head: Span
    children: list[Node] = field(default_factory=list[Node])

    def end(self, inner_end: int, end: int, head: "_Head | None" = None) -> Node:
        return Node(
            number=self.number,
            name=self.name,
            span=Span(begin=self.begin, end=end),
            head=self.head,
            inner=Span(begin=min(self.head.end, inner_end), end=inner_end),
            attributes=head.attributes if head else (),
            has_logic_in_head=bool(head and head.has_logic),
            children=tuple(self.children),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    attributes: tuple[Attribute, ...]
    has_logic: bool


class _Reader:
    def __init__(self, source: str, hidden: Masked) -> None:
        self._source = source
        self._text = hidden.text
        self._statements = [tag for tag in hidden.tags if tag.inside]
        self._begins = [tag.begin for tag in self._statements]
        self._numbers = count()
        self._open: list[_Open] = []

    def read(self, position: int) -> Node:
        while True:
            found = ELEMENT.search(self._text, position)
            if found is None:
                top = self._open[-1]
                raise NotClosed(line=self._line(top.begin), what=f"<{top.name}>")
            self._pass_statements(position, found.start())
            if not found[2]:
                raise StrayBracket(line=self._line(found.start()))
            if found[1]:
                node = self._close(found)
            elif found[2] in CONTAINERS and not found[4]:
                self._begin(found[2], Span(begin=found.start(), end=found.end()))
                node = None
            else:
                node = self._leaf(found)
            position = node.span.end if node else found.end()
            if node and not self._open:
                return node
            if node:
                self._open[-1].children.append(node)

    def _begin(self, name: str, head: Span) -> None:
        if len(self._open) > _DEEPEST:
            raise TooDeep(line=self._line(head.begin))
        number = next(self._numbers)
        self._open.append(_Open(number=number, name=name, begin=head.begin, head=head))

    def _leaf(self, found: re.Match[str]) -> Node:
        """An element whose inside is its own business, as far as to its end tag."""
        name, begin, end = found[2], found.start(), found.end()
        if name not in CONTENT | CONTAINERS:
            raise UnknownBlock(line=self._line(begin), name=name)
        head = Span(begin=begin, end=end)
        self._check_place(name, begin)
        leaf = _Open(number=next(self._numbers), name=name, begin=begin, head=head)
        if found[4]:
            return leaf.end(end, end, self._head(head))
        closing = re.compile(rf"</{name}\s*>").search(self._text, end)
        if closing is None:
            raise NotClosed(line=self._line(begin), what=f"<{name}>")
        return leaf.end(closing.start(), closing.end(), self._head(head))

    def _close(self, found: re.Match[str]) -> Node:
        top = self._open[-1]
        if top.name != found[2]:
            raise ClosesAnother(line=self._line(found.start()), name=found[2])
        self._open.pop()
        if top.name != BODY:
            self._check_place(top.name, top.begin)
        return top.end(found.start(), found.end(), self._head(top.head))

    def _check_place(self, name: str, begin: int) -> None:
        parents = (each.name for each in reversed(self._open) if each.name in CONTAINERS)
        parent = next(parents, "")
        if not may_hold(parent, name):
            raise WrongPlace(line=self._line(begin), name=name, parent=parent or "mjml")

    def _pass_statements(self, begin: int, end: int) -> None:
        for statement in self._between(begin, end):
            keyword = statement.inside.split(maxsplit=1)[0]
            if keyword in _OPENING:
                self._begin(LOGIC, Span(begin=statement.begin, end=statement.begin))
                self._begin(BRANCH, Span(begin=statement.begin, end=statement.end))
            elif keyword in _ALTERNATIVE:
                self._end_branch(statement)
                self._begin(BRANCH, Span(begin=statement.begin, end=statement.end))
            elif keyword in ("endif", "endfor"):
                self._end_branch(statement)
                whole = self._open.pop().end(statement.begin, statement.end)
                self._open[-1].children.append(whole)
            elif keyword != "set" or "=" not in statement.inside:
                raise NotBetweenBlocks(line=self._line(statement.begin), keyword=keyword)

    def _end_branch(self, statement: Tag) -> None:
        if not self._open or self._open[-1].name != BRANCH:
            raise Torn(line=self._line(statement.begin))
        branch = self._open.pop().end(statement.begin, statement.begin)
        self._open[-1].children.append(branch)

    def _between(self, begin: int, end: int) -> Sequence[Tag]:
        first, last = (bisect_left(self._begins, place) for place in (begin, end))
        return self._statements[first:last]

    def _head(self, head: Span) -> _Head:
        attributes = attributes_in(self._text, head)
        return _Head(attributes=attributes, has_logic=bool(self._between(head.begin, head.end)))

    def _line(self, place: int) -> int:
        return line_of(self._source, place)
