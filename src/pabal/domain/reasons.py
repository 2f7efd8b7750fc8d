"""Reasons in a reader's language. They come from libraries and systems, as English text.

What stands in quotes is a name out of the text before it: the rest is what can be translated.
"""

import re
from collections.abc import Callable

_NAME = re.compile("“([^”]*)”")

# Those that people come upon; whatever else is said stays as it is.
SENTENCES = (
    # Jinja's, and what the sandbox refuses
    "unexpected “{}”",
    "unexpected char “{}”",
    "expected token “{}”, got “{}”",
    "“{}” is not closed",
    "there is no tag “{}”",
    "there is no filter “{}”",
    "there is no test “{}”",
    "“{}” is not available in mails",
    "“{}” is not a number",
    "“{}” is not a date such as 2026-11-24",
    "division by zero",
    "it is one line",
    # Fields of a template
    "subject",
    "preview",
    "body",
    "text",
    # The system's, of connections
    "Connection refused.",
    "Connection timed out.",
    "Connection reset by peer.",
    "Network is unreachable.",
    "No route to host.",
    "Name or service not known.",
    "Temporary failure in name resolution.",
    "No address associated with hostname.",
    # Conditions of segments
    "choose a language.",
    "give a date, such as 2026-01-31.",
    "give a number of days, such as 30.",
    "give a number, such as 12 or 3.5.",
    "it cannot be asked so.",
    "it is not complete.",
    "nothing is chosen.",
    "opens and clicks are kept for 400 days.",
    "say what to compare with.",
    "there are too many conditions in a group.",
    "there are too many groups.",
    "there is no attribute of this name.",
)


def spoken(reason: str, translate: Callable[[str], str]) -> str:
    """Return a reason as `translate` says it; as it is where that does not know it."""
    known = _NAME.sub("“{}”", reason)
    if known not in SENTENCES:
        return reason
    return translate(known).format(*_NAME.findall(reason))


def reason_of(error: OSError) -> str:
    """Return what the system calls it, without its number."""
    return f"{(error.strerror or str(error)).rstrip('.')}."
