"""Keeps Jinja's tags safe from tools that know only markup.

An HTML parser tears `{% for %}` out of a table and escapes the `>` inside of `{{ }}`. So
each tag is replaced by what the parser carries to the right place: a comment where
elements or text stand, a word elsewhere, a declaration of its own between those of a
style. Afterwards every tag has to be back: statements once and in order, `{{ }}` at least
once (MJML repeats some attributes) and between the same statements as before.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from pabal.message.errors import MisplacedTag
from pabal.message.tags import Tag, Text

BODY = "body"  # the field that all of this is about
VOID_ELEMENTS = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()
)
_TEXT_ONLY = frozenset({"mj-preview", "mj-style", "mj-title", "script", "style", "title"})
_CONDITIONAL = re.compile(r"<!--\[if [^\]]*\]>(?!<!--).*?<!\[endif\]-->", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shielded:
    """Markup with a placeholder for each tag.

    mark: what every placeholder begins with; the tag's number in five digits follows.
    anchors: offset in the markup and line in the source of every piece, ascending.
    """

    markup: str
    tags: tuple[Tag, ...]
    mark: str
    anchors: tuple[tuple[int, int], ...]

    def line(self, offset: int) -> int:
        """Return the line of the source for an offset in the markup."""
        begin, line = self.anchors[bisect_right(self.anchors, offset, key=lambda a: a[0]) - 1]
        return line + self.markup.count("\n", begin, offset)

    def scan(self, markup: str) -> Iterator[str | int]:
        """Cut markup, worked on or not, into static text and numbers of tags."""
        end = 0
        for match in _placeholders(self.mark).finditer(markup):
            yield markup[end : match.start()]
            number = next(int(group) for group in match.groups() if group)
            yield number
            # A declaration's semicolon stays behind a value: `{{ }}` may not bring its own.
            ends_declaration = match[0].endswith(";") and not self.tags[number].is_statement
            end = match.end() - ends_declaration
        yield markup[end:]

    def restore(self, markup: str) -> list[Text | Tag]:
        """Put the tags back into the markup.

        Raises MisplacedTag: one is lost, twice there, or between others than before.
        """
        pieces: list[Text | Tag] = []
        numbers: list[int] = []
        for piece in self.scan(markup):
            if isinstance(piece, int):
                numbers.append(piece)
                pieces.append(self.tags[piece])
            else:
                pieces.append(Text(text=piece.replace(_hidden(self.mark), "")))
        self._check(numbers)
        return pieces

    def misplaced(self, number: int, reason: str) -> MisplacedTag:
        """Make the error that names a tag."""
        tag = self.tags[number]
        return MisplacedTag(
            field=BODY, line=tag.line, column=tag.column, tag=tag.shown, reason=reason
        )

    def _check(self, numbers: list[int]) -> None:
        lost = set(range(len(self.tags))) - set(numbers)
        if lost:
            raise self.misplaced(min(lost), "it is lost there")
        statements = [number for number, tag in enumerate(self.tags) if tag.is_statement]
        seen: list[int] = []
        for number in numbers:
            if self.tags[number].is_statement:
                seen.append(number)
                if seen != statements[: len(seen)]:
                    raise self.misplaced(number, "it would come twice or in another order")
            elif len(seen) != bisect_right(statements, number):
                raise self.misplaced(number, "it would come into another part of the mail")


def shield(pieces: Iterable[Text | Tag]) -> Shielded:
    """Replace the tags.

    Raises MisplacedTag: a tag stands where an element's name should.
    """
    pieces = list(pieces)
    mark = _unused_mark("".join(piece.text for piece in pieces if isinstance(piece, Text)))
    parts: list[str] = []
    tags: list[Tag] = []
    anchors: list[tuple[int, int]] = [(0, 1)]
    where = _Whereabouts(mark)
    length = 0
    for piece in pieces:
        anchors.append((length, piece.line))
        if isinstance(piece, Text):
            part = where.read(piece.text)
        else:
            part = where.place(len(tags), piece)
            tags.append(piece)
        parts.append(part)
        length += len(part)
    return Shielded(markup="".join(parts), tags=tuple(tags), mark=mark, anchors=tuple(anchors))


def words_in_conditionals(markup: str, mark: str) -> str:
    """Turn placeholders inside of conditional comments into words: `-->` would end these.

    MJML writes `<!--[if mso]> … <![endif]-->` around what it is given.
    """
    comment = re.compile(rf"<!--({mark}\d{{5}})-->")
    return _CONDITIONAL.sub(lambda match: comment.sub(r"\1", match[0]), markup)


def _placeholders(mark: str) -> re.Pattern[str]:
    word = rf"{mark}(\d{{5}})"
    return re.compile(rf'<!--{word}-->|{word}=""|{word}:\s?{mark};?|{word}')


def _hidden(mark: str) -> str:
    """What hides the name of a property from CSS (see `_Whereabouts.read`)."""
    return f"{mark}p"


def _unused_mark(text: str) -> str:
    """Lower case, because HTML folds the case of attribute names."""
    folded = text.lower()
    number = 0
    while (mark := f"jq{number}x") in folded:
        number += 1
    return mark


class _State(Enum):
    CONTENT = auto()
    TAG = auto()
    VALUE = auto()
    COMMENT = auto()
    TEXT_ONLY = auto()


class _Whereabouts:
    """Reads markup piece by piece and knows where the next tag stands."""

    _CONTENT = re.compile(r"<!--|<(/?[A-Za-z][^\s/>]*)")
    _TAG = re.compile(r"""([^\s"'<>/=]*)\s*=\s*(["'])|(>)""")

    _PROPERTY = re.compile(r"((?:^|;)\s*)([A-Za-z-]+\s*:)")

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._state = _State.CONTENT
        self._element = ""
        self._quote = ""
        self._is_style = self._is_conditional_style = False
        self._tail = ""  # what was read last, as far as it matters

    def read(self, text: str) -> str:
        """Read on, and return the text as it may stand among placeholders.

        Behind a statement in a style attribute, properties get names that CSS does not
        know: a declaration that is there on a condition must not displace one of a rule.
        """
        position = 0
        parts: list[str] = []
        while position < len(text):
            hide = self._is_conditional_style
            end = getattr(self, f"_read_{self._state.name.lower()}")(text, position)
            part = text[position:end]
            parts.append(self._PROPERTY.sub(rf"\1{_hidden(self._mark)}\2", part) if hide else part)
            position = end
        return "".join(parts)

    def place(self, number: int, tag: Tag) -> str:
        """Return the placeholder of a tag that stands here, and go on behind it."""
        word = f"{self._mark}{number:05d}"
        if self._state is _State.CONTENT:
            if self._tail.endswith(("<", "</")):
                raise MisplacedTag(
                    field=BODY,
                    line=tag.line,
                    column=tag.column,
                    tag=tag.shown,
                    reason="the name of an element has to be written out",
                )
            return f"<!--{word}-->"
        if self._state is _State.TAG and tag.is_statement and not self._tail.endswith("="):
            return f" {word} "
        if self._is_declaration():
            self._is_conditional_style |= tag.is_statement
            return f"{word}:{self._mark};"
        self._tail += word
        return word

    def _is_declaration(self) -> bool:
        """Whether this is a place between the declarations of a style attribute."""
        is_style = self._state is _State.VALUE and self._is_style
        return is_style and self._tail.rstrip()[-1:] in ("", ";")

    def _read_content(self, text: str, position: int) -> int:
        match = self._CONTENT.search(text, position)
        if match is None:
            self._tail = text[-2:]
            return len(text)
        self._tail = ""
        self._element = (match[1] or "").lower()
        self._state = _State.TAG if self._element else _State.COMMENT
        return match.end()

    def _read_tag(self, text: str, position: int) -> int:
        match = self._TAG.search(text, position)
        if match is None:
            self._tail = text[position:].rstrip()[-1:]
            return len(text)
        self._tail = ""
        if match[3]:
            self._state = _State.CONTENT
            if self._element in _TEXT_ONLY and text[match.start() - 1] != "/":
                self._state = _State.TEXT_ONLY
        else:
            self._state = _State.VALUE
            self._is_style = match[1].lower() == "style"
            self._is_conditional_style = False
            self._quote = match[2]
        return match.end()

    def _read_value(self, text: str, position: int) -> int:
        end = text.find(self._quote, position)
        if end < 0:
            self._tail += text[position:]
            return len(text)
        self._tail = ""
        self._is_conditional_style = False
        self._state = _State.TAG
        return end + 1

    def _read_comment(self, text: str, position: int) -> int:
        return self._read_until("-->", text, position)

    def _read_text_only(self, text: str, position: int) -> int:
        return self._read_until(f"</{self._element}", text, position)

    def _read_until(self, ending: str, text: str, position: int) -> int:
        end = text.lower().find(ending, position)
        if end < 0:
            return len(text)
        self._state = _State.CONTENT
        return end if ending.startswith("</") else end + len(ending)
