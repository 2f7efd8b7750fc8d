"""What a source consists of, and where in it each part stands."""

from collections.abc import Iterator
from dataclasses import dataclass

BODY, LOGIC, BRANCH = "mj-body", "logic", "branch"
PARENTS = {
    "mj-wrapper": {BODY},
    "mj-section": {BODY, "mj-wrapper"},
    "mj-hero": {BODY, "mj-wrapper"},
    "mj-group": {"mj-section"},
    "mj-column": {"mj-section", "mj-group"},
}
_OF_CONTENT = {"mj-column", "mj-hero"}
CONTAINERS = frozenset({BODY, *PARENTS})
CONTENT = frozenset(
    "mj-text mj-image mj-button mj-divider mj-spacer mj-table mj-raw mj-social mj-navbar"
    " mj-accordion mj-carousel".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Offsets into a source, from `begin` up to before `end`."""

    begin: int
    end: int

    def of(self, source: str) -> str:
        return source[self.begin : self.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """span: of what stands between the quotes."""

    name: str
    span: Span
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An element of MJML, a block of template logic, or one of its branches.

    number: in the order in which they begin, from 0. name: of the element, LOGIC, or BRANCH.
    head: the start tag, or the statement. inner: what stands between start and end tag.
    has_logic_in_head: its attributes depend on a statement, so they are not offered.
    """

    number: int
    name: str
    span: Span
    head: Span
    inner: Span
    attributes: tuple[Attribute, ...] = ()
    has_logic_in_head: bool = False
    children: tuple["Node", ...] = ()

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()

    def elements(self) -> Iterator["Node"]:
        """The topmost elements: the node itself, or those that stand in its branches."""
        if self.name not in (LOGIC, BRANCH):
            yield self
            return
        for child in self.children:
            yield from child.elements()

    def path_to(self, number: int) -> tuple["Node", ...]:
        """Return the nodes from this one down to that of a number; none where it is not in it."""
        if self.number == number:
            return (self,)
        for child in self.children:
            if path := child.path_to(number):
                return (self, *path)
        return ()


def may_hold(parent: str, child: str) -> bool:
    """Whether MJML lets an element stand in another. mj-raw may stand anywhere."""
    if child == "mj-raw":
        return parent in CONTAINERS
    return parent in PARENTS.get(child, _OF_CONTENT)
