"""What a block looks like where its own tag says nothing: what the head says of all of them."""

import re
from collections.abc import Mapping

from pabal.console.visual.masking import masked, unescaped
from pabal.console.visual.tree import Node

_ATTRIBUTES = re.compile(r"<mj-attributes\b[^>]*>(.*?)</mj-attributes\s*>", re.DOTALL)
_ELEMENT = re.compile(r"""<([A-Za-z][\w-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>""")
_ATTRIBUTE = re.compile(r"""(?<=\s)([A-Za-z][\w:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def inherited(source: str, node: Node) -> Mapping[str, str]:
    """Return what mj-all, the element's own defaults and its mj-class say, the later over."""
    hidden = masked(source).text
    classes = " ".join(
        each.span.of(source) for each in node.attributes if each.name == "mj-class"
    ).split()
    found = _ATTRIBUTES.search(hidden)
    of_all, of_element, of_class = dict[str, str](), dict[str, str](), dict[str, str]()
    for element in _ELEMENT.finditer(hidden, *found.span(1)) if found else ():
        values = _values(source, element)
        if element[1] == "mj-all":
            of_all |= values
        elif element[1] == node.name:
            of_element |= values
        elif element[1] == "mj-class" and values.get("name") in classes:
            of_class |= values
    return {**of_all, **of_element, **of_class}


def _values(source: str, element: re.Match[str]) -> dict[str, str]:
    return {
        found[1]: unescaped(source[found.start(group) : found.end(group)])
        for found in _ATTRIBUTE.finditer(element.string, element.start(), element.end())
        for group in (2 if found[2] is not None else 3,)
    }
