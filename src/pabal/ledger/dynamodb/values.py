"""Python values as DynamoDB writes them, and back: text, whole numbers, lists and maps."""

from collections.abc import Mapping
from typing import Any

Item = dict[str, Any]


def to_wire(values: Mapping[str, Any]) -> dict[str, Any]:
    """Raises TypeError: a value of a kind that no item of ours has."""
    return {name: _to(value) for name, value in values.items()}


def from_wire(item: Mapping[str, Any]) -> Item:
    return {name: _from(value) for name, value in item.items()}


def _to(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case list():
            return {"L": [_to(each) for each in value]}  # pyright: ignore[reportUnknownVariableType]
        case dict():
            return {"M": to_wire(value)}  # pyright: ignore[reportUnknownArgumentType]
        case None:
            return {"NULL": True}
        case _:
            raise TypeError(f"not kept in items: {type(value).__name__}")


def _from(value: Mapping[str, Any]) -> Any:
    [(kind, held)] = value.items()
    match kind:
        case "N":
            return int(held)
        case "L":
            return [_from(each) for each in held]
        case "M":
            return from_wire(held)
        case "NULL":
            return None
        case _:
            return held
