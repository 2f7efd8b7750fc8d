"""Whether HTML still means the same after a parser has mended it.

HTML parsers close what was left open and move what may not stand where it does. Around
`{% … %}` that can be wrong without any tag being lost, so two things are compared:
every element begins and ends in the same branch of the same block, and between any two
statements there are the same elements and the same text as before.
"""

from html.parser import HTMLParser
from itertools import count, zip_longest

from pabal.message.shield import VOID_ELEMENTS, Shielded

_IMPLIED = frozenset({"html", "head", "body", "tbody", "colgroup", "style", "link"})
_OPENING = frozenset({"if", "for", "macro", "call", "filter", "with", "autoescape"})
_ALTERNATIVE = frozenset({"elif", "else"})


def check_same_structure(before: str, after: str, shielded: Shielded) -> None:
    """Compare markup before and after a parser has written it anew.

    Raises MisplacedTag: names the statement around which it differs.
    """
    statements = [number for number, tag in enumerate(shielded.tags) if tag.is_statement]
    if not statements:
        return
    old, new = _Outline(before, shielded), _Outline(after, shielded)
    if new.torn is not None:
        raise shielded.misplaced(new.torn, "an element begins in a block and ends outside of it")
    for index, (mine, theirs) in enumerate(zip_longest(old.segments, new.segments)):
        if mine != theirs:
            number = statements[min(max(index - 1, 0), len(statements) - 1)]
            raise shielded.misplaced(number, "HTML does not allow what stands there")


class _Outline(HTMLParser):
    """Elements and text between statements.

    segments: one more than there are statements.
    torn: the statement that an element crosses, if one does.
    """

    def __init__(self, markup: str, shielded: Shielded) -> None:
        super().__init__(convert_charrefs=True)
        self.segments: list[str] = [""]
        self.torn: int | None = None
        self._shielded = shielded
        self._branches: list[int] = []  # of the blocks that are open, outermost first
        self._fresh = count()
        self._last_statement = 0
        self._open: list[tuple[str, list[int]]] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _IMPLIED:
            self.segments[-1] += f"<{tag}>"
        if tag not in VOID_ELEMENTS:
            self._open.append((tag, list(self._branches)))
        self._read_statements(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID_ELEMENTS:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            name, branches = self._open.pop()
            if name == tag:
                if branches != self._branches and self.torn is None:
                    self.torn = self._last_statement
                return

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "style":
            self._read_statements(data)
            return
        self.segments[-1] += "".join(data.split())

    def handle_comment(self, data: str) -> None:
        self._read_statements(f"<!--{data}-->")

    def _read_statements(self, markup: str) -> None:
        for piece in self._shielded.scan(markup):
            if isinstance(piece, int) and self._shielded.tags[piece].is_statement:
                self._pass(piece)

    def _pass(self, number: int) -> None:
        self.segments.append("")
        self._last_statement = number
        inside = self._shielded.tags[number].inside
        keyword = inside.split(maxsplit=1)[0]
        if keyword in _OPENING or (keyword == "set" and "=" not in inside):
            self._branches.append(next(self._fresh))
        elif keyword in _ALTERNATIVE and self._branches:
            self._branches[-1] = next(self._fresh)
        elif keyword.startswith("end") and self._branches:
            self._branches.pop()
