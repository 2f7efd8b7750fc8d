"""Cutting a source and putting it together again."""

from collections.abc import Sequence
from dataclasses import dataclass

from pabal.console.visual.errors import CannotStand
from pabal.console.visual.tree import Node, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """selected: the number of the block that it was about; None where it is gone."""

    source: str
    selected: int | None


def edited(source: str, edits: Sequence[tuple[Span, str]]) -> str:
    """Replace parts of a source, none of which overlap."""
    for span, text in sorted(edits, key=lambda edit: (edit[0].begin, edit[0].end), reverse=True):
        source = source[: span.begin] + text + source[span.end :]
    return source


def found(body: Node, number: int) -> Node:
    """Raises CannotStand: there is no such block."""
    path = body.path_to(number)
    if not path:
        raise CannotStand
    return path[-1]
