"""What is wrong with a value that was sent, in our words: a library's are in English alone."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic_core import ErrorDetails

# By the type that Pydantic gives, with the blanks that it fills.
_WORDS: Mapping[str, str | Promise] = {
    "missing": _("It is missing."),
    "extra_forbidden": _("There is no such field."),
    "json_invalid": _("This is no JSON: {error}"),
    "string_type": _("It has to be a text."),
    "string_too_short": _("It needs {min_length} characters at least."),
    "too_short": _("It must not be empty."),
    "string_too_long": _("It may have {max_length} characters at most."),
    "string_pattern_mismatch": _("It has to look like {pattern}."),
    "too_long": _("There may be {max_length} at most."),
    "int_parsing": _("It has to be a whole number."),
    "int_type": _("It has to be a whole number."),
    "greater_than_equal": _("It has to be {ge} at least."),
    "less_than_equal": _("It has to be {le} at most."),
    "enum": _("It has to be one of these: {expected}."),
    "dict_type": _("It has to be an object."),
    "model_type": _("It has to be an object."),
    "model_attributes_type": _("It has to be an object."),
    "timezone_aware": _("The time needs its zone, such as 2026-01-31T09:30:00+09:00."),
    "datetime_type": _("It has to be a time, such as 2026-01-31T09:30:00+09:00."),
    "datetime_parsing": _("It has to be a time, such as 2026-01-31T09:30:00+09:00."),
    "datetime_from_date_parsing": _("It has to be a time, such as 2026-01-31T09:30:00+09:00."),
}


def in_words(error: ErrorDetails) -> str:
    """Return a sentence, in the caller's language where it is one that callers come upon."""
    context: Mapping[str, Any] = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context["error"])  # one of ours
    words = _WORDS.get(error["type"])
    return error["msg"] if words is None else str(words).format(**context)
