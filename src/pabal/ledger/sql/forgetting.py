"""Forgetting words that may name people when nobody needs them any more: 개인정보 보호법 21."""

from datetime import datetime
from itertools import takewhile

from pabal.ledger.instants import to_micros
from pabal.ledger.sql.session import Statements


def forget_replies(sql: Statements, *, before: datetime, behind: int, limit: int) -> int | None:
    """Go over a stretch of the history, which ends where it is young enough to stay."""
    stretch = sql.rows("history_behind", {"behind": behind, "limit": limit})
    oldest = to_micros(before)
    old = [number for number, _at in takewhile(lambda entry: entry[1] < oldest, stretch)]
    if not old:
        return None
    borders = {"behind": behind, "last": old[-1]}
    sql.execute("shorten_last", borders)
    sql.execute("forget_replies", borders)
    return int(old[-1])


def forget_details(sql: Statements, *, before: datetime, limit: int) -> int:
    return len(sql.rows("forget_details", {"before": to_micros(before), "limit": limit}))
