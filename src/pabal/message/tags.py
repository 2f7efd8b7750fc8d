"""Templates cut into plain text and Jinja tags, and put together again.

Between the two, tools that know nothing of Jinja (MJML, CSS inlining) may work on the
text. White space control and comments are settled when cutting. When putting together,
each tag begins a line of its own inside its delimiters, where Jinja does not print it,
so that a line of the template names one tag, and with it the place in the source.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jinja2 import Environment, TemplateSyntaxError

from pabal.message.compiled import Field, Place

_NEWLINE = re.compile(r"\r\n|\r")
_LEXER = Environment(keep_trailing_newline=True)  # noqa: S701 - it only cuts
_TEXT_LEXER = _LEXER.overlay(trim_blocks=True, lstrip_blocks=True)
_BRACE_THAT_OPENS = re.compile(r"\{(?=[{%#]|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What stands between tags. line: of its first character, from 1."""

    text: str
    line: int = 1


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


def cut(source: str, *, lines_of_tags_vanish: bool = False) -> Iterator[Text | Tag]:
    """Cut a template at its tags.

    lines_of_tags_vanish: a line that has nothing but a `{% … %}` prints no line end.
    Raises jinja2.TemplateSyntaxError: a tag or a comment does not end.
    """
    source = _NEWLINE.sub("\n", source)
    begin = 0
    inside: list[str] | None = None
    for kind, value, found in lexed(source, _TEXT_LEXER if lines_of_tags_vanish else _LEXER):
        if kind in ("variable_begin", "block_begin"):
            begin, inside = found, []
        elif inside is None:
            if kind == "data":
                yield Text(text=value, line=_line(source, found))
        elif kind in ("variable_end", "block_end"):
            yield Tag(
                inside="".join(inside),
                is_statement=kind == "block_end",
                line=_line(source, begin),
                column=begin - source.rfind("\n", 0, begin),
            )
            inside = None
        else:
            inside.append(value)
    if inside is not None:
        raise TemplateSyntaxError("this tag is not closed", _line(source, begin))


def lexed(source: str, lexer: Environment = _LEXER) -> Iterator[tuple[str, str, int]]:
    """Yield what Jinja's lexer finds: the kind of each piece, its text, and where it begins.

    Raises jinja2.TemplateSyntaxError.
    """
    offset = 0
    for _, kind, value in lexer.lex(source):
        found = source.index(value, offset)
        offset = found + len(value)
        yield kind, value, found


def put_together(name: str, pieces: Iterable[Text | Tag]) -> Field:
    """Make the template of a field of text and tags. Text never becomes a tag."""
    parts: list[str] = []
    places: list[Place] = []
    line = 1
    text = ""
    for piece in pieces:
        if isinstance(piece, Text):
            text += piece.text
            continue
        parts.append(_literal(text))
        line += text.count("\n") + 1
        text = ""
        places.append((line, piece.line, piece.column))
        parts.append(piece.on_a_line)
        line += piece.inside.count("\n")
    parts.append(_literal(text))
    return Field(name=name, template="".join(parts), places=tuple(places))


def _line(source: str, offset: int) -> int:
    return source.count("\n", 0, offset) + 1


def _literal(text: str) -> str:
    return _BRACE_THAT_OPENS.sub('{{ "{" }}', text)
