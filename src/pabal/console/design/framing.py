"""A mail's own HTML in a frame of ours: it may look as it likes, and do nothing."""

import re

# The mail runs no scripts, sends no forms and loads nothing from elsewhere, in the
# frame or opened by itself. Its links open in a window of their own.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'; font-src data:; "
    "form-action 'none'; base-uri 'none'; frame-src 'none'; frame-ancestors 'self'; "
    f"sandbox {SANDBOX}"
)
# The visual editor's frame: the page looks at where the blocks stand. Nothing runs in it either.
CANVAS_POLICY = FRAME_POLICY.replace(f"sandbox {SANDBOX}", "sandbox allow-same-origin")

_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_FRAME = re.compile(r"(</?)(?=i?frame)", re.IGNORECASE)
_DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
_LIGHT = re.compile(r"\(\s*prefers-color-scheme\s*:\s*light\s*\)", re.IGNORECASE)
_OPENS_OUTSIDE = '<base target="_blank">'


def framed(html: str) -> str:
    """Return the HTML with its links opening outside the frame that it is shown in.

    Frames in it become unknown elements: for a frame, browsers connect to its host before
    they find that the page's policy forbids it.
    """
    html = _FRAME.sub(r"\1x-", html)
    head = _HEAD.search(html)
    place = head.end() if head else 0
    return html[:place] + _OPENS_OUTSIDE + html[place:]


def in_the_dark(html: str) -> str:
    """Return the HTML as a program shows it that asks for the mail's own dark colours.

    A frame cannot be told to prefer them. Programs that turn colours around by themselves show
    something else again.
    """
    return _LIGHT.sub("(max-width: 0)", _DARK.sub("(min-width: 0)", html))
