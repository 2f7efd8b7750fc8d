"""MJML to HTML, once a campaign, before Jinja.

Works on shielded markup. Nothing is fetched, and no web font is linked that the marketer
has not written. The converter rarely says where it gave up, and drops in silence what it
does not know; so both are looked for here.
"""

import re
from collections.abc import Iterator

import mrml

from pabal.message.errors import TemplateError
from pabal.message.shield import BODY, VOID_ELEMENTS, Shielded, words_in_conditionals

_POSITION = re.compile(r"at position (\d+)")
_STYLE = re.compile(r"<mj-style\b(?![^>]*\binline\b)[^>]*>(.*?)</mj-style\s*>", re.DOTALL)
_PIECE = re.compile(
    r"""<!--.*?-->|<(/?)([A-Za-z][^\s/>]*)((?:[^<>"']|"[^"]*"|'[^']*')*?)(/?)>|<|[^<]+""",
    re.DOTALL,
)
_ATTRIBUTES = re.compile(r"""(?:\s+[^\s=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'))?)*\s*""")

_ELEMENTS = frozenset(
    "mjml mj-head mj-attributes mj-body mj-section mj-column mj-wrapper mj-group mj-hero"
    " mj-social mj-navbar mj-accordion mj-accordion-element mj-carousel"
    " mj-all mj-class mj-breakpoint mj-font mj-html-attributes mj-selector mj-html-attribute"
    " mj-preview mj-style mj-title mj-accordion-text mj-accordion-title mj-button"
    " mj-carousel-image mj-divider mj-image mj-navbar-link mj-raw mj-social-element mj-spacer"
    " mj-table mj-text mj-include".split()
)
_WITHOUT_TEXT = frozenset(
    "mjml mj-head mj-attributes mj-body mj-section mj-column mj-wrapper mj-group mj-hero"
    " mj-social mj-navbar mj-accordion mj-accordion-element mj-carousel".split()
)


def html_of_mjml(shielded: Shielded) -> str:
    """Convert shielded MJML to shielded HTML.

    Raises TemplateError: it is no MJML, or has what MJML would drop.
    """
    options = mrml.RenderOptions(fonts={})
    try:
        html = mrml.to_html(shielded.markup, render_options=options).content
    except OSError as error:
        position = _POSITION.search(str(error))
        general = (int(position[1]) if position else 0, str(error))
        raise _not_mjml(shielded, *next(_flaws(shielded.markup), general)) from None
    for offset, reason in _dropped(shielded.markup):
        raise _not_mjml(shielded, offset, reason)
    return words_in_conditionals(html, shielded.mark)


def styles_of_mjml(shielded: Shielded) -> frozenset[str]:
    """Return the style sheets that the marketer has written, as MJML writes them."""
    return frozenset(text.strip() for text in _STYLE.findall(shielded.markup))


def _not_mjml(shielded: Shielded, offset: int, reason: str) -> TemplateError:
    return TemplateError(field=BODY, line=shielded.line(offset), column=1, reason=f"MJML: {reason}")


def _dropped(markup: str) -> Iterator[tuple[int, str]]:
    """Find elements and text that the converter leaves out without a word."""
    opened = [""]
    for piece in _PIECE.finditer(markup):
        closes, name, _, is_empty = piece.groups()
        if name and name.startswith("mj") and name not in _ELEMENTS:
            yield piece.start(), f"there is no element <{name}>"
        elif name and closes:
            opened.pop()
        elif name and not is_empty and name not in VOID_ELEMENTS:
            opened.append(name)
        elif name is None and opened[-1] in _WITHOUT_TEXT and not piece[0].startswith("<"):
            stripped = piece[0].lstrip()
            if stripped:
                offset = piece.end() - len(stripped)
                yield offset, f"text cannot stand in <{opened[-1]}>; put it into an <mj-text>"


def _flaws(markup: str) -> Iterator[tuple[int, str]]:
    """Find what is not well-formed."""
    opened: list[tuple[str, int]] = []
    for piece in _PIECE.finditer(markup):
        closes, name, attributes, is_empty = piece.groups()
        if piece[0] == "<":
            yield piece.start(), "“<” does not begin an element here; write &lt;"
        if not name:
            continue
        if not _ATTRIBUTES.fullmatch(attributes):
            yield piece.start(), f"the attributes of <{name}> need quotes and spaces"
        if closes:
            if not opened or opened.pop()[0] != name:
                yield piece.start(), f"</{name}> does not close what was opened last"
        elif not is_empty and name not in VOID_ELEMENTS:
            opened.append((name, piece.start()))
    for name, offset in opened[-1:]:
        yield offset, f"<{name}> is not closed"
