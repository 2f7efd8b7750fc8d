"""Static text that keeps its encoded form with it, all the way through Jinja.

Jinja's generated code yields what a template prints, piece by piece. Text that is the
same for everybody leaves it as StaticText, everything else as str, so that an encoder
sees which is which and encodes only the second. Data cannot forge it: what is printed is
a str itself, or passes through str() or escape(), which never return a StaticText.

Static is the template's own text, and what it prints of the campaign: the sender's name
and address stand in every mail, and cost no recipient anything.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Protocol, cast

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import escape

_CONSTANT = (nodes.TemplateData, nodes.Const)


class KnownText(str):
    """Text of the campaign that a template prints.

    A mail must not depend on when a value became known, so this is encoded as data is.
    """

    __slots__ = ()


class StaticText(str):
    """Text that every mail of a campaign shares.

    parts: the text in order; what is known of the campaign as KnownText.
    octets: as UTF-8 with CRLF line ends.
    coded: what the encoder of its part has prepared; None where that is not worth it.
    sizes: what the encoder needs to add up instead.
    """

    __slots__ = ("coded", "octets", "parts", "sizes")

    parts: Sequence[str]
    coded: Any
    sizes: Any
    octets: bytes

    def __new__(cls, parts: Sequence[str]) -> "StaticText":
        static = super().__new__(cls, "".join(parts))
        static.parts = parts
        static.coded = static.sizes = None
        static.octets = octets_of(static)
        return static


def octets_of(text: str) -> bytes:
    """Return the text as UTF-8; each of its line ends, which are LF, as CRLF."""
    octets = text.encode()
    return octets.replace(b"\n", b"\r\n") if "\n" in text else octets


class PrintingEnvironment(Protocol):
    """The environment that the generated code will run in.

    known: values of the campaign by name, which no recipient's data can replace.
    """

    statics: list[StaticText]
    known: Mapping[str, Any]

    def getattr(self, obj: Any, attribute: str) -> Any: ...

    def printed(self, value: Any) -> str:
        """The text that stands for a value in a mail."""
        ...


class StaticsGenerator(CodeGenerator):
    """Writes `environment.statics[n]` where Jinja would write the text itself.

    What varies is printed by one call, `environment.printed(...)`.
    """

    def visit_Template(  # noqa: N802 - Jinja's name
        self, node: nodes.Template, frame: Frame | None = None
    ) -> None:
        assigned = set(_assigned(node))
        known = self._printing.known
        self._known = {name: known[name] for name in known if name not in assigned}
        super().visit_Template(node, frame)

    @property
    def _printing(self) -> PrintingEnvironment:
        return cast(PrintingEnvironment, self.environment)

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        """Compute nothing while compiling: no limit holds there."""
        if isinstance(node, _CONSTANT):
            return super()._output_child_to_const(node, frame, finalize)
        value = self._value(node)
        if not isinstance(value, str) or not _is_plain(value):
            raise nodes.Impossible
        return KnownText(escape(value) if frame.eval_ctx.autoescape else value)

    def _value(self, node: nodes.Expr) -> Any:
        """What the campaign knows an expression to be. Raises Impossible: nothing."""
        if isinstance(node, nodes.Getattr):
            return self._printing.getattr(self._value(node.node), node.attr)
        if isinstance(node, nodes.Name) and node.name in self._known:
            return self._known[node.name]
        raise nodes.Impossible

    def _output_const_repr(self, group: Iterable[Any]) -> str:
        parts = [kind("".join(texts)) for kind, texts in groupby(group, _kind)]
        if not all(map(_is_plain, parts)):
            return repr("".join(parts))  # only a literal in an expression; treated as data is
        statics = self._printing.statics
        statics.append(StaticText(parts))
        return f"environment.statics[{len(statics) - 1}]"

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write("environment.printed(")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write(")")


def _assigned(template: nodes.Template) -> Iterator[str]:
    """The names to which a template gives values of its own."""
    for name in template.find_all(nodes.Name):
        if name.ctx != "load":
            yield name.name
    for macro in template.find_all(nodes.Macro):
        yield macro.name


def _kind(text: str) -> type[str]:
    return KnownText if isinstance(text, KnownText) else str


def _is_plain(text: str) -> bool:
    """Whether a text is encoded the same wherever it stands: a CR may be half of a line end."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\r" not in text
