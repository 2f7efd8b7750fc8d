"""How many deliveries are in which state, and what came back about how many."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pabal.domain.bouncing import Weight
from pabal.domain.delivery import State
from pabal.domain.event import EventKind
from pabal.domain.identity import CampaignId
from pabal.domain.reputation import Toll
from pabal.ledger.dynamodb import keys
from pabal.ledger.dynamodb.table import Table
from pabal.ledger.dynamodb.values import Item

Tally = Mapping[str, int]  # a state's name, or `event_name`, to a number

_EVENT = "e:"
_STATES = {state.value: state for state in State}


def read(table: Table, campaign: CampaignId) -> Tally:
    """Add up the slots: one request."""
    return _sum(table, keys.tally(campaign))


def read_all(table: Table) -> Tally:
    """Return what is counted of all campaigns together: one request."""
    return _sum(table, keys.ALL)


def of_all(tally: Tally) -> Tally:
    """Return what of a tally is counted for all campaigns together."""
    doubtful = State.DOUBTFUL.value
    return {name: n for name, n in tally.items() if name == doubtful or name.startswith(_EVENT)}


def _sum(table: Table, partition: str) -> Tally:
    total = Counter[str]()
    for slot in table.query(partition):
        counted = (name for name in slot if name in _STATES or name.startswith(_EVENT))
        total.update({name: slot[name] for name in counted})
    return total


def event_name(kind: EventKind, weight: Weight) -> str:
    return f"{_EVENT}{kind.value}:{weight.value}"


def states(tally: Tally) -> dict[State, int]:
    return {_STATES[name]: n for name, n in tally.items() if name in _STATES and n}


def events(tally: Tally) -> dict[tuple[EventKind, Weight], int]:
    found: dict[tuple[EventKind, Weight], int] = {}
    for name, n in tally.items():
        if name.startswith(_EVENT):
            kind, _, weight = name.removeprefix(_EVENT).partition(":")
            found[EventKind(kind), Weight(weight)] = n
    return found


def toll(tally: Tally) -> Toll:
    return Toll.of(tally.get(State.SENT.value, 0), events(tally))


def as_item(toll: Toll) -> Item:
    return {"sent": toll.sent, "bounces": toll.bounces, "complaints": toll.complaints}


def from_item(item: Mapping[str, Any] | None) -> Toll:
    found = item or {"sent": 0, "bounces": 0, "complaints": 0}
    return Toll(sent=found["sent"], bounces=found["bounces"], complaints=found["complaints"])
