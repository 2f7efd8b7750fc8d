"""A change: items are read, all is decided on what they say, and all is written at once.

Nothing is locked. An item carries a version; whatever a decision rests on is either written
with the condition that its version is still the one that was read, or checked so. If it is
not, nothing is written, and the change is decided again on what stands there by then.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pabal.ledger.dynamodb.keys import Key
from pabal.ledger.dynamodb.table import Action, Conflict, Table, key_of
from pabal.ledger.dynamodb.values import Item, to_wire
from pabal.ledger.errors import LedgerUnavailable

T = TypeVar("T")

_TRIES = 12
_FIRST_PAUSE = 0.01  # seconds; doubles up to _LONGEST_PAUSE, and dice choose within
_LONGEST_PAUSE = 0.5
_VERSION = "v"


class Work:
    """What one change has read, and what it will write."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._read: dict[Key, Item | None] = {}
        self._actions: dict[Key, Action] = {}
        self._sums: dict[Key, _Sum] = {}

    def read(self, keys: Iterable[Key]) -> None:
        """Read items that are not read yet, in one request for a hundred."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._read]
        found = self.table.read(missing)
        self._read |= {key: found.get(key) for key in missing}

    def item(self, key: Key) -> Item | None:
        """Return an item as it was read; None where it is not there."""
        self.read([key])
        return self._read[key]

    def find(self, partition: str, between: tuple[str, str]) -> Sequence[Item]:
        """Read all items of a stretch of a partition, as they stand."""
        found = list(self.table.query(partition, between=between))
        for item in found:
            self._read.setdefault(key_of(item), item)
        return found

    def put(self, key: Key, attributes: Mapping[str, Any]) -> None:
        """Write an item in place of the one that was read."""
        seen = self.item(key)
        version = seen[_VERSION] + 1 if seen else 1
        item = {**attributes, "pk": key.pk, "sk": key.sk, _VERSION: version}
        self._actions[key] = {"Put": {"Item": to_wire(item), **_unchanged(seen)}}

    def note(self, key: Key, attributes: Mapping[str, Any]) -> None:
        """Write an item that is the same whoever writes it."""
        self._actions[key] = {"Put": {"Item": to_wire({**attributes, "pk": key.pk, "sk": key.sk})}}

    def drop(self, key: Key) -> None:
        """Remove an item, whatever stands there; no error where there is none."""
        self._actions[key] = {"Delete": {"Key": _on_wire(key)}}

    def touch(self, key: Key) -> None:
        """Let whoever changes an item at this moment come second, though it stays as it is."""
        terms = _unchanged(self.item(key))
        values = {**terms.pop("ExpressionAttributeValues", {}), **to_wire({":one": 1})}
        touched = {
            "Key": _on_wire(key),
            "UpdateExpression": f"ADD {_VERSION} :one",
            "ExpressionAttributeValues": values,
        }
        self._actions.setdefault(key, {"Update": {**terms, **touched}})

    def check(self, key: Key) -> None:
        """Rest the change on an item that it does not write."""
        terms = _unchanged(self.item(key))
        self._actions.setdefault(key, {"ConditionCheck": {"Key": _on_wire(key), **terms}})

    def require(self, key: Key, name: str, above: int) -> None:
        """Rest the change on an attribute being above a number."""
        self._actions[key] = {
            "ConditionCheck": {
                "Key": _on_wire(key),
                "ConditionExpression": "#n > :n",
                "ExpressionAttributeNames": {"#n": name},
                "ExpressionAttributeValues": to_wire({":n": above}),
            }
        }

    def add(self, key: Key, numbers: Mapping[str, int]) -> "_Sum":
        """Add to numbers of an item that many write to, without having read it."""
        total = self._sums.setdefault(key, _Sum())
        for name, n in numbers.items():
            total.numbers[name] = total.numbers.get(name, 0) + n
        return total

    def commit(self) -> None:
        """Raises Conflict: nothing was written."""
        sums = [each.action(key) for key, each in sorted(self._sums.items()) if not each.is_idle]
        actions = [action for _, action in sorted(self._actions.items(), key=lambda each: each[0])]
        self.table.write([*actions, *sums])


class _Sum:
    """What is added to an item, what is set beside, and what must hold for it."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.values: dict[str, Any] = {}
        self._where: list[tuple[str, str, Any]] = []

    @property
    def is_idle(self) -> bool:
        return not any(self.numbers.values()) and not self.values and not self._where

    def set(self, name: str, value: Any) -> None:
        self.values[name] = value

    def where(self, name: str, relation: str, value: Any) -> None:
        """relation: of the attribute to the value, such as "=" or "<="."""
        if (name, relation, value) not in self._where:
            self._where.append((name, relation, value))

    def action(self, key: Key) -> Action:
        names: dict[str, str] = {}
        values: dict[str, Any] = {}

        def use(name: str, value: Any) -> tuple[str, str]:
            number = len(values)
            names[f"#n{number}"], values[f":n{number}"] = name, value
            return f"#n{number}", f":n{number}"

        added = [" ".join(use(name, n)) for name, n in self.numbers.items() if n]
        written = [" = ".join(use(name, value)) for name, value in self.values.items()]
        parts = [("ADD", added), ("SET", written)]
        update = " ".join(f"{verb} {', '.join(terms)}" for verb, terms in parts if terms)
        conditions: list[str] = []
        for name, relation, value in self._where:
            attribute, compared = use(name, value)
            conditions.append(f"{attribute} {relation} {compared}")
        terms: dict[str, Any] = {
            "Key": _on_wire(key),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": to_wire(values),
        }
        if conditions:
            terms["ConditionExpression"] = " and ".join(conditions)
        if not update:
            return {"ConditionCheck": terms}
        return {"Update": {**terms, "UpdateExpression": update}}


class Desk:
    """Does changes, and again where somebody else came first.

    pause: waits so many seconds. random: returns a number in [0, 1).
    """

    def __init__(
        self, table: Table, *, pause: Callable[[float], object], random: Callable[[], float]
    ) -> None:
        self.table = table
        self._pause = pause
        self._random = random

    def change(self, act: Callable[[Work], T]) -> T:
        """Decide and write; durable on return.

        Raises LedgerUnavailable: others were always faster, or DynamoDB cannot be asked.
        """
        for turn in range(_TRIES):
            work = Work(self.table)
            try:
                result = act(work)
                work.commit()
            except Conflict:
                self.wait(turn)
            else:
                return result
        raise LedgerUnavailable(reason="others change the same items all the time")

    def wait(self, turn: int) -> None:
        """Let others finish; longer each time."""
        self._pause(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**turn) * self._random())


def _on_wire(key: Key) -> dict[str, Any]:
    return to_wire({"pk": key.pk, "sk": key.sk})


def _unchanged(seen: Item | None) -> dict[str, Any]:
    if seen is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": f"{_VERSION} = :v",
        "ExpressionAttributeValues": to_wire({":v": seen[_VERSION]}),
    }
