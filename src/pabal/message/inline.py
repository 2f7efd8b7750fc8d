"""MJML to HTML, and style sheets into style attributes: once a campaign, before Jinja.

Everything here works on shielded markup. Nothing is fetched, and nothing remote is linked
that the marketer has not written (MJML would link web fonts).
"""

import re

import css_inline
import mrml

from pabal.message.errors import TemplateError
from pabal.message.nesting import check_same_structure
from pabal.message.shield import BODY, VOID_ELEMENTS, Shielded, words_in_conditionals

_POSITION = re.compile(r"at position (\d+)")
_STYLE = re.compile(r"<!--.*?-->|<style\b[^>]*>(.*?)</style\s*>", re.IGNORECASE | re.DOTALL)
_MJ_STYLE = re.compile(r"<mj-style\b(?![^>]*\binline\b)[^>]*>(.*?)</mj-style\s*>", re.DOTALL)
_ROOT_OR_BODY = re.compile(r"<(?:html|body)\b", re.IGNORECASE)
_ROWS_OF_TABLE = re.compile(
    r"<!--.*?-->|(<table\b[^>]*>)(?=(?:\s|<!--(?:(?!-->).)*-->)*<tr\b)", re.IGNORECASE | re.DOTALL
)
_MARKUP = re.compile(
    r"""<!--.*?-->|<(/?)([A-Za-z][^\s/>]*)(?:[^<>"']|"[^"]*"|'[^']*')*?(/?)>|<""", re.DOTALL
)


def html_of_mjml(shielded: Shielded) -> str:
    """Convert shielded MJML to shielded HTML.

    Raises TemplateError: it is no MJML.
    """
    options = mrml.RenderOptions(fonts={})
    try:
        html = mrml.to_html(shielded.markup, render_options=options).content
    except OSError as error:
        raise _not_mjml(shielded, str(error)) from None
    return words_in_conditionals(html, shielded.mark)


def styles_of_mjml(shielded: Shielded) -> frozenset[str]:
    """Return the style sheets that the marketer has written, as MJML writes them."""
    return frozenset(text.strip() for text in _MJ_STYLE.findall(shielded.markup))


def inlined(html: str, shielded: Shielded, *, only: frozenset[str] | None = None) -> str:
    """Move the rules of style elements into style attributes; @-rules stay in the head.

    only: the style sheets to move, where the others should stay as they are.
    Markup without a style sheet to move is returned as it is.
    Raises TemplateError: a style cannot be read; MisplacedTag: the HTML is not well
    nested around a tag.
    """
    aside: list[str] = []

    def set_aside(match: re.Match[str]) -> str:
        if match[1] is None or only is None or match[1].strip() in only:
            return match[0]
        aside.append(match[0])
        return f"<!--{shielded.mark}style{len(aside) - 1}-->"

    prepared = _STYLE.sub(set_aside, html)
    if not any(match[1] is not None for match in _STYLE.finditer(prepared)):
        return html
    if not _ROOT_OR_BODY.search(prepared):
        prepared = f"<!DOCTYPE html><html><head></head><body>{prepared}</body></html>"
    result = _inline(_ROWS_OF_TABLE.sub(_with_tbody, prepared))
    check_same_structure(prepared, result, shielded)
    kept = re.compile(rf"<!--{shielded.mark}style(\d+)-->")
    return kept.sub(lambda match: aside[int(match[1])], result)


def _inline(html: str) -> str:
    inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
    try:
        return inliner.inline(html)
    except css_inline.InlineError as error:
        raise TemplateError(field=BODY, line=1, column=1, reason=f"CSS: {error}") from None


def _with_tbody(match: re.Match[str]) -> str:
    """Write the tbody that HTML implies, so that loops around rows begin inside of it."""
    return f"{match[1]}<tbody>" if match[1] else match[0]


def _not_mjml(shielded: Shielded, message: str) -> TemplateError:
    offset, reason = _first_flaw(shielded.markup) or (_position(message), message)
    return TemplateError(field=BODY, line=shielded.line(offset), column=1, reason=f"MJML: {reason}")


def _position(message: str) -> int:
    match = _POSITION.search(message)
    return int(match[1]) if match else 0


def _first_flaw(markup: str) -> tuple[int, str] | None:
    """Find what is not well-formed, because the converter rarely says where it gave up."""
    opened: list[tuple[str, int]] = []
    for match in _MARKUP.finditer(markup):
        closes, name, is_empty = match[1], match[2], match[3]
        if match[0] == "<":
            return match.start(), "“<” does not begin an element here; write &lt;"
        if not name or is_empty or name in VOID_ELEMENTS:
            continue
        if not closes:
            opened.append((name, match.start()))
        elif not opened or opened.pop()[0] != name:
            return match.start(), f"</{name}> does not close what was opened last"
    return (opened[-1][1], f"<{opened[-1][0]}> is not closed") if opened else None
