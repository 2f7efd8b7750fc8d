"""How texts of the environment are read into values."""

from typing import Any
from urllib.parse import urlsplit


def split_at_commas(value: Any) -> Any:
    """Read “a, b” as a tuple; what is no text stays as it is."""
    if not isinstance(value, str):
        return value
    return tuple(each.strip() for each in value.split(","))


def with_scheme(value: str, *schemes: str) -> str:
    """Raises ValueError: the URL has another scheme; "" has none, and stays."""
    if value and urlsplit(value).scheme not in schemes:
        raise ValueError(f"it does not begin with {' or '.join(f'{s}://' for s in schemes)}")
    return value
