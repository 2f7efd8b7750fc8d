"""Addresses that must not be mailed."""

from collections.abc import Mapping, Sequence

from pabal.domain.suppression import EVERYTHING, Suppression
from pabal.ledger.dynamodb import items, keys
from pabal.ledger.dynamodb.table import Table
from pabal.ledger.dynamodb.work import Work


def lift(work: Work, address: str, scope: str) -> None:
    there = work.item(keys.address(address))
    if any(each.scope == scope for each in items.suppressions(address, there)):
        work.put(keys.address(address), items.lifted(there, scope))


def look_up(
    table: Table, addresses: Sequence[str], scopes: Sequence[str]
) -> Mapping[str, Suppression]:
    """Return what keeps addresses out of these scopes; the widest where there are several."""
    found = table.read(map(keys.address, addresses))
    wanted = {*scopes, EVERYTHING}
    widest: dict[str, Suppression] = {}
    for address in addresses:
        stops = items.suppressions(address, found.get(keys.address(address)))
        matching = [stop for stop in stops if stop.scope in wanted]
        if matching:
            widest[address] = max(matching, key=lambda s: (s.scope == EVERYTHING, s.since))
    return widest
