"""What a block looks like where its own tag says nothing: what the head says of all of them."""

import re
from collections.abc import Mapping

from pabal.console.visual.masking import masked, unescaped
from pabal.console.visual.reading import ELEMENT, attributes_in
from pabal.console.visual.tree import Node, Span

_ATTRIBUTES = re.compile(r"<mj-attributes\b[^>]*>(.*?)</mj-attributes\s*>", re.DOTALL)


def inherited(source: str, node: Node) -> Mapping[str, str]:
    """Return what mj-all, the element's own defaults and its mj-class say, the later over."""
    hidden = masked(source).text
    classes = _own(source, node).get("mj-class", "").split()
    of_all, of_element, of_class = dict[str, str](), dict[str, str](), dict[str, str]()
    found = _ATTRIBUTES.search(hidden)
    for element in ELEMENT.finditer(hidden, *found.span(1)) if found else ():
        head = Span(begin=element.start(), end=element.end())
        values = {
            each.name: unescaped(each.span.of(source)) for each in attributes_in(hidden, head)
        }
        if element[2] == "mj-all":
            of_all |= values
        elif element[2] == node.name:
            of_element |= values
        elif element[2] == "mj-class" and values.get("name") in classes:
            of_class |= values
    return {**of_all, **of_element, **of_class}


def _own(source: str, node: Node) -> Mapping[str, str]:
    return {each.name: each.span.of(source) for each in node.attributes}
