"""The source for the canvas: each block has a class by which the page finds it again."""

from pabal.console.visual.defaults import inherited
from pabal.console.visual.edits import edited
from pabal.console.visual.reading import read
from pabal.console.visual.tree import BODY, BRANCH, LOGIC, Node, Span

MARK = "pabal-block-"
_WITHOUT_CLASS = frozenset({BODY, LOGIC, BRANCH, "mj-raw"})


def marked(source: str) -> str:
    """Raises NotBlocks."""
    nodes = [each for each in read(source).walk() if each.name not in _WITHOUT_CLASS]
    return edited(source, [_mark(source, each) for each in nodes])


def _mark(source: str, node: Node) -> tuple[Span, str]:
    known = next((each for each in node.attributes if each.name == "css-class"), None)
    if known is not None:
        return _at(known.span.end), f" {MARK}{node.number}"
    place = node.head.begin + 1 + len(node.name)
    classes = f"{inherited(source, node).get('css-class', '')} {MARK}{node.number}".strip()
    return _at(place), f' css-class="{classes}"'


def _at(place: int) -> Span:
    return Span(begin=place, end=place)
