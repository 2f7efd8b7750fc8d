"""Addresses that must not be mailed."""

from collections.abc import Mapping, Sequence

from pabal.domain.suppression import EVERYTHING, Reason, Suppression
from pabal.ledger.instants import from_micros, to_micros
from pabal.ledger.sql.session import Statements


def add(sql: Statements, suppressions: Sequence[Suppression]) -> None:
    """Stop addresses; the first reason stays."""
    ordered = sorted(suppressions, key=lambda each: (each.address, each.scope))
    sql.execute_rows(
        "suppress",
        [
            {
                "address": each.address,
                "scope": each.scope,
                "reason": each.reason.value,
                "since": to_micros(each.since),
                "detail": each.detail,
            }
            for each in ordered
        ],
    )


def lift(sql: Statements, address: str, scope: str) -> None:
    sql.execute("lift", {"address": address, "scope": scope})


def look_up(
    sql: Statements, addresses: Sequence[str], scopes: Sequence[str]
) -> Mapping[str, Suppression]:
    """Return what keeps addresses out of these scopes; the widest where there are several."""
    rows = sql.rows(
        "suppressions",
        {"addresses": sql.array(addresses), "scopes": sql.array([*scopes, EVERYTHING])},
    )
    return {
        address: Suppression(
            address=address,
            scope=scope,
            reason=Reason(reason),
            since=from_micros(since),
            detail=detail,
        )
        for address, scope, reason, since, detail in rows
    }
