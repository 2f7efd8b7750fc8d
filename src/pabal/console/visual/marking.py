"""The source for the canvas: each block has a class by which the page finds it again."""

from collections.abc import Iterator

from pabal.console.visual.defaults import inherited
from pabal.console.visual.edits import edited
from pabal.console.visual.reading import read
from pabal.console.visual.tree import BODY, BRANCH, LOGIC, Node, Span

MARK = "pabal-block-"
_NO_IMAGE = (
    "data:image/svg+xml,%3Csvg xmlns=%27http://www.w3.org/2000/svg%27 viewBox=%270 0 5 2%27%3E"
    "%3Cpath fill=%27%23d5d8da%27 d=%27M0 0h5v2H0z%27/%3E%3C/svg%3E"
)
_WITHOUT_CLASS = frozenset({BODY, LOGIC, BRANCH, "mj-raw"})


def is_marked(node: Node) -> bool:
    """Whether the canvas knows where it stands, or something in it does."""
    return node.name not in _WITHOUT_CLASS or any(map(is_marked, node.children))


def marked(source: str) -> str:
    """An image that is not chosen yet is a grey one there. Raises NotBlocks."""
    nodes = [each for each in read(source).walk() if each.name not in _WITHOUT_CLASS]
    images = [edit for each in nodes if each.name == "mj-image" for edit in _grey(each)]
    return edited(source, [*images, *(_mark(source, each) for each in nodes)])


def _grey(image: Node) -> Iterator[tuple[Span, str]]:
    for each in image.attributes:
        if each.name == "src" and each.span.begin == each.span.end:
            yield each.span, _NO_IMAGE


def _mark(source: str, node: Node) -> tuple[Span, str]:
    known = next((each for each in node.attributes if each.name == "css-class"), None)
    if known is not None:
        return _at(known.span.end), f" {MARK}{node.number}"
    place = node.head.begin + 1 + len(node.name)
    classes = f"{inherited(source, node).get('css-class', '')} {MARK}{node.number}".strip()
    return _at(place), f' css-class="{classes}"'


def _at(place: int) -> Span:
    return Span(begin=place, end=place)
