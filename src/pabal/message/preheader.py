"""The line that mail programs show behind the subject: hidden, at the head of the mail.

It goes into the markup before anything else is done with it, and adds no line, so that the
lines that errors name stay those of the marketer.
"""

import html
import re

from pabal.message.source import Markup
from pabal.message.tags import Tag, Text

_OF_MJML = re.compile(r"<mj-preview\b[^>]*>.*?</mj-preview\s*>", re.DOTALL | re.IGNORECASE)
_HEAD = re.compile(r"<mj-head\b[^>]*[^/]?>", re.IGNORECASE)
_ROOT = re.compile(r"<mjml\b[^>]*>", re.IGNORECASE)
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_HIDDEN = (
    '<div style="display:none;font-size:1px;max-height:0;max-width:0;opacity:0;overflow:hidden">'
)


def with_preheader(body: str, markup: Markup, preview: list[Text | Tag]) -> str:
    """Put a preview text into a mail's markup, in place of one that it has in MJML.

    Markup without a place for it stays as it is.
    """
    words = "".join(map(_written, preview)).strip()
    if not words:
        return body
    if markup is Markup.HTML:
        return _behind(_BODY, body, f"{_HIDDEN}{words}</div>")
    element = f"<mj-preview>{words}</mj-preview>"
    there = _OF_MJML.search(body)
    if there is not None:
        lines = "\n" * there[0].count("\n")
        return body[: there.start()] + element + lines + body[there.end() :]
    if _HEAD.search(body):
        return _behind(_HEAD, body, element)
    return _behind(_ROOT, body, f"<mj-head>{element}</mj-head>")


def _written(piece: Text | Tag) -> str:
    """Tags as they are; a text on one line, without markup."""
    if isinstance(piece, Tag):
        return piece.shown
    return html.escape(" ".join(piece.text.splitlines()), quote=False)


def _behind(place: re.Pattern[str], body: str, addition: str) -> str:
    found = place.search(body)
    return body[: found.end()] + addition + body[found.end() :] if found else body
