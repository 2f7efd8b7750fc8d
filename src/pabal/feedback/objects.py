"""JSON that anybody may have written, read within bounds."""

import json
from typing import Any, cast

MAX_BYTES = 1_048_576  # SQS: the largest message

Json = dict[str, Any]


def parse_object(body: str) -> Json:
    """Raises ValueError: it is too large, too deep, or no object; the reason is for a person."""
    if len(body) > MAX_BYTES:
        raise ValueError("it is too large")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(told, dict):
        raise ValueError("it is not an object")
    return cast(Json, told)


def text_in(told: Json, name: str) -> str:
    """Return a text of an object; "" where it is not there or no text."""
    value = told.get(name)
    return value if isinstance(value, str) else ""
