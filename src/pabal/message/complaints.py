"""What Jinja says of a template, without what only its makers want to know."""

import re

_UNCLOSED = re.compile(r"Unexpected end of template\b.*needs to be closed is '(\w+)'", re.DOTALL)
_UNKNOWN = re.compile(r"Encountered unknown tag '(\w+)'")
_QUOTED = re.compile(r"'([^']+)'")
_PLACE = re.compile(r" at \d+$")


def in_short(complaint: str) -> str:
    """Say what is wrong; the line is told beside it."""
    if unclosed := _UNCLOSED.match(complaint):
        return f"“{unclosed[1]}” is not closed"
    if unknown := _UNKNOWN.match(complaint):
        return f"there is no tag “{unknown[1]}”"
    return _QUOTED.sub(r"“\1”", _PLACE.sub("", complaint))
