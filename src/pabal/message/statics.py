"""Static text that keeps its encoded form with it, all the way through Jinja.

Jinja's generated code yields what a template prints, piece by piece. Constant text
leaves it as StaticText, everything else as str, so that an encoder sees which is which
and encodes only the second. Data cannot forge it: what is printed passes through str()
or escape(), which never return a StaticText.
"""

from collections.abc import Iterable
from typing import Any, Protocol, cast

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame

_CONSTANT = (nodes.TemplateData, nodes.Const)


class StaticText(str):
    """Text that every mail of a campaign shares.

    octets: as UTF-8 with CRLF line ends.
    coded: what the encoder of its part has prepared; None where that is not worth it.
    sizes: how long that is, where the encoder wants to know.
    """

    __slots__ = ("coded", "octets", "sizes")

    octets: bytes
    coded: Any
    sizes: Any

    def __new__(cls, text: str) -> "StaticText":
        static = super().__new__(cls, text)
        static.octets = text.replace("\n", "\r\n").encode()
        static.coded = static.sizes = None
        return static


class HasStatics(Protocol):
    """The environment that the generated code will run in."""

    statics: list[StaticText]


class StaticsGenerator(CodeGenerator):
    """Writes `environment.statics[n]` where Jinja would write the text itself."""

    def _output_const_repr(self, group: Iterable[Any]) -> str:
        text = "".join(group)
        if "\r" in text or not _encodable(text):
            return repr(text)  # only a literal in an expression; treated as data is
        statics = cast(HasStatics, self.environment).statics
        statics.append(StaticText(text))
        return f"environment.statics[{len(statics) - 1}]"

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        """Compute nothing while compiling: no limit holds there."""
        if not isinstance(node, _CONSTANT):
            raise nodes.Impossible
        return super()._output_child_to_const(node, frame, finalize)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
