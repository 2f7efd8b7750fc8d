"""Where blocks stand: moving, doubling, deleting them, and putting new ones in."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from pabal.console.visual.edits import Changed, found
from pabal.console.visual.errors import CannotStand
from pabal.console.visual.reading import read
from pabal.console.visual.tree import BODY, BRANCH, CONTAINERS, LOGIC, Node, Span, may_hold


class Side(enum.Enum):
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """before, after: what a block needs around it to stand on lines of its own."""

    offset: int
    before: str = ""
    after: str = ""


def step(source: str, number: int, *, up: bool) -> Changed:
    """Let a block change places with its neighbour; at an end, nothing happens."""
    body = read(source)
    siblings = body.path_to(_movable(body, number).number)[-2].children
    place = next(index for index, each in enumerate(siblings) if each.number == number)
    pair = siblings[max(0, place - 1) : place + 1] if up else siblings[place : place + 2]
    if len(pair) < 2:
        return Changed(source=source, selected=number)
    one, other = (each.span.of(source) for each in pair)
    between = source[pair[0].span.end : pair[1].span.begin]
    head, tail = source[: pair[0].span.begin], source[pair[1].span.end :]
    begin = len(head) + (0 if up else len(other + between))
    return _selected(head + other + between + one + tail, begin)


def duplicate(source: str, number: int) -> Changed:
    """Put the same again behind a block."""
    node = _movable(read(source), number)
    return _put(source, _beside(source, node, Side.AFTER), node.span.of(source))


def delete(source: str, number: int) -> Changed:
    gap = _gap(source, _movable(read(source), number).span)
    made = source[: gap.begin] + source[gap.end :]
    read(made)
    return Changed(source=made, selected=None)


def insert(
    source: str, piece: str, names: Sequence[str], target: int | None, side: Side
) -> Changed:
    """Put a piece of MJML beside a block, or the next place to there where it may stand.

    names: of its topmost elements. target: None for the end of the mail.
    Raises CannotStand, NotBlocks.
    """
    body = read(source)
    place = _place(source, body, names, body.number if target is None else target, side)
    indent = (place.before or place.after).strip("\n")
    return _put(source, place, piece.strip().replace("\n", f"\n{indent}"))


def move(source: str, number: int, target: int, side: Side) -> Changed:
    """Take a block to another, or to the next place where it may stand.

    Raises CannotStand, NotBlocks.
    """
    body = read(source)
    node = _movable(body, number)
    if node.path_to(target):
        return Changed(source=source, selected=number)
    place = _place(source, body, _names(node), target, side)
    gap = _gap(source, node.span)
    if gap.begin <= place.offset <= gap.end:
        return Changed(source=source, selected=number)
    shift = gap.end - gap.begin if place.offset >= gap.end else 0
    moved = _Place(offset=place.offset - shift, before=place.before, after=place.after)
    return _put(source[: gap.begin] + source[gap.end :], moved, node.span.of(source))


def _place(source: str, body: Node, names: Sequence[str], target: int, side: Side) -> _Place:
    """Look beside the target, then in it, and so on in what it stands in."""
    path = body.path_to(target) or (body,)
    for depth in reversed(range(len(path))):
        node = path[depth]
        if depth and node.name != BRANCH and _holds(source, path[:depth], names):
            return _beside(source, node, side)
        inside = list(_holders(source, path[:depth], node, names))
        if inside:
            return _within(source, inside[-1 if side is Side.AFTER else 0], side)
    raise CannotStand


def _holders(source: str, above: Sequence[Node], node: Node, names: Sequence[str]) -> list[Node]:
    """Return the node itself, if it may hold these elements; else those in it that may."""
    path = (*above, node)
    if _holds(source, path, names):
        return [node]
    return [each for child in node.children for each in _holders(source, path, child, names)]


def _holds(source: str, path: Sequence[Node], names: Sequence[str]) -> bool:
    """Whether the last of the path is open for these elements. Logic is, as what it stands in."""
    if path[-1].name == LOGIC or path[-1].head.of(source).endswith("/>"):
        return False
    element = next(each for each in reversed(path) if each.name not in (LOGIC, BRANCH))
    return element.name in CONTAINERS and all(may_hold(element.name, name) for name in names)


def _beside(source: str, node: Node, side: Side) -> _Place:
    line = f"\n{_indent(source, node.span.begin)}"
    if side is Side.BEFORE:
        return _Place(offset=node.span.begin, after=line)
    return _Place(offset=node.span.end, before=line)


def _within(source: str, node: Node, side: Side) -> _Place:
    if node.children:
        return _beside(source, node.children[-1 if side is Side.AFTER else 0], side)
    line = f"\n{_indent(source, node.span.begin)}"
    is_open = node.inner.of(source).strip(" \t").startswith("\n")
    return _Place(offset=node.inner.begin, before=f"{line}  ", after="" if is_open else line)


def _put(source: str, place: _Place, piece: str) -> Changed:
    head, tail = source[: place.offset] + place.before, place.after + source[place.offset :]
    return _selected(head + piece + tail, len(head))


def _selected(source: str, begin: int) -> Changed:
    """Raises NotBlocks: the new source is none that can be read."""
    at_place = [each for each in read(source).walk() if each.span.begin == begin]
    return Changed(source=source, selected=at_place[0].number if at_place else None)


def _gap(source: str, span: Span) -> Span:
    """What is taken out: with its line or the line's beginning, where nothing else is there."""
    begin, end = source.rfind("\n", 0, span.begin) + 1, source.find("\n", span.end) + 1
    if not begin or not end or source[begin : span.begin].strip():
        return span
    if source[span.end : end].strip():
        return Span(begin=begin - 1, end=span.end)
    return Span(begin=begin, end=end)


def _indent(source: str, place: int) -> str:
    line = source[source.rfind("\n", 0, place) + 1 : place]
    return line[: len(line) - len(line.lstrip())]


def _movable(body: Node, number: int) -> Node:
    node = found(body, number)
    if node.name in (BODY, BRANCH):
        raise CannotStand
    return node


def _names(node: Node) -> tuple[str, ...]:
    return tuple(each.name for each in node.elements())
