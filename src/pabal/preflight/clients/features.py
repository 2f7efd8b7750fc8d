"""Which features of HTML and CSS a mail uses, and where: found in the mail as it is sent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

_READ = 500_000  # characters; Gmail shows 102 KB
_SHOWN = 40  # characters of what tells a place
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_AT_RULE = re.compile(r"@([a-z-]+)([^{};]*)", re.IGNORECASE)
_CONDITION = re.compile(r"\(\s*(?:min-|max-)?([a-z-]+)", re.IGNORECASE)
_BLOCK = re.compile(r"([^{}]+)\{([^{}]*)\}")
_PSEUDO = re.compile(r"::?([a-z-]+)", re.IGNORECASE)
_FUNCTION = re.compile(r"([a-z-]+)\(", re.IGNORECASE)
_UNIT = re.compile(r"(?<![\w#.-])-?\d*\.?\d+([a-z]{1,4})\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z][a-z-]*", re.IGNORECASE)
_STRING = re.compile(r"""url\([^)]*\)|"[^"]*"|'[^']*'""", re.IGNORECASE)
_EXTENSION = re.compile(r"\.([a-z0-9]{2,5})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A feature, named as in caniemail.json, and the element or the rule that has it."""

    feature: str
    place: str


def features_of(html: str) -> Iterator[Use]:
    """Name what a mail uses, in its order and as often as it does. Any text will do.

    What stands in comments is left out: it is for one client, Outlook, which is told so.
    """
    reader = _Reader()
    reader.feed(html[:_READ])
    reader.close()
    yield from reader.uses


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.uses: list[Use] = []
        self._in_style = False
        self._text = ""  # the last that was shown

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        place = _place(tag, attributes, self._text)
        self._in_style = tag == "style"
        named = [f"element {tag}", f"element {tag} {attributes.get('type', 'text').lower()}"]
        named += [f"attribute {name}" for name in attributes]
        if tag in ("img", "source"):
            named += _image(attributes.get("src", "") or attributes.get("srcset", ""))
        named += _declared(attributes.get("style", ""))
        self.uses += [Use(feature=name, place=place) for name in named]

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.uses += _in_style_sheet(_COMMENT.sub("", data))
        elif data.strip():
            self._text = " ".join(data.split())


def _place(tag: str, attributes: dict[str, str], text: str) -> str:
    """Write an element so that its author knows it again: by a name, or the text before it."""
    telling = ("id", "class", "src", "href", "alt", "name")
    for each in telling:
        if attributes.get(each):
            return f'<{tag} {each}="{attributes[each][:_SHOWN]}">'
    return f"<{tag}> behind “{text[-_SHOWN:]}”" if text else f"<{tag}>"


def _in_style_sheet(css: str) -> Iterator[Use]:
    for rule in _AT_RULE.finditer(css):
        place = rule[0].strip()[:_SHOWN]
        yield Use(feature=f"rule {rule[1].lower()}", place=place)
        if rule[1].lower() == "media":
            for condition in _CONDITION.finditer(rule[2]):
                yield Use(feature=f"media {condition[1].lower()}", place=place)
    for selector, declarations in _BLOCK.findall(css):
        place = " ".join(selector.split())[:_SHOWN]
        names = [f"pseudo {each.lower()}" for each in _PSEUDO.findall(selector)]
        for name in [*names, *_declared(declarations)]:
            yield Use(feature=name, place=place)


def _declared(declarations: str) -> list[str]:
    """Name what a list of declarations uses, between semicolons that are not in a string."""
    named: list[str] = []
    for declaration in _STRING.sub("url()", declarations).split(";"):
        name, colon, value = declaration.partition(":")
        if not colon:
            continue
        name, value = name.strip().lower(), value.strip().lower()
        named += [f"property {name}", f"declaration {name}:{value.removesuffix('!important')}"]
        named += [f"function {each}" for each in _FUNCTION.findall(value)]
        named += [f"unit {each}" for each in _UNIT.findall(value)]
        named += [f"value {each}" for each in _WORD.findall(value)]
    return [each.strip() for each in named]


def _image(source: str) -> list[str]:
    try:
        match = _EXTENSION.search(urlsplit(source.split(",")[0].split(" ")[0]).path)
    except ValueError:
        return []
    return [f"image {match[1].lower()}"] if match else []
