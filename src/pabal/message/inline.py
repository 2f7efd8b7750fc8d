"""Style sheets into style attributes, once a campaign, before Jinja.

Works on shielded markup. Nothing is fetched.
"""

import re

import css_inline

from pabal.message.errors import TemplateError
from pabal.message.nesting import check_same_structure
from pabal.message.shield import BODY, Shielded

_STYLE = re.compile(r"<!--.*?-->|<style\b[^>]*>(.*?)</style\s*>", re.IGNORECASE | re.DOTALL)
_ROOT_OR_BODY = re.compile(r"<(?:html|body)\b", re.IGNORECASE)
_ROWS_OF_TABLE = re.compile(
    r"<!--.*?-->|(<table\b[^>]*>)(?=(?:\s|<!--(?:(?!-->).)*-->)*<tr\b)", re.IGNORECASE | re.DOTALL
)


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
