"""Templates cut into plain text and Jinja tags, and put together again.

Between the two, tools that know nothing of Jinja (MJML, CSS inlining) may work on the
text. White space control and comments are settled when cutting. When putting together,
each tag begins a line of its own inside its delimiters, where Jinja does not print it,
so that a line of the template names one tag, and with it the place in the source.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jinja2 import Environment

from pabal.message.compiled import Field, Place

_NEWLINE = re.compile(r"\r\n|\r")
_BRACE_THAT_OPENS = re.compile(r"\{(?=[{%#]|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """`{{ … }}` or `{% … %}`. line and column of its first character, from 1."""

    inside: str
    is_statement: bool
    line: int
    column: int

    @property
    def shown(self) -> str:
        """The tag as a person recognises it."""
        inside = self.inside.strip()
        return f"{{% {inside} %}}" if self.is_statement else f"{{{{ {inside} }}}}"

    @property
    def on_a_line(self) -> str:
        """The tag for a template, beginning a line inside its delimiters."""
        if self.is_statement:
            return f"{{%\n{self.inside}%}}"
        return f"{{{{\n{self.inside}}}}}"





def cut(source: str, environment: Environment) -> Iterator[str | Tag]:
    """Cut a template at its tags. The environment's lexer decides what a tag is.

    Raises jinja2.TemplateSyntaxError.
    """
    source = _NEWLINE.sub("\n", source)
    offset = 0
    begun: list[str] = []
    start = 0
    for _, kind, value in environment.lex(source):
        found = source.index(value, offset)
        offset = found + len(value)
        if kind in ("variable_begin", "block_begin"):
            start, begun = found, [""]
        elif kind in ("variable_end", "block_end"):
            yield _tag(source, start, "".join(begun), is_statement=kind == "block_end")
            begun = []
        elif begun:
            begun.append(value)
        elif kind == "data":
            yield value


def _tag(source: str, start: int, inside: str, *, is_statement: bool) -> Tag:
    return Tag(
        inside=inside,
        is_statement=is_statement,
        line=source.count("\n", 0, start) + 1,
        column=start - source.rfind("\n", 0, start),
    )


def put_together(name: str, pieces: Iterable[str | Tag]) -> Field:
    """Make the template of a field of text and tags; text never becomes a tag."""
    parts: list[str] = []
    places: list[Place] = []
    line = 1
    text = ""
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
            continue
        parts.append(_literal(text))
        line += text.count("\n") + 1
        text = ""
        places.append((line, piece.line, piece.column))
        parts.append(piece.on_a_line)
        line += piece.inside.count("\n")
    parts.append(_literal(text))
    return Field(name=name, template="".join(parts), places=tuple(places))


def _literal(text: str) -> str:
    return _BRACE_THAT_OPENS.sub('{{ "{" }}', text)
