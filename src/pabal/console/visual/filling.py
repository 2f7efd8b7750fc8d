"""Giving the fields of a block values."""

import re
from collections.abc import Mapping

from jinja2 import TemplateSyntaxError

from pabal.console.visual.edits import Changed, edited, found
from pabal.console.visual.errors import BreaksTheMail, NotBlocks
from pabal.console.visual.kinds import CONTENT, kind_of
from pabal.console.visual.masking import escaped, unescaped
from pabal.console.visual.reading import read
from pabal.console.visual.tree import Node, Span
from pabal.console.visual.writing import rich_of, source_of_rich
from pabal.message.environment import MailEnvironment
from pabal.message.meter import Meter
from pabal.message.source import Limits

_TAG_END = re.compile(r"\s*/?>\Z")

Edit = tuple[Span, str]


def fill_in(source: str, number: int, values: Mapping[str, str]) -> Changed:
    """Give a block's fields values; "" takes an attribute away. What says the same stays as it is.

    Raises BreaksTheMail, CannotStand, NotBlocks.
    """
    body = read(source)
    node = found(body, number)
    offered = {each.name for each in kind_of(node.name).fields}
    try:
        edits = [
            edit
            for name, value in values.items()
            if name in offered
            for edit in _filled(source, node, name, value.replace("\r\n", "\n"))
        ]
    except NotBlocks as error:
        raise BreaksTheMail(reason=error) from None
    made = edited(source, edits)
    if made != source:
        _check_alike(body, made)
    return Changed(source=made, selected=number)


def _filled(source: str, node: Node, name: str, value: str) -> list[Edit]:
    if name == CONTENT:
        return _content(source, node, value)
    return [] if node.has_logic_in_head else _attribute(source, node, name, value.strip())


def _attribute(source: str, node: Node, name: str, value: str) -> list[Edit]:
    known = next((each for each in node.attributes if each.name == name), None)
    if known is None:
        place = _tag_end(source, node.head)
        return [(place, f' {name}="{escaped(value, chr(34))}"')] if value else []
    if value == unescaped(known.span.of(source)).strip():
        return []
    if not value:
        return [(_with_name(source, known.span, name), "")]
    return [(known.span, escaped(value, known.quote))]


def _content(source: str, node: Node, value: str) -> list[Edit]:
    inner = node.inner.of(source)
    shown = rich_of(inner) if kind_of(node.name).is_rich else None
    if shown is None:
        return [] if value.strip() == inner.strip() else _replaced(source, node, value)
    written = source_of_rich(value)
    return [] if written == source_of_rich(shown) else _replaced(source, node, written)


def _replaced(source: str, node: Node, inner: str) -> list[Edit]:
    if node.inner.begin < node.span.end:
        return [(node.inner, inner)]
    place = _tag_end(source, node.head)
    return [(Span(begin=place.begin, end=node.head.end), f">{inner}</{node.name}>")]


def _with_name(source: str, value: Span, name: str) -> Span:
    """The whole attribute, with the space before it."""
    begin = source.rindex(name, 0, value.begin)
    while source[begin - 1].isspace():
        begin -= 1
    return Span(begin=begin, end=value.end + 1)


def _tag_end(source: str, head: Span) -> Span:
    ending = _TAG_END.search(head.of(source))
    place = head.begin + (ending.start() if ending else len(head.of(source)) - 1)
    return Span(begin=place, end=place)


def _check_alike(body: Node, made: str) -> None:
    """What is filled in neither becomes a block of its own nor swallows one."""
    try:
        names = [each.name for each in read(made).walk()]
        MailEnvironment(Meter(Limits()), autoescape=True).parse(made)
    except NotBlocks as error:
        raise BreaksTheMail(reason=error) from None
    except TemplateSyntaxError as error:
        raise BreaksTheMail(reason=error.message or "") from None
    if names != [each.name for each in body.walk()]:
        raise BreaksTheMail(reason="<mj-…>")
